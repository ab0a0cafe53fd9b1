"""The server all clients are measured against: an asyncio protocol with prepared answers.

    POST /json/v1/chat/completions          one body of 400 bytes
    POST /bulk-N/v1/chat/completions        N events in one write
    POST /each-N/v1/chat/completions        N events, one write each
    POST /paced-N-MS/v1/chat/completions    N events, one every MS milliseconds

A body with ``"stream": true`` gets the events of its path, any other the JSON body.
Prints its port.
"""

import asyncio
import json
import sys

CONTENT = "The quick brown fox jumps over the lazy dog. "
BODY = json.dumps(
    {
        "id": "chatcmpl-bench0000000000000000000001",
        "object": "chat.completion",
        "created": 1795176000,
        "model": "gpt-4o-2026-08-06",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": CONTENT, "refusal": None},
                "logprobs": None,
                "finish_reason": "stop",
            }
        ],
        "usage": {"prompt_tokens": 11, "completion_tokens": 10, "total_tokens": 21},
        "system_fingerprint": "fp_0000000000",
    }
).encode()
JSON_ANSWER = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nx-request-id: req_bench\r\n"
    b"Content-Length: %d\r\n\r\n%s" % (len(BODY), BODY)
)
STREAM_HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n"
    b"x-request-id: req_bench\r\nTransfer-Encoding: chunked\r\n\r\n"
)


def _event(delta, finish=None, **more):
    frame = {
        "id": "chatcmpl-bench0000000000000000000001",
        "object": "chat.completion.chunk",
        "created": 1795176000,
        "model": "gpt-4o-2026-08-06",
        "system_fingerprint": "fp_0000000000",
        "choices": [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}],
    } | more
    return b"data: %s\n\n" % json.dumps(frame, separators=(",", ":")).encode()


def _chunk(data):
    return b"%x\r\n%s\r\n" % (len(data), data)


def stream_of(count):
    """``count`` content events between the role and the end, as a list of events."""
    words = CONTENT.split()
    body = [_event({"content": words[n % len(words)] + " "}) for n in range(count)]
    usage = {"prompt_tokens": 11, "completion_tokens": count, "total_tokens": 11 + count}
    return [
        _event({"role": "assistant", "content": ""}),
        *body,
        _event({}, "stop"),
        _event({}, choices=[], usage=usage),
        b"data: [DONE]\n\n",
    ]


_streams = {}


def prepared(count):
    if count not in _streams:
        events = stream_of(count)
        _streams[count] = ([_chunk(event) for event in events], _chunk(b"".join(events)))
    return _streams[count]


class Target(asyncio.Protocol):
    def __init__(self):
        self.received = b""
        self.transport = None

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        data = self.received = self.received + data if self.received else data
        while True:
            end = data.find(b"\r\n\r\n")
            if end < 0:
                break
            at = data.lower().find(b"content-length:", 0, end)
            length = int(data[at + 15 : data.find(b"\r\n", at)]) if at > 0 else 0
            if len(data) < end + 4 + length:
                break
            self.answer(data[:end].split(b" ", 2)[1], data[end + 4 : end + 4 + length])
            data = data[end + 4 + length :]
        self.received = data

    def answer(self, path, body):
        mode = path.split(b"/", 2)[1].decode()
        if b'"stream": true' not in body and b'"stream":true' not in body:
            self.transport.write(JSON_ANSWER)
            return
        kind, *numbers = mode.split("-")
        each, bulk = prepared(int(numbers[0]))
        if kind == "bulk":
            self.transport.write(STREAM_HEAD + bulk + b"0\r\n\r\n")
        elif kind == "each":
            self.transport.write(STREAM_HEAD)
            for event in each:
                self.transport.write(event)
            self.transport.write(b"0\r\n\r\n")
        else:
            self.transport.write(STREAM_HEAD)
            self.pace([*each, b"0\r\n\r\n"], 0, int(numbers[1]) / 1000)

    def pace(self, events, position, seconds):
        if self.transport.is_closing():
            return
        self.transport.write(events[position])
        if position + 1 < len(events):
            loop = asyncio.get_running_loop()
            loop.call_later(seconds, self.pace, events, position + 1, seconds)


async def main():
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Target, "127.0.0.1", 0, backlog=4096)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)  # until the parent goes


if __name__ == "__main__":
    asyncio.run(main())
