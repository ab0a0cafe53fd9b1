"""One contender in a process of its own: reads a task a line, prints its figures a line.

{"do": "json", "concurrency": 10, "count": 500}
{"do": "stream", "mode": "bulk-1000", "concurrency": 1, "count": 5}
{"do": "construct", "count": 50}
"""

import asyncio
import gc
import json
import resource
import sys
import time

from contenders import CONTENDERS


async def _spread(call, concurrency, count):
    """Runs ``call`` ``count`` times, ``concurrency`` at once; the results."""
    results, left = [], iter(range(count))

    async def one():
        results.extend([await call() for _ in left])

    await asyncio.gather(*(one() for _ in range(concurrency)))
    return results


async def _measured(call, concurrency, count):
    gc.collect()
    cpu, wall = time.process_time(), time.perf_counter()
    results = await _spread(call, concurrency, count)
    return results, time.process_time() - cpu, time.perf_counter() - wall


async def perform(contender, url, task):
    match task["do"]:
        case "json":
            texts, cpu, wall = await _measured(contender.json, task["concurrency"], task["count"])
            assert all(texts), "an answer without text"
            return {"cpu": cpu / len(texts), "wall": wall / len(texts)}
        case "stream":
            results, cpu, wall = await _measured(
                lambda: contender.stream(task["mode"]), task["concurrency"], task["count"]
            )
            events = sum(count for count, _ in results)
            expected = int(task["mode"].split("-")[1]) * len(results)
            assert events == expected, f"{events} events of {expected}"
            firsts = sorted(first for _, first in results)
            return {"cpu": cpu / events, "wall": wall / events, "first": firsts[len(firsts) // 2]}
        case "construct":
            made, cpu = [], time.process_time()
            for _ in range(task["count"]):
                made.append(type(contender)(url))
                if hasattr(contender, "client") and asyncio.iscoroutinefunction(contender.client):
                    await made[-1].client("json")
            cpu = time.process_time() - cpu
            for client in made:
                await client.close()
            return {"cpu": cpu / task["count"]}
        case other:
            raise ValueError(f"unknown task {other!r}")


async def main(name, url):
    contender = CONTENDERS[name](url)
    print(json.dumps({"text": await contender.json()}), flush=True)
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        try:
            figures = await perform(contender, url, json.loads(line))
        except Exception as error:
            figures = {"error": f"{type(error).__name__}: {error}"}
        figures["rss"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps(figures), flush=True)
    await contender.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
