"""What a request and a streamed event cost, client by client, in one interleaved run.

    python benchmarks/client.py [--rounds 5] [--quick] [--only NAME …] [--litellm] [--out FILE]

All clients ask one local server (`target.py`), each in a process of its own (`worker.py`), in
turn, round by round, so that what else the machine does falls on all of them alike. CPU seconds
are the client's process alone. Absolute figures swing with the machine; the ratios, taken within
each round, are what budgets are checked against. Prints Markdown.

A client whose library is missing is left out with the reason. ``--litellm`` makes a virtual
environment for LiteLLM (it needs an older openai SDK) below ``.bench/``.
"""

import argparse
import importlib.util
import json
import os
import platform
import statistics
import subprocess
import sys
import time
import venv
from pathlib import Path

from contenders import CONTENDERS

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
LITELLM_VENV = ROOT / ".bench" / "litellm"
LITELLM = "litellm>=1.100"

AIOHTTP, HTTPX = "aiohttp", "httpx"

# name of the row, task, column of figures, unit, factor
JSON_TASKS = [
    (f"request, {c} in flight", {"do": "json", "concurrency": c, "count": n}, "cpu", "µs", 1e6)
    for c, n in ((1, 200), (10, 300), (100, 400), (1000, 1000))
]
STREAM_TASKS = [
    (
        "event, whole stream at once",
        {"do": "stream", "mode": "bulk-1000", "concurrency": 1, "count": 4},
    ),
    (
        "event, one write each",
        {"do": "stream", "mode": "each-1000", "concurrency": 1, "count": 4},
    ),
    (
        "event, 100 streams, one a 20 ms",
        {"do": "stream", "mode": "paced-50-20", "concurrency": 100, "count": 100},
    ),
]
TASKS = [
    *JSON_TASKS,
    *((name, task, "cpu", "µs", 1e6) for name, task in STREAM_TASKS),
    (
        "time to first event",
        {"do": "stream", "mode": "each-20", "concurrency": 1, "count": 20},
        "first",
        "ms",
        1e3,
    ),
    ("construction", {"do": "construct", "count": 20}, "cpu", "ms", 1e3),
]

# Each in a fresh interpreter: the module, and what a program takes of it to make a call.
IMPORTS = {
    "aiohttp": ("aiohttp", "ClientSession"),
    "httpx": ("httpx", "AsyncClient"),
    "httpx2": ("httpx2", "AsyncClient"),
    "openai": ("openai", "AsyncOpenAI"),
    "litellm": ("litellm", "acompletion"),
    "ailib (httpx)": ("ailib", "AiClient"),
}
IMPORT_CODE = (
    "import time,resource;b=time.process_time();import {module};e=time.process_time();"
    "{module}.{name};f=time.process_time();"
    "import sys;print(e-b, f-b, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss/1024,"
    " len(sys.modules))"
)
COLD_CODE = (
    "import sys,asyncio;sys.path.insert(0,{here!r});from contenders import CONTENDERS\n"
    "async def main():\n"
    "    c = CONTENDERS[{name!r}]({url!r})\n"
    "    assert await c.json()\n"
    "    print('answered', flush=True)\n"
    "    await c.close()\n"
    "asyncio.run(main())"
)


