"""The mock server beside its peers, in one interleaved run.

    python benchmarks/mock.py [--rounds 5] [--seconds 2] [--install] [--only NAME …] [--out FILE]

Servers: mock-providers with one and two workers, aimock (npm), LLMock and ai-protocol-mock
(PyPI). ``--install`` puts the peers below ``.bench/``; a peer that is not there, and everything
without ``wrk``, is left out with the reason. CPU is that of the server's whole process tree. Rates
swing with the machine; the ratios to aimock, taken within each round, are what budgets are checked
against (``same``: one request over and over; ``distinct``: every request another).
"""

import argparse
import asyncio
import json
import os
import platform
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import venv
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BENCH = ROOT / ".bench"
AIMOCK = "@copilotkit/aimock@1.43.0"
LLMOCK = "llmock==0.2.2"
AI_PROTOCOL_MOCK = "ai-protocol-mock"
TEXT = (
    "The river runs past the old mill and turns south at the bridge. It depends on how often the"
    " data changes. A good rule is to measure before you decide."
)
QUESTION = "Hello, how are you today?"
TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True)
class Server:
    """A contender: how it is started on a port, and its chat endpoint."""

    name: str
    command: list[str] | None
    path: str = "/v1/chat/completions"
    missing: str = ""


def servers(folder):
    """The contenders; those that are not there say what is missing."""
    fixtures = folder / "aimock"
    fixtures.mkdir()
    answer = {"match": {"userMessage": "Hello"}, "response": {"content": TEXT}}
    (fixtures / "a.json").write_text(json.dumps({"fixtures": [answer]}))
    ours = [sys.executable, "-m", "mock_providers", "serve", "--port", "{port}"]
    node = BENCH / "aimock" / "node_modules" / ".bin" / "llmock"
    quiet = ["--log-level", "silent", "-p", "{port}", "-f", str(fixtures)]
    llmock = BENCH / "llmock" / "bin" / "llmock"
    protocol = BENCH / "ai-protocol-mock" / "bin" / "uvicorn"
    path = "/openai/v1/chat/completions"
    install = "run with --install"
    return [
        Server("mock-providers", ours, path),
        Server("mock-providers, 2 workers", [*ours, "--workers", "2"], path),
        Server("aimock", [str(node), *quiet] if node.exists() else None, missing=install),
        Server(
            "LLMock",
            [str(llmock), "serve", "--port", "{port}"] if llmock.exists() else None,
            missing=install,
        ),
        Server(
            "ai-protocol-mock",
            [str(protocol), "ai_protocol_mock.main:app", "--port", "{port}", "--no-access-log"]
            if protocol.exists()
            else None,
            missing=install,
        ),
    ]


def install():
    """Puts the peers below .bench/."""
    for name, package in (("llmock", LLMOCK), ("ai-protocol-mock", AI_PROTOCOL_MOCK)):
        if not (BENCH / name).exists():
            venv.create(BENCH / name, with_pip=True)
            pip = [str(BENCH / name / "bin" / "pip"), "install", "--quiet", package]
            subprocess.run(pip, check=False)
    if shutil.which("npm") and not (BENCH / "aimock" / "node_modules").exists():
        (BENCH / "aimock").mkdir(parents=True, exist_ok=True)
        (BENCH / "aimock" / "package.json").write_text("{}")
        subprocess.run(["npm", "install", AIMOCK], cwd=BENCH / "aimock", check=False)


class Running:
    """A started server: its port, its process tree."""

    def __init__(self, server):
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.server = server
        command = [word.format(port=self.port) for word in server.command]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        began = time.perf_counter()
        self.process = subprocess.Popen(
            command,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=environment,
            start_new_session=True,
        )
        while not self.ask():
            if self.process.poll() is not None or time.perf_counter() - began > 30:
                self.stop()
                raise RuntimeError("it did not answer a chat request with 200")
            time.sleep(0.005)
        self.started = time.perf_counter() - began
        self.memory = self.resident()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}{self.server.path}"

    def ask(self, **fields):
        body = {"model": "gpt-4o", "messages": [{"role": "user", "content": QUESTION}], **fields}
        request = urllib.request.Request(
            self.url,
            json.dumps(body).encode(),
            {"content-type": "application/json", "authorization": "Bearer bench"},
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.read()
        except (urllib.error.URLError, OSError):
            return b""

    def tree(self):
        group = self.process.pid
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    fields = (entry / "stat").read_text().rpartition(")")[2].split()
                except OSError:
                    continue
                if int(fields[2]) == group:
                    yield fields

    def cpu(self):
        return sum(int(fields[11]) + int(fields[12]) for fields in self.tree()) / TICKS

    def resident(self):
        return sum(int(fields[21]) for fields in self.tree()) * PAGE / 2**20

    def stop(self):
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)


