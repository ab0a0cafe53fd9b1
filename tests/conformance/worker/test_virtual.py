"""Virtual time: exact, over real sockets, and never ahead of a byte that travels."""

import asyncio
import socket
import struct
import time

import pytest

from conformance.worker import virtual

pytestmark = pytest.mark.skipif(not virtual.AVAILABLE, reason="virtual time needs Linux")


async def serve(handler):
    server = await asyncio.start_server(handler, "127.0.0.1", 0)
    return server, server.sockets[0].getsockname()[1]


def test_a_long_sleep_takes_no_time_and_is_exact():
    async def main():
        loop = asyncio.get_running_loop()
        await asyncio.sleep(86400)
        await asyncio.sleep(0.25)
        return loop.time()

    started = time.monotonic()
    assert virtual.run(main()) == 86400.25
    assert time.monotonic() - started < 1


def test_gaps_between_writes_are_exact_at_the_reader():
    async def main():
        async def handler(reader, writer):
            await reader.readline()
            for gap in (0, 1, 300, 0.001):
                await asyncio.sleep(gap)
                writer.write(b"tick\n")
                await writer.drain()
            writer.close()

        server, port = await serve(handler)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        loop, seen = asyncio.get_running_loop(), []
        writer.write(b"go\n")
        while await reader.readline():
            seen.append(round(loop.time(), 9))
        seen.append(round(loop.time(), 9))
        writer.close()
        server.close()
        return seen

    for _ in range(20):
        assert virtual.run(main()) == [0, 1, 301, 301.001, 301.001]


def test_a_large_transfer_is_not_overtaken_by_a_short_timeout():
    async def main():
        async def handler(reader, writer):
            writer.write(b"x" * 3_000_000)
            writer.close()

        server, port = await serve(handler)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        async with asyncio.timeout(0.001):
            size = len(await reader.read(-1))
        writer.close()
        server.close()
        return size

    assert virtual.run(main()) == 3_000_000


@pytest.mark.parametrize("how", ["fin", "rst"])
def test_a_close_arrives_before_time_moves(how):
    async def main():
        async def handler(reader, writer):
            if how == "rst":
                linger = struct.pack("ii", 1, 0)
                writer.get_extra_info("socket").setsockopt(
                    socket.SOL_SOCKET, socket.SO_LINGER, linger
                )
            writer.transport.abort()

        server, port = await serve(handler)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        async with asyncio.timeout(0.001):
            try:
                end = await reader.read()
            except ConnectionResetError:
                end = "reset"
        writer.close()
        server.close()
        return end, asyncio.get_running_loop().time()

    assert [virtual.run(main()) for _ in range(20)] == [(b"" if how == "fin" else "reset", 0)] * 20


def test_a_thread_is_waited_for_in_real_time():
    async def main():
        async with asyncio.timeout(0.01):
            await asyncio.to_thread(time.sleep, 0.05)
        return asyncio.get_running_loop().time()

    assert virtual.run(main()) == 0


def test_names_are_resolved_without_a_jump():
    async def main():
        async with asyncio.timeout(0.001):
            return await asyncio.get_running_loop().getaddrinfo("localhost", 80)

    assert virtual.run(main())


def test_a_reader_that_paused_does_not_stop_the_clock():
    async def main():
        async def handler(reader, writer):
            await asyncio.sleep(5)
            writer.write(b"late")
            writer.close()

        server, port = await serve(handler)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.transport.pause_reading()
        await asyncio.sleep(60)
        writer.transport.resume_reading()
        data = await reader.read()
        writer.close()
        server.close()
        return data, asyncio.get_running_loop().time()

    assert virtual.run(main()) == (b"late", 60)


def test_a_loop_that_can_never_wake_raises():
    async def main():
        await asyncio.get_running_loop().create_future()

    with pytest.raises(virtual.LoopStuckError, match="no timer, socket or thread"):
        virtual.run(main())


def test_a_connect_that_nobody_accepts_raises_after_real_time(monkeypatch):
    monkeypatch.setattr(virtual, "STUCK_SECONDS", 0.05)

    async def main():
        listener = socket.socket()
        listener.bind(("127.0.0.1", 0))
        listener.listen(1)
        client = socket.create_connection(listener.getsockname())
        client.setblocking(False)
        _, writer = await asyncio.open_connection(sock=client)
        try:
            await asyncio.sleep(1)
        finally:
            writer.transport.abort()
            listener.close()

    with pytest.raises(virtual.LoopStuckError, match="no progress"):
        virtual.run(main())