class Worker:
    """A contender's process, asked line by line."""

    def __init__(self, name, python, url):
        self.name = name
        self.process = subprocess.Popen(
            [python, HERE / "worker.py", name, url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env=environment(),
        )
        if not self.process.stdout.readline():
            raise RuntimeError(self.process.stderr.read().strip().splitlines()[-1])

    def ask(self, task):
        self.process.stdin.write(json.dumps(task) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def close(self):
        self.process.stdin.close()
        self.process.wait(timeout=20)


def environment():
    own = {name: text for name, text in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return own | {
        "PYTHONPATH": str(ROOT),
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
        "LITELLM_LOG": "ERROR",
    }


def litellm_python(*, make):
    """The interpreter of LiteLLM's environment, or why there is none."""
    python = LITELLM_VENV / "bin" / "python"
    if python.exists():
        return python, None
    if not make:
        return None, "not installed (--litellm makes an environment for it)"
    venv.create(LITELLM_VENV, with_pip=True)
    done = subprocess.run(
        [python, "-m", "pip", "install", "-q", LITELLM],
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        return None, f"pip install {LITELLM}: {done.stderr.strip().splitlines()[-1]}"
    return python, None


def interpreters(names, *, make_litellm):
    """name → interpreter, and name → reason for those left out."""
    pythons, missing = {}, {}
    for name in names:
        needs = CONTENDERS[name].needs
        if name == "litellm":
            python, reason = litellm_python(make=make_litellm)
        elif importlib.util.find_spec(needs) is None:
            python, reason = None, f"{needs} is not installed"
        else:
            python, reason = sys.executable, None
        if python is None:
            missing[name] = reason
        else:
            pythons[name] = str(python)
    return pythons, missing


def import_cost(name, python):
    module, used = IMPORTS[name]
    code = IMPORT_CODE.format(module=module, name=used)
    line = subprocess.run(
        [python, "-c", code], capture_output=True, text=True, check=True, env=environment()
    ).stdout.split()
    bare, used, rss, modules = map(float, line)
    return {"bare": bare, "used": used, "rss": rss, "modules": modules}


def cold_start(name, python, url):
    code = COLD_CODE.format(here=str(HERE), name=name, url=url)
    started = time.perf_counter()
    process = subprocess.Popen(
        [python, "-c", code], stdout=subprocess.PIPE, text=True, env=environment()
    )
    answered = process.stdout.readline()
    seconds = time.perf_counter() - started
    process.wait(timeout=60)
    assert answered, f"{name} did not answer"
    return seconds


def measure(pythons, url, rounds, tasks):
    """{row: {name: [figure a round]}} of the tasks, peak RSS, import and cold start."""
    found = {row: {name: [] for name in pythons} for row, *_ in tasks}
    found |= {row: {name: [] for name in pythons} for row in UNITS}
    workers = {name: Worker(name, python, url) for name, python in pythons.items()}
    for number in range(rounds):
        print(f"round {number + 1} of {rounds}", file=sys.stderr, flush=True)
        for row, task, column, _, factor in tasks:
            for name, worker in workers.items():
                if task["do"] == "construct" and name == "litellm":
                    continue
                figures = worker.ask(task)
                if "error" in figures:
                    print(f"{name}: {row}: {figures['error']}", file=sys.stderr)
                    continue
                found[row][name].append(figures[column] * factor)
                if number == rounds - 1:
                    found["peak RSS"][name] = [figures["rss"]]
        for name, python in pythons.items():
            found["cold start"][name].append(cold_start(name, python, url) * 1e3)
            if name in IMPORTS:
                cost = import_cost(name, python)
                found["import"][name].append(cost["bare"] * 1e3)
                found["import and use"][name].append(cost["used"] * 1e3)
                found["import and use, RSS"][name].append(cost["rss"])
                found["import and use, modules"][name].append(cost["modules"])
    for worker in workers.values():
        worker.close()
    return found


UNITS = {
    "import": "ms",
    "import and use": "ms",
    "import and use, RSS": "MB",
    "import and use, modules": "",
    "cold start": "ms",
    "peak RSS": "MB",
}


def spread(values, form="{:.3g}"):
    """``median [min..max]``."""
    if not values:
        return "-"
    low, high = min(values), max(values)
    text = form.format(statistics.median(values))
    return text if len(values) == 1 else f"{text} [{form.format(low)}..{form.format(high)}]"


def ratios(found, row, name, peer):
    return [a / b for a, b in zip(found[row][name], found[row][peer], strict=False) if b]


# goal, row, contender, peer (None: the figure itself), moonshot, floor
BUDGETS = [
    ("C1", "request, 1 in flight", "ailib (aiohttp)", AIOHTTP, 1.15, 2),
    ("C1", "request, 10 in flight", "ailib (aiohttp)", AIOHTTP, 1.15, 2),
    ("C1", "request, 100 in flight", "ailib (aiohttp)", AIOHTTP, 1.15, 2),
    ("C1 httpx", "request, 1 in flight", "ailib (httpx)", HTTPX, 1.3, None),
    ("C1 httpx", "request, 10 in flight", "ailib (httpx)", HTTPX, 1.3, None),
    ("C1 httpx", "request, 100 in flight", "ailib (httpx)", HTTPX, 1.3, None),
    ("C3", "event, whole stream at once", "ailib (aiohttp)", None, 3, 6),
    ("C3", "event, whole stream at once", "ailib (aiohttp)", "openai", 0.04, None),
    ("C4", "event, 100 streams, one a 20 ms", "ailib (aiohttp)", AIOHTTP, 1.2, 2),
    ("C6", "import", "ailib (httpx)", None, 70, 150),
    ("C6", "import and use", "ailib (httpx)", None, 70, 150),
    ("C6", "import and use, RSS", "ailib (httpx)", None, 25, None),
    ("C7", "construction", "ailib (aiohttp)", None, 0.3, 2),
    ("C8", "cold start", "ailib (httpx)", None, 150, 220),
    ("C8", "cold start", "ailib (httpx)", "openai", 0.2, None),
]


def budget_rows(found):
    """The last table of the goals, with what was measured."""
    for goal, row, name, peer, moonshot, floor in BUDGETS:
        if not found[row].get(name) or (peer and not found[row].get(peer)):
            continue
        values = ratios(found, row, name, peer) if peer else found[row][name]
        unit = f"÷ {peer}" if peer else UNITS.get(row, "µs" if "event" in row else "ms")
        yield goal, row, name, unit, values, moonshot, floor
    many, few = "request, 1000 in flight", "request, 10 in flight"
    if found[many].get("ailib (aiohttp)"):
        values = [
            a / b
            for a, b in zip(found[many]["ailib (aiohttp)"], found[few]["ailib (aiohttp)"],
                            strict=False)
        ]  # fmt: skip
        yield "C2", "request, 1000 ÷ 10 in flight", "ailib (aiohttp)", "", values, 1.5, 2.5
    row = "time to first event"
    if found[row].get("ailib (aiohttp)") and found[row].get(AIOHTTP):
        values = [
            a - b
            for a, b in zip(found[row]["ailib (aiohttp)"], found[row][AIOHTTP], strict=False)
        ]  # fmt: skip
        yield "C5", row, "ailib (aiohttp)", "ms over aiohttp", values, 0.1, 0.5


def table(head, rows):
    yield "| " + " | ".join(head) + " |"
    yield "|" + "---|" * len(head)
    for row in rows:
        yield "| " + " | ".join(row) + " |"


def report(found, names, missing, rounds, tasks):
    units = {row: unit for row, _, _, unit, _ in tasks} | UNITS
    yield f"Median [min..max] of {rounds} interleaved rounds; CPU of the client's process."
    yield (
        f"Python {platform.python_version()}, {platform.machine()}, {platform.system()} "
        f"{platform.release()}."
    )
    yield ""
    yield from table(
        ["", *names],
        (
            [f"{row}{', ' + units[row] if units[row] else ''}"]
            + [spread(found[row][name]) for name in names]
            for row in found
        ),
    )
    yield ""
    yield from table(
        ["goal", "what", "client", "measured", "moonshot", "floor", ""],
        (
            [
                goal,
                row,
                name,
                f"{spread(values)} {unit}".strip(),
                f"≤ {moonshot}",
                "" if floor is None else f"≤ {floor}",
                "reached" if statistics.median(values) <= moonshot
                else "missed" if floor is None or statistics.median(values) > floor
                else "floor kept",
            ]
            for goal, row, name, unit, values, moonshot, floor in budget_rows(found)
        ),
    )  # fmt: skip
    for name, reason in missing.items():
        yield f"\n{name} left out: {reason}."


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="a tenth of the requests")
    parser.add_argument("--only", nargs="*", choices=list(CONTENDERS), metavar="NAME")
    parser.add_argument("--litellm", action="store_true", help="make its environment")
    parser.add_argument("--out", type=Path, help="also write the tables to this file")
    options = parser.parse_args()

    tasks = TASKS
    if options.quick:
        tasks = [
            (row, task | {"count": max(task.get("concurrency", 1), task["count"] // 10)}, *rest)
            for row, task, *rest in TASKS
        ]
    names = options.only or list(CONTENDERS)
    pythons, missing = interpreters(names, make_litellm=options.litellm)
    server = subprocess.Popen(
        [sys.executable, HERE / "target.py"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        url = f"http://127.0.0.1:{server.stdout.readline().strip()}"
        found = measure(pythons, url, options.rounds, tasks)
    finally:
        server.stdin.close()
        server.wait(timeout=10)
    text = "\n".join(report(found, list(pythons), missing, options.rounds, tasks))
    print(text)
    if options.out:
        options.out.write_text(text + "\n")


if __name__ == "__main__":
    main()
