"""Takes secrets out of an interaction before it is written.

Headers pass an allowlist; everything else is searched as one text, whatever pieces it came in:
first for what is a secret by place or shape, in every spelling; then again over the strings of
the stream's JSON documents joined by their path, because a model that repeats a key sends it in
fragments, each in a document of its own. The pieces of the answer keep their boundaries and times.

Text is bytes decoded as latin-1: one character is one byte.
"""

from __future__ import annotations

import bisect
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import accumulate, pairwise
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from mock_providers.cassettes.eventstream import is_event_stream, join_frames, split_frames
from mock_providers.cassettes.model import (
    Cassette,
    Chunk,
    Headers,
    Interaction,
    Request,
    Response,
    cut_at,
)
from mock_providers.cassettes.search import Search
from mock_providers.cassettes.secrets import (
    PLACEHOLDER,
    named_secrets,
    secret_name,
)

REQUEST_HEADERS = re.compile(
    r"content-type|accept|anthropic-(?:version|beta)|openai-beta|x-dashscope-sse|x-amz-target"
)
RESPONSE_HEADERS = re.compile(
    r"content-type|retry-after(?:-ms)?|(?:x-)?request-id|x-should-retry|x-ratelimit-.*|"
    r"anthropic-ratelimit-.*|ratelimit.*|openai-(?:version|processing-ms)|"
    r"x-amzn-(?:errortype|requestid)|x-amzn-bedrock-.*|apim-request-id|x-ms-region|"
    r"x-debug-trace-id|mistral-correlation-id|x-ds-trace-id|x-gemini-service-tier|server-timing|"
    r"location|www-authenticate|content-length"
)

Edit = tuple[int, int, str]


def redacted(cassette: Cassette, secrets: Iterable[str] = ()) -> Cassette:
    """The cassette without secrets. ``secrets`` are further ones that no place or shape tells
    (an account's name); a secret of one interaction is taken out of all."""
    known = set(secrets)
    for interaction in cassette.interactions:
        known |= named_secrets(interaction.request)
    search = Search(known)
    return Cassette(tuple(_interaction(i, search) for i in cassette.interactions))


def redacted_request(request: Request, secrets: Iterable[str] = ()) -> Request:
    """A request without its secrets, so that it compares with one in a cassette."""
    return _request(request, Search(named_secrets(request, secrets)))


def _interaction(interaction: Interaction, search: Search) -> Interaction:
    return Interaction(
        _request(interaction.request, search), _response(interaction.response, search)
    )


def _request(request: Request, search: Search) -> Request:
    body, _ = _cleaned(request.body.decode("latin-1"), (), search)
    return Request(
        request.method,
        search.redact(_uri(request.uri)),
        _headers(request.headers, REQUEST_HEADERS, search),
        body.encode("latin-1"),
    )


def _uri(uri: str) -> str:
    """Without user info and without the parameters that are secrets by name: a client that
    filters them on replay then asks for the same URI."""
    url = urlsplit(uri)
    kept = [
        part
        for part in url.query.split("&")
        if part and not (secret_name(name := part.partition("=")[0]) or name == "key")
    ]
    return urlunsplit((url.scheme, url.netloc.rpartition("@")[2], url.path, "&".join(kept), ""))


def _headers(headers: Headers, allowed: re.Pattern[str], search: Search) -> Headers:
    return tuple(
        (name.lower(), search.redact(value))
        for name, value in headers
        if allowed.fullmatch(name.lower())
    )


def _response(response: Response, search: Search) -> Response:
    response = replace(
        response,
        reason=search.redact(response.reason),
        headers=_headers(response.headers, RESPONSE_HEADERS, search),
    )
    body = response.body
    marks = list(accumulate(len(chunk.data) for chunk in response.chunks))[:-1]
    if is_event_stream(response.content_type):
        body, marks = _in_frames(body, search, marks)
    else:
        text, marks = _cleaned(body.decode("latin-1"), marks, search)
        body = text.encode("latin-1")
    pieces = cut_at(body, [0, *marks])
    chunks = zip(pieces, response.chunks, strict=False)
    return replace(response, chunks=tuple(Chunk(data, old.delay) for data, old in chunks))


def _cleaned(text: str, marks: Iterable[int], search: Search) -> tuple[str, list[int]]:
    """The text without secrets, and where its marks then stand."""
    text, moved = _replaced(text, _edits(text, search), marks)
    return _replaced(text, _over_documents(text, search), moved)


def _edits(text: str, search: Search) -> list[Edit]:
    """A placeholder for each secret."""
    return [(start, end, PLACEHOLDER) for start, end in search.find(text)]


