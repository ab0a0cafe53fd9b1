"""The benchmark scripts run; what they measure is not judged here."""

import subprocess
import sys

import pytest

from tests.support.shared import ROOT


def test_the_client_benchmark_prints_its_tables():
    pytest.importorskip("aiohttp", reason="the extra ailib[aiohttp] is not installed")
    command = ["benchmarks/client.py", "--quick", "--rounds", "1", "--only", "ailib (aiohttp)"]
    done = subprocess.run(
        [sys.executable, *command], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    rows = [line.split("|")[1].strip() for line in done.stdout.splitlines() if "|" in line]
    assert "request, 10 in flight, µs" in rows
    assert "event, 100 streams, one a 20 ms, µs" in rows
    assert {"C2", "C3", "C7"} <= set(rows)


def test_the_soak_says_what_is_wrong_with_its_arguments():
    done = subprocess.run(
        [sys.executable, "benchmarks/soak.py", "--requests", "many"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "invalid int value: 'many'" in done.stderr
