import json

import pytest

from ailib.classify import Classifier
from ailib.manifest import load_provider

NOW = 1_795_176_000.0
PLAIN = Classifier({})


def classify(status, body, headers=None, manifest=None, now=NOW):
    classifier = Classifier(manifest) if manifest is not None else PLAIN
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return classifier.classify(status, headers or {}, data, now=now)


@pytest.mark.parametrize(
    ("status", "body", "code", "retryable"),
    [
        # The compliance cases' shapes.
        (400, {"error": {"type": "invalid_request_error", "message": "m"}}, "E1001", False),
        (
            401,
            {"error": {"type": "invalid_request_error", "code": "invalid_api_key"}},
            "E1002",
            False,
        ),
        (
            404,
            {"error": {"type": "invalid_request_error", "code": "model_not_found"}},
            "E1004",
            False,
        ),
        (429, {"error": {"code": "rate_limit_exceeded"}}, "E2001", True),
        (
            429,
            {"error": {"type": "insufficient_quota", "code": "insufficient_quota"}},
            "E2002",
            False,
        ),
        (400, {"error": {"code": "context_length_exceeded"}}, "E1005", False),
        (503, {"error": {"type": "server_error", "code": "overloaded"}}, "E3002", True),
        (529, {"type": "error", "error": {"type": "overloaded_error"}}, "E3002", True),
        (500, {"error": {"type": "api_error", "message": "Overloaded"}}, "E3002", True),
        # Statuses alone.
        (400, b"", "E1001", False),
        (402, b"", "E2002", False),
        (408, b"", "E3003", True),
        (409, b"", "E4001", True),
        (413, {"error": {"message": "Request too large"}}, "E1005", False),
        (418, b"", "E1001", False),
        (422, {"detail": [{"loc": ["body"], "msg": "field required"}]}, "E1001", False),
        (502, b"<html>Bad gateway</html>", "E3001", True),
        (504, b"", "E3003", True),
        (599, b"", "E3001", True),
        # A generic word never overrides a specific status.
        (401, {"error": {"type": "api_error", "message": "Unauthorized"}}, "E1002", False),
        (503, {"error": {"type": "server_error", "message": "m"}}, "E3002", True),
        (429, {"error": {"type": "invalid_request_error", "message": "slow down"}}, "E2001", True),
        # A bad key under 400.
        (
            400,
            {
                "error": {
                    "code": 400,
                    "status": "INVALID_ARGUMENT",
                    "message": "API key not valid. Please pass a valid API key.",
                }
            },
            "E1002",
            False,
        ),
        (
            400,
            {"code": "invalid-argument", "error": "Incorrect API key provided: x."},
            "E1002",
            False,
        ),
        # Context length, in the words of a dozen providers.
        (
            400,
            {
                "error": {
                    "type": "invalid_request_error",
                    "message": "prompt is too long: 3333404 tokens > 200000 maximum",
                }
            },
            "E1005",
            False,
        ),
        (
            400,
            {"error": {"message": "Input tokens exceed the configured limit of 272000 tokens"}},
            "E1005",
            False,
        ),
        (
            400,
            {"message": "Prompt is too large for model with 32768 maximum context length"},
            "E1005",
            False,
        ),
        (
            400,
            {"error": {"message": "The total length of all messages is too long."}},
            "E1005",
            False,
        ),
        (400, {"message": "Input is too long for requested model."}, "E1005", False),
        (400, {"message": "Current length is 9000 while limit is 8192"}, "E1005", False),
        (
            400,
            {"error": {"message": "the request exceeds the available context size"}},
            "E1005",
            False,
        ),
        (
            400,
            {
                "error": {
                    "status": "INVALID_ARGUMENT",
                    "message": "It exceeds the maximum number of tokens allowed (9).",
                }
            },
            "E1005",
            False,
        ),
        # Waiting does not make a request smaller.
        (
            429,
            {
                "error": {
                    "code": "rate_limit_exceeded",
                    "type": "tokens",
                    "message": "Request too large for gpt-4o on tokens per min",
                }
            },
            "E1005",
            False,
        ),
        # Text that only quotes such words is not taken for them.
        (
            400,
            {"error": {"message": "your text says 429 rate limit exceeded and billing"}},
            "E1001",
            False,
        ),
        # Quota and rate.
        (
            400,
            {
                "type": "error",
                "error": {
                    "type": "invalid_request_error",
                    "message": "Your credit balance is too low to access the API.",
                },
            },
            "E2002",
            False,
        ),
        (
            413,
            {"error": {"code": 413, "status": "INVALID_ARGUMENT", "message": "m"}},
            "E1005",
            False,
        ),
        (402, {"error": {"message": "Insufficient Balance"}}, "E2002", False),
        (
            429,
            {"error": {"message": "You exceeded your current quota, check billing"}},
            "E2002",
            False,
        ),
        (
            429,
            {
                "error": {
                    "code": 429,
                    "status": "RESOURCE_EXHAUSTED",
                    "message": "quota",
                    "details": [{"violations": [{"quotaId": "RequestsPerDay"}]}],
                }
            },
            "E2002",
            False,
        ),
        (
            429,
            {"error": {"code": 429, "status": "RESOURCE_EXHAUSTED", "message": "quota"}},
            "E2001",
            True,
        ),
        # Forms of bodies.
        (400, [{"error": {"code": 400, "message": "API key not valid"}}], "E1002", False),
        (400, {"error": "bad thing"}, "E1001", False),
        (401, {"detail": "Invalid API Key"}, "E1002", False),
        (400, {"object": "error", "message": "m", "code": "1500"}, "E1001", False),
        (400, {"message": {"detail": "m"}}, "E1001", False),
        (401, '"Invalid token"', "E1002", False),
        # Errors in a 200.
        (200, {"error": {"code": 502, "message": "m"}}, "E3001", True),
        (
            200,
            {"code": "The service is currently unavailable", "error": "Timed out"},
            "E3002",
            True,
        ),
        (200, {"error": "something"}, "E3001", True),
    ],
)
def test_an_error_has_its_code(status, body, code, retryable):
    error = classify(status, body)
    assert (error.standard_code, error.retryable) == (code, retryable)
    assert error.status_code == status
    assert error.message