def _replaced(text: str, edits: list[Edit], marks: Iterable[int]) -> tuple[str, list[int]]:
    """The text after the edits, and where its marks then stand. A mark within an edit moves to
    its place in the replacement, at most to its end."""
    out: list[str] = []
    starts, ends = [], []
    moved = [0]
    position = size = 0
    for start, end, new in edits:
        out += (text[position:start], new)
        size += start - position + len(new)
        position = end
        starts.append(start)
        ends.append((end, len(new)))
        moved.append(size - end)
    out.append(text[position:])

    def place(mark: int) -> int:
        index = bisect.bisect_right(starts, mark)
        if index and mark < ends[index - 1][0]:
            start, (_, length) = starts[index - 1], ends[index - 1]
            return start + moved[index - 1] + min(mark - start, length)
        return mark + moved[index]

    return "".join(out), [place(mark) for mark in marks]


def _in_frames(body: bytes, search: Search, marks: list[int]) -> tuple[bytes, list[int]]:
    """As for text, inside the payloads of an AWS event stream; checksums are made anew, and a
    mark moves to the end of its frame."""
    frames, rest = split_frames(body)
    payloads = "".join(payload.decode("latin-1") for _, payload in frames)
    bounds = list(accumulate(len(payload) for _, payload in frames))[:-1]
    cleaned, bounds = _cleaned(payloads, bounds, search)
    if cleaned == payloads:
        return body, marks
    anew = [
        join_frames([(headers, payload)])
        for (headers, _), payload in zip(
            frames, cut_at(cleaned.encode("latin-1"), [0, *bounds]), strict=True
        )
    ]
    old_ends = list(accumulate(len(join_frames([frame])) for frame in frames))
    new_ends = list(accumulate(map(len, anew)))
    places = [min(bisect.bisect_left(old_ends, mark), len(anew) - 1) for mark in marks]
    return b"".join(anew) + rest, [new_ends[place] for place in places]


_DECODER = json.JSONDecoder()


def _documents(text: str) -> Iterator[tuple[int, int, Any]]:
    """Every JSON object that stands in the text, whatever stands between: ``data:`` lines, lines
    of NDJSON, the commas of an array."""
    position = text.find("{")
    while position >= 0:
        try:
            _, end = _DECODER.raw_decode(text, position)
            value = json.loads(_wide(text[position:end]))
        except (ValueError, RecursionError):
            end = position + 1
        else:
            yield position, end, value
        position = text.find("{", end)


Path = tuple[Any, ...]


def _over_documents(text: str, search: Search) -> list[Edit]:
    """Edits of the documents whose strings, joined path by path, hold a secret."""
    documents = list(_documents(text))
    if len(documents) < 2:
        return []
    joined: dict[Path, list[tuple[int, str]]] = {}
    for index, (_, _, value) in enumerate(documents):
        for path, string in _strings(value):
            joined.setdefault(path, []).append((index, _narrow(string)))
    changed: set[int] = set()
    for path, parts in joined.items():
        whole = "".join(string for _, string in parts)
        found = _edits(whole, search)
        if not found:
            continue
        cleaned, places = _replaced(whole, found, accumulate(len(s) for _, s in parts[:-1]))
        for (index, string), (start, end) in zip(
            parts, pairwise([0, *places, len(cleaned)]), strict=True
        ):
            if cleaned[start:end] != string:
                _put(documents[index][2], path, _wide(cleaned[start:end]))
                changed.add(index)
    return [
        (start, end, _dump(value, text[start:end]))
        for index, (start, end, value) in enumerate(documents)
        if index in changed
    ]


def _narrow(text: str) -> str:
    return text.encode("utf-8", "surrogatepass").decode("latin-1")


def _wide(text: str) -> str:
    return text.encode("latin-1").decode("utf-8", "surrogatepass")


def _strings(value: Any, path: Path = ()) -> Iterator[tuple[Path, str]]:
    match value:
        case dict():
            for key, inner in value.items():
                yield from _strings(inner, (*path, key))
        case list():
            for index, inner in enumerate(value):
                yield from _strings(inner, (*path, index))
        case str():
            yield path, value


def _put(value: Any, path: Path, new: str) -> None:
    for key in path[:-1]:
        value = value[key]
    value[path[-1]] = new


def _dump(value: Any, like: str) -> str:
    """JSON in the white space of the text it replaces, as far as it is one of the usual two."""
    separators = (", " if ', "' in like else ",", ": " if '": ' in like else ":")
    return _narrow(json.dumps(value, separators=separators, ensure_ascii=like.isascii()))
