"""The families of failures that a client meets in the wild, each seen in public threads.

H: status, envelope, headers. S: the stream's transport. C: what the stream says.
"""

from __future__ import annotations

from collections.abc import Mapping

FAMILIES: Mapping[str, str] = {
    "H1": "429 in the provider's own form",
    "H2": "Retry-After in seconds, as a date, past, negative, junk; retry-after-ms; x-should-retry",
    "H3": "the delay in the body only (Google's RetryInfo), no header",
    "H4": "quota exhausted under the status of a rate limit",
    "H5": "overloaded, out of credit, conflict, unavailable",
    "H6": "HTML pages of proxies, wrong reason phrase",
    "H7": "request too large, refused by the edge",
    "H8": "context overflow, one shape a provider",
    "H9": "bad parameters, schemas, tools",
    "H10": "content filter",
    "H11": "status 200 with an error in the body, or without choices",
    "H12": "errors under a wrong type, empty, or not JSON",
    "H13": "authentication, permission, unknown model",
    "S1": "clean end without finish reason or terminator",
    "S2": "FIN without the terminal chunk",
    "S3": "reset; connection closed before headers or while idle",
    "S4": "cut inside a chunk, JSON string, code point, event-stream frame",
    "S5": "silence before headers, before content, between, after",
    "S6": "single bytes, everything at once, tokens in batches",
    "S7": "split code points, split surrogates, U+FFFD",
    "S8": "CRLF, CR, no space, several data lines, no final blank line, byte order mark",
    "S9": "comments, empty data, blank lines, pings",
    "S10": "wrong or missing content type",
    "S11": "compressed streams, buffered or mislabelled",
    "S12": "HTTP/1.0, close-delimited, huge headers, trailers, wrong lengths",
    "S13": "a JSON array cut inside an object",
    "C1": "an error inside the stream",
    "C2": "a finish reason that means an error",
    "C3": "chunks without choices, id or model",
    "C4": "odd finish reasons: empty, absent, unknown, twice, followed by content",
    "C5": "broken tool calls",
    "C6": "events twice, cumulative text, swapped events",
    "C7": "answers with nothing in them",
    "C8": "refusals and pauses",
    "C9": "usage missing, null, zero, of floats, on every chunk",
    "C10": "content as blocks or null, inline thinking, repeated role",
    "C11": "unknown events and members",
    "C12": "broken JSON, two objects in one frame, glued frames",
}