@pytest.mark.parametrize(
    ("body", "message", "code", "type_"),
    [
        ({"error": {"message": "m", "type": "t", "code": "c"}}, "m", "c", "t"),
        ({"type": "error", "error": {"type": "t", "message": "m"}}, "m", "t", "t"),
        (
            {"error": {"code": 429, "status": "RESOURCE_EXHAUSTED", "message": "m"}},
            "m",
            "RESOURCE_EXHAUSTED",
            None,
        ),
        ({"error": {"message": "m", "code": 401}}, "m", "401", None),
        ({"code": "c", "error": "m"}, "m", "c", None),
        ({"error": "m"}, "m", None, None),
        ({"detail": "m"}, "m", None, None),
        ({"errors": [{"message": "m", "code": 7}]}, "m", "7", None),
        ({"base_resp": {"status_code": 1008, "status_msg": "m"}}, "m", "1008", None),
        ({"Response": {"Error": {"Code": "c", "Message": "m"}}}, "m", "c", None),
    ],
)
def test_the_providers_own_words_are_kept(body, message, code, type_):
    error = classify(400, body)
    assert (error.message, error.code, error.type, error.body) == (message, code, type_, body)


def test_the_header_of_an_aws_error_is_its_code():
    headers = {
        "x-amzn-errortype": "ThrottlingException:http://internal.amazon.com/coral/",
        "x-amzn-requestid": "r-1",
    }
    error = classify(400, {"message": "slow down"}, headers)
    assert (error.standard_code, error.code) == ("E2001", "ThrottlingException")
    assert error.request_id == "r-1"


def test_a_page_is_not_a_message():
    error = classify(502, b"<html><body>" + b"x" * 9000)
    assert error.message == "HTTP status 502 with an HTML page"


@pytest.mark.parametrize(
    ("headers", "body", "seconds"),
    [
        ({"retry-after": "2"}, {}, 2),
        ({"retry-after": "1.5"}, {}, 1.5),
        ({"retry-after": "Fri, 20 Nov 2026 12:00:30 GMT"}, {}, 30),
        ({"retry-after-ms": "1200", "retry-after": "9"}, {}, 1.2),
        ({"x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "6m0s"}, {}, 360),
        ({"x-ratelimit-remaining-tokens": "9", "x-ratelimit-reset-tokens": "6m0s"}, {}, None),
        ({}, {"error": {"details": [{"@type": "x"}, {"retryDelay": "36s"}]}}, 36),
        ({}, {"error": {"message": "Please try again in 18.642s. Visit"}}, 18.642),
        ({}, {"error": {"message": "Please try again in 6m0s."}}, 360),
        ({}, {"error": {"message": "Please try again in 120ms."}}, 0.12),
        ({}, {}, None),
    ],
)
def test_the_hint_to_wait(headers, body, seconds):
    manifest = load_provider("openai", env={}).manifest
    now = 1_795_176_000.0
    assert classify(429, body, headers, manifest, now).retry_after == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("said", "status", "body", "retryable"),
    [
        ("false", 503, {}, False),
        ("true", 400, {}, True),
        ("true", 429, {"error": {"code": "insufficient_quota"}}, False),
    ],
)
def test_the_providers_word_on_retrying_is_obeyed(said, status, body, retryable):
    assert classify(status, body, {"x-should-retry": said}).retryable is retryable


def test_a_manifests_own_tables_go_first():
    manifest = {
        "error_classification": {
            "by_error_code": {"1113": "insufficient_quota", "server_error": "server_error"},
            "by_http_status": {"434": "permission"},
            "by_message_contains": {"sold out": "overloaded"},
            "envelope": {"code": ["$.err.no"], "message": ["$.err.text"], "more": ["$.err.raw"]},
        }
    }
    quota = classify(429, {"err": {"no": 1113, "text": "m", "raw": "upstream"}}, manifest=manifest)
    assert (quota.standard_code, quota.code, quota.message) == ("E2002", "1113", "m: upstream")
    assert classify(434, b"", manifest=manifest).standard_code == "E1003"
    assert classify(400, {"error": "Sold out."}, manifest=manifest).standard_code == "E3002"
    unchanged = classify(503, {"error": {"type": "server_error"}}, manifest=manifest)
    assert unchanged.standard_code == "E3002"


def test_public_error_paths_and_statuses_are_read():
    manifest = {
        "features": {
            "response_mapping": {"error": {"code_path": "fault.no", "message_path": "fault.text"}}
        },
        "error_classification": {"by_error_status": {"E77": "timeout"}},
    }
    error = classify(400, {"fault": {"no": "E77", "text": "late"}}, manifest=manifest)
    assert (error.standard_code, error.message) == ("E3003", "late")
