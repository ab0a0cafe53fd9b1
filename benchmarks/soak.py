"""Many requests with faults, and then: is anything left?

    python benchmarks/soak.py [--requests 10000] [--at-once 50] [--transport httpx|httpx2|aiohttp]

Starts `mock-providers serve`, sends requests of which most meet a fault or a caller that gives up
(a break, a cancelled task, a token, a timeout), and closes the client. Then no place in flight, no
task, no socket may be left, and memory may not have grown since the first fifth. Prints what the
calls ended in; exits 1 where something is left.
"""

import argparse
import asyncio
import collections
import gc
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from ailib import AiClient, CancelToken  # noqa: E402
from ailib.errors import AiLibError  # noqa: E402
from ailib.resilience import (  # noqa: E402
    BackpressureConfig,
    CircuitBreakerConfig,
    RateLimiterConfig,
    ResilientConfig,
    RetryConfig,
)
from ailib.transport import Timeouts  # noqa: E402

FAULTS = [
    "ok",
    "ok",
    "429(retry_after=0),ok",
    "503,ok",
    "500,503,ok",
    "400",
    "401",
    "truncate(after=2,mode=clean)",
    "truncate(after=2,mode=fin)",
    "truncate(after=2,mode=rst)",
    "reset(after=0),ok",
    "no_headers,ok",
    "stall(at=first,for=30s)",
    "stall(at=between,after=1,for=30s)",
    "error_event(after=2)",
    "drip(bytes=7)",
    "coalesce",
    "ctype(type=html)",
    'body(text="<html>no</html>",status=200,ctype=html)',
]
CONFIG = ResilientConfig(
    retry=RetryConfig(max_retries=2, min_delay_ms=1, max_delay_ms=5),
    rate_limit=RateLimiterConfig(),
    circuit_breaker=CircuitBreakerConfig(failure_threshold=10**9),
    backpressure=BackpressureConfig(max_concurrent=40),
    timeouts=Timeouts(first_event=0.5, idle_bytes=0.5, idle_content=0.5, total=5.0),
)
# How far memory may grow over four fifths of the run: connections come and go, and the allocator
# keeps what it had.
GROWTH_OBJECTS = 2000
GROWTH_MB = 4.0


class State(NamedTuple):
    """At the end of a fifth, with no call running."""

    megabytes: float
    objects: int


def resident_mb():
    pages = Path("/proc/self/statm").read_text().split()[1]
    return int(pages) * 4096 / 2**20


def sockets():
    links = [fd.readlink() for fd in Path("/proc/self/fd").iterdir() if fd.is_symlink()]
    return sum(str(link).startswith("socket:") for link in links)


async def read_all(stream):
    return [event async for event in stream][-1].finish_reason


async def break_early(stream):
    async for event in stream:
        if event.is_content_delta:
            break
    return "broken off, dropped"


async def close_early(stream):
    async with stream:
        async for event in stream:
            if event.is_content_delta:
                break
    return "broken off, closed"


async def cancelled(stream):
    task = asyncio.create_task(read_all(stream))
    await asyncio.sleep(random.random() * 0.01)
    task.cancel()
    await asyncio.wait([task])
    return "task cancelled" if task.cancelled() else "cancelled too late"


ENDS = [read_all] * 6 + [break_early, close_early, cancelled]


async def call(client, number, dice):
    chat = client.chat().user("Say something.").max_tokens(20)
    chat.extra_headers({"X-Mock-Fault": f"{dice.choice(FAULTS)}~soak{number}"})
    try:
        if dice.random() < 0.3:
            return (await chat.execute()).finish_reason
        token = CancelToken()
        if dice.random() < 0.1:
            asyncio.get_running_loop().call_later(dice.random() * 0.01, token.cancel)
        return await dice.choice(ENDS)(chat.stream(cancel_token=token))
    except AiLibError as error:
        return f"{type(error).__name__} {error.standard_code}"


async def soak(options, url):
    before = sockets()
    client = await (
        AiClient.builder()
        .model("openai/gpt-4o")
        .api_key("sk-mock")
        .base_url(f"{url}/openai/v1")
        .transport(options.transport)
        .resilience(CONFIG)
        .build()
    )
    dice, ends = random.Random(options.seed), collections.Counter()
    states = []

    async def one_after_another(numbers):
        for number in numbers:
            ends[str(await call(client, number, dice))] += 1

    started = time.perf_counter()
    for fifth in range(5):
        first, last = (options.requests * part // 5 for part in (fifth, fifth + 1))
        numbers = iter(range(first, last))
        await asyncio.gather(*(one_after_another(numbers) for _ in range(options.at_once)))
        await asyncio.sleep(0.2)
        gc.collect()
        states.append(State(resident_mb(), len(gc.get_objects())))
    seconds = time.perf_counter() - started
    inflight = client.current_inflight
    await client.close()
    await asyncio.sleep(0.2)
    left = {
        "places in flight": inflight,
        "tasks": len(asyncio.all_tasks()) - 1,
        "sockets": sockets() - before,
    }
    return ends, left, states, seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--requests", type=int, default=10_000)
    parser.add_argument("--at-once", type=int, default=50)
    parser.add_argument("--transport", default="aiohttp")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    server = subprocess.Popen(
        [sys.executable, "-m", "mock_providers", "serve", "--port", "0", "--provider", "openai"],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    try:
        url = server.stdout.readline().split()[-1]
        ends, left, states, seconds = asyncio.run(soak(options, url))
    finally:
        server.terminate()
        server.wait(timeout=10)
    print(f"{options.requests} requests over {options.transport} in {seconds:.1f} s")
    for end, count in ends.most_common():
        print(f"{count:7}  {end}")
    print(f"left: {', '.join(f'{count} {what}' for what, count in left.items())}")
    for state in states:
        print(f"after a fifth more: {state.megabytes:.1f} MB, {state.objects} objects")
    early, late = states[0], states[-1]
    grown = late.objects - early.objects > GROWTH_OBJECTS
    return 1 if any(left.values()) or grown or late.megabytes - early.megabytes > GROWTH_MB else 0


if __name__ == "__main__":
    sys.exit(main())
