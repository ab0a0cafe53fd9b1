"""The clients under measurement, each behind the same two calls.

``json()`` asks once and returns the text; ``stream(mode)`` streams and returns the number of text
deltas and the seconds to the first. Raw clients get connection limits that do not stand in the
way; the SDKs keep their defaults, retries off.
"""

import importlib
import json
import time

KEY = "sk-bench-000000000000000000000000"
MODEL = "gpt-4o"
PATH = "/v1/chat/completions"
ASK = {"model": MODEL, "messages": [{"role": "user", "content": "Say something."}]}
STREAM = ASK | {"stream": True, "stream_options": {"include_usage": True}}
HEADERS = {"authorization": f"Bearer {KEY}", "content-type": "application/json"}


def _deltas(data, rest):
    """Text deltas in the bytes of an SSE stream, and the bytes of the last unfinished line."""
    lines = (rest + data).split(b"\n")
    rest = lines.pop()
    texts = []
    for line in lines:
        if line[:6] == b"data: " and line[6:7] == b"{":
            choices = json.loads(line[6:])["choices"]
            text = choices[0]["delta"].get("content") if choices else None
            if text:
                texts.append(text)
    return texts, rest


async def _count(chunks, started):
    count, first, rest = 0, 0.0, b""
    async for chunk in chunks:
        texts, rest = _deltas(chunk, rest)
        if texts and not count:
            first = time.perf_counter() - started
        count += len(texts)
    return count, first


class RawAiohttp:
    needs = "aiohttp"

    def __init__(self, url):
        self.url, self.session = url, None

    async def open(self):
        if self.session is None:
            aiohttp = importlib.import_module("aiohttp")
            connector = aiohttp.TCPConnector(limit=0)
            self.session = aiohttp.ClientSession(connector=connector)
        return self.session

    async def json(self):
        session = await self.open()
        body = json.dumps(ASK).encode()
        async with session.post(f"{self.url}/json{PATH}", data=body, headers=HEADERS) as answer:
            return json.loads(await answer.read())["choices"][0]["message"]["content"]

    async def stream(self, mode):
        session, started = await self.open(), time.perf_counter()
        body = json.dumps(STREAM).encode()
        async with session.post(f"{self.url}/{mode}{PATH}", data=body, headers=HEADERS) as answer:
            return await _count(answer.content.iter_any(), started)

    async def close(self):
        if self.session is not None:
            await self.session.close()


class RawHttpx:
    needs = "httpx"

    def __init__(self, url):
        self.url = url
        self.client = importlib.import_module(self.needs).AsyncClient(timeout=None)

    async def json(self):
        body = json.dumps(ASK).encode()
        answer = await self.client.post(f"{self.url}/json{PATH}", content=body, headers=HEADERS)
        return json.loads(answer.content)["choices"][0]["message"]["content"]

    async def stream(self, mode):
        started = time.perf_counter()
        body = json.dumps(STREAM).encode()
        url = f"{self.url}/{mode}{PATH}"
        async with self.client.stream("POST", url, content=body, headers=HEADERS) as answer:
            return await _count(answer.aiter_bytes(), started)

    async def close(self):
        await self.client.aclose()


class RawHttpx2(RawHttpx):
    needs = "httpx2"


class OpenAi:
    needs = "openai"

    def __init__(self, url):
        self.url, self.clients = url, {}
        self.client("json")

    def client(self, mode):
        if mode not in self.clients:
            openai = importlib.import_module("openai")
            self.clients[mode] = openai.AsyncOpenAI(
                base_url=f"{self.url}/{mode}/v1", api_key=KEY, max_retries=0
            )
        return self.clients[mode]

    async def json(self):
        answer = await self.client("json").chat.completions.create(**ASK)
        return answer.choices[0].message.content

    async def stream(self, mode):
        count, first, started = 0, 0.0, time.perf_counter()
        async for chunk in await self.client(mode).chat.completions.create(**STREAM):
            if chunk.choices and chunk.choices[0].delta.content:
                first = first or time.perf_counter() - started
                count += 1
        return count, first

    async def close(self):
        for client in self.clients.values():
            await client.close()


class LiteLlm:
    needs = "litellm"

    def __init__(self, url):
        self.url = url
        self.litellm = importlib.import_module("litellm")

    async def ask(self, mode, **more):
        return await self.litellm.acompletion(
            model=f"openai/{MODEL}",
            messages=ASK["messages"],
            api_base=f"{self.url}/{mode}/v1",
            api_key=KEY,
            num_retries=0,
            **more,
        )

    async def json(self):
        return (await self.ask("json")).choices[0].message.content

    async def stream(self, mode):
        count, first, started = 0, 0.0, time.perf_counter()
        options = {"stream": True, "stream_options": {"include_usage": True}}
        async for chunk in await self.ask(mode, **options):
            if chunk.choices and chunk.choices[0].delta.content:
                first = first or time.perf_counter() - started
                count += 1
        return count, first

    async def close(self):
        pass


class Ailib:
    """The transport is a class attribute of each variant."""

    needs = "httpx"

    def __init__(self, url):
        self.url, self.clients = url, {}

    async def client(self, mode):
        if mode not in self.clients:
            ailib = importlib.import_module("ailib")
            self.clients[mode] = await ailib.AiClient.create(
                f"openai/{MODEL}",
                api_key=KEY,
                base_url=f"{self.url}/{mode}/v1",
                transport=self.needs,
            )
        return self.clients[mode]

    async def json(self):
        client = await self.client("json")
        return (await client.chat().user("Say something.").execute()).content

    async def stream(self, mode):
        client = await self.client(mode)
        count, first, started = 0, 0.0, time.perf_counter()
        async for event in client.chat().user("Say something.").stream():
            if event.is_content_delta:
                first = first or time.perf_counter() - started
                count += 1
        return count, first

    async def close(self):
        for client in self.clients.values():
            await client.close()


class AilibHttpx2(Ailib):
    needs = "httpx2"


class AilibAiohttp(Ailib):
    needs = "aiohttp"


CONTENDERS = {
    "aiohttp": RawAiohttp,
    "httpx": RawHttpx,
    "httpx2": RawHttpx2,
    "openai": OpenAi,
    "litellm": LiteLlm,
    "ailib (httpx)": Ailib,
    "ailib (httpx2)": AilibHttpx2,
    "ailib (aiohttp)": AilibAiohttp,
}
