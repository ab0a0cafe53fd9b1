import copy
import pickle

import pytest

import ailib.errors as errors
from ailib.errors import standard_codes as codes
from ailib.types import Candidate, ChatResponse


def all_error_classes():
    return [
        getattr(errors, name)
        for name in errors.__all__
        if isinstance(getattr(errors, name), type)
        and issubclass(getattr(errors, name), errors.AiLibError)
    ]


def made(cls):
    extra = {"phase": "connect"} if cls is errors.RequestTimeoutError else {}
    return cls("what happened", **extra)


@pytest.mark.parametrize("cls", all_error_classes(), ids=lambda c: c.__name__)
def test_every_error_pickles_and_deep_copies_with_all_it_knows(cls):
    error = made(cls)
    error.partial = ChatResponse(candidates=(Candidate(content="so far"),))
    error.provider, error.attempts = "p", 3
    for twin in (pickle.loads(pickle.dumps(error)), copy.deepcopy(error)):
        assert type(twin) is cls
        assert str(twin) == str(error)
        assert twin.__dict__ == error.__dict__


def test_there_are_thirteen_codes_and_each_is_found_by_code_and_name():
    assert len(codes.ALL) == 13
    for row in codes.ALL:
        assert codes.StandardErrorCode.from_code(row.code) is row
        assert codes.StandardErrorCode.from_name(row.name) is row


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, "E1001"),
        (418, "E1001"),
        (402, "E2002"),
        (529, "E3002"),
        (599, "E3001"),
        (302, "E9999"),
    ],
)
def test_a_status_has_a_code(status, code):
    assert codes.StandardErrorCode.from_http_status(status) == code
