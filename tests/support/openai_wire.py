"""Bytes of chat completions, as the public documentation of that format shows them."""

import json

TERMINATOR = b"data: [DONE]\n\n"


def sse(**chunk):
    return b"data: " + json.dumps(chunk).encode() + b"\n\n"


def delta(text=None, finish=None, **more):
    return sse(
        id="chatcmpl-1",
        object="chat.completion.chunk",
        model="gpt-4o-2024-08-06",
        choices=[
            {
                "index": 0,
                "delta": {"content": text} if text else {},
                "finish_reason": finish,
                **more,
            }
        ],
    )


def usage(prompt, completion):
    return sse(
        id="chatcmpl-1",
        object="chat.completion.chunk",
        model="gpt-4o-2024-08-06",
        choices=[],
        usage={
            "prompt_tokens": prompt,
            "completion_tokens": completion,
            "total_tokens": prompt + completion,
        },
    )


def body(text="hello", finish="stop"):
    return json.dumps(
        {
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "model": "gpt-4o-2024-08-06",
            "choices": [
                {
                    "index": 0,
                    "message": {"role": "assistant", "content": text},
                    "finish_reason": finish,
                }
            ],
            "usage": {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5},
        }
    ).encode()


def error(message="no", kind="invalid_request_error", code=None):
    return json.dumps({"error": {"message": message, "type": kind, "code": code}}).encode()