SCRIPT = """
wrk.method = "POST"
wrk.headers["content-type"] = "application/json"
wrk.headers["authorization"] = "Bearer bench"
local n, run = 0, {run}
request = function()
  n = n + 1
  local user = {distinct} and (',"user":"' .. run .. '-' .. n .. '"') or ''
  return wrk.format(nil, nil, nil, '{{"model":"gpt-4o"{stream}' .. user ..
    ',"messages":[{{"role":"user","content":"{question}"}}]}}')
end
done = function(summary, latency)
  io.write(string.format('{{"requests":%d,"seconds":%f,"p50":%f,"p99":%f,"errors":%d}}\\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50), latency:percentile(99),
    summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.timeout))
end
"""
TASKS = {
    "JSON, same": {"connections": 64, "stream": "", "distinct": "false"},
    "JSON, distinct": {"connections": 64, "stream": "", "distinct": "true"},
    "stream, same": {"connections": 32, "stream": ',"stream":true', "distinct": "false"},
    "stream, distinct": {"connections": 32, "stream": ',"stream":true', "distinct": "true"},
}


def load(running, task, seconds, folder, number):
    """One round of wrk: requests a second, CPU a request (µs), latencies (µs)."""
    script = folder / "load.lua"
    script.write_text(
        SCRIPT.format(
            run=number, stream=task["stream"], distinct=task["distinct"], question=QUESTION
        )
    )
    command = ["wrk", "-t1", f"-c{task['connections']}", f"-d{seconds}s", "-s", str(script)]
    before = running.cpu()
    done = subprocess.run([*command, running.url], capture_output=True, text=True, check=True)
    used = running.cpu() - before
    figures = json.loads(done.stdout.strip().splitlines()[-1])
    requests = max(1, figures["requests"])
    return {
        "rps": figures["requests"] / figures["seconds"],
        "cpu": used / requests * 1e6,
        "p50": figures["p50"],
        "p99": figures["p99"],
        "errors": figures["errors"],
    }


def per_test(count=200):
    """Milliseconds to start a `MockServer`, ask it once on a socket, and stop it."""
    from mock_providers import MockServer  # noqa: PLC0415 - only where the repository is on the path

    body = b'{"model":"gpt-4o","messages":[{"role":"user","content":"Hello"}]}'
    head = (
        b"POST /openai/v1/chat/completions HTTP/1.1\r\nhost: m\r\nauthorization: Bearer k\r\n"
        b"content-length: %d\r\n\r\n" % len(body)
    )

    async def one():
        async with MockServer(providers=["openai"]) as server:
            port = int(server.origin.rpartition(":")[2])
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(head + body)
            assert b" 200 " in await reader.readline()
            writer.close()

    async def many():
        await one()
        times = []
        for _ in range(count):
            began = time.perf_counter()
            await one()
            times.append((time.perf_counter() - began) * 1000)
        return statistics.median(times)

    return asyncio.run(many())


def spread(values, digits=0):
    low, middle, high = min(values), statistics.median(values), max(values)
    return f"{middle:,.{digits}f} [{low:,.{digits}f}..{high:,.{digits}f}]"


def table(header, rows):
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def report(results, started, left_out, events):
    parts = [f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"]
    rows = [
        [name, f"{s.started * 1000:.0f}", f"{s.memory:.0f}", f"{s.resident():.0f}", events[name]]
        for name, s in started.items()
    ]
    header = ["server", "start → first 200, ms", "RSS idle, MB", "RSS after, MB", "events a stream"]
    parts.append(table(header, rows))
    for task in TASKS:
        rows = []
        for name, rounds in results[task].items():
            base = results[task].get("aimock")
            ratio = "-"
            if base and name != "aimock":
                pairs = zip(base, rounds, strict=True)
                ratio = spread([a["cpu"] / max(r["cpu"], 0.1) for a, r in pairs], 2)
            rows.append(
                [
                    name,
                    spread([r["rps"] for r in rounds]),
                    spread([r["cpu"] for r in rounds]),
                    f"{statistics.median(r['p50'] for r in rounds) / 1000:.1f}",
                    f"{statistics.median(r['p99'] for r in rounds) / 1000:.1f}",
                    sum(r["errors"] for r in rounds),
                    ratio,
                ]
            )
        header = [
            "server",
            "a second",
            "CPU µs each",
            "p50 ms",
            "p99 ms",
            "errors",
            "aimock's CPU ÷ this",
        ]
        parts += [f"**{task}**", table(header, rows)]
    parts.append(f"A `MockServer` a test (start, one request, stop): {per_test():.2f} ms")
    parts += [f"Left out: {name} ({why})" for name, why in left_out.items()]
    return "\n\n".join(parts) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=2)
    parser.add_argument("--install", action="store_true")
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    if not shutil.which("wrk"):
        print("the benchmark needs wrk (apt-get install wrk)", file=sys.stderr)
        return 2
    if options.install:
        install()
    sys.path.insert(0, str(ROOT))
    started, left_out = {}, {}
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        try:
            for server in servers(folder):
                if options.only and server.name not in options.only:
                    continue
                try:
                    if server.command is None:
                        raise RuntimeError(server.missing)
                    started[server.name] = Running(server)
                except (RuntimeError, OSError) as error:
                    left_out[server.name] = error
            events = {n: s.ask(stream=True).count(b"data:") for n, s in started.items()}
            results = {task: {name: [] for name in started} for task in TASKS}
            for number in range(options.rounds):
                for task, settings in TASKS.items():
                    for name, running in started.items():
                        figures = load(running, settings, options.seconds, folder, number)
                        results[task][name].append(figures)
            text = report(results, started, left_out, events)
        finally:
            for running in started.values():
                running.stop()
    print(text)
    if options.out:
        options.out.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
