import subprocess
import sys

import pytest

from ailib import alias
from ailib.errors import ValidationError


def test_code_for_the_other_name_gets_the_very_same_objects():
    code = """
from ailib import alias
alias.install("ai_lib_python")
alias.install("ai_lib_python")
import ai_lib_python, ai_lib_python.errors.standard_codes as codes
from ai_lib_python import AiClient, CancelToken
from ai_lib_python.errors import RemoteError
from ai_lib_python.resilience import ResilientConfig
import ailib, ailib.errors, ailib.resilience
assert ai_lib_python is ailib
assert (AiClient, RemoteError) == (ailib.AiClient, ailib.errors.RemoteError)
assert ResilientConfig is ailib.resilience.ResilientConfig
assert codes is ailib.errors.standard_codes
assert ailib.errors.__spec__.name == ailib.errors.__name__ == "ailib.errors"
try:
    import ai_lib_python.nothing
except ModuleNotFoundError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "No module named 'ailib.nothing'\n"


@pytest.mark.parametrize("name", ["json", "no-name"])
def test_a_name_that_is_taken_or_no_name_is_refused(name):
    import json  # noqa: F401, PLC0415

    with pytest.raises(ValidationError, match=name):
        alias.install(name)
