"""The endpoints of ai-protocol-mock, for clients that were tested against it.

They stand at the root, without a provider in the path, look neither at the key nor at the model,
and take any body. Chat and its kin are answered by the providers; health, the list of providers
and video jobs here.
"""

from __future__ import annotations

import re
import secrets
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

_PATHS = (
    (re.compile(r"(?:/v1)?(/chat/completions)"), "openai", r"/v1\1"),
    (re.compile(r"(?:/v1)?(/messages)"), "anthropic", r"/v1\1"),
    (re.compile(r"(/v1beta/models/[^/]+:(?:stream)?[gG]enerateContent)"), "gemini", r"\1"),
    (re.compile(r"(/v1/audio/(?:transcriptions|speech))"), "openai", r"\1"),
    (re.compile(r"(/v2/rerank)"), "cohere", r"\1"),
)
_VIDEO = re.compile(r"/v1/video/generations(?:/([^/]+))?")
_ENDS = ("succeeded", "failed", "cancelled")
_OUTPUT = {
    "url": "https://example.com/mock-video.mp4",
    "content_type": "video/mp4",
    "duration_seconds": 4,
}
_KEPT = 1_000
Answer = tuple[int, dict[str, Any]]


def provider_of(path: str) -> tuple[str, str] | None:
    """The provider behind a path at the root, and its own path there."""
    for pattern, provider, own in _PATHS:
        if found := pattern.fullmatch(path):
            return provider, found.expand(own)
    return None


def is_own(path: str) -> bool:
    """Whether a path is answered by `Compat` itself."""
    return path in {"/health", "/status", "/providers"} or bool(_VIDEO.fullmatch(path))


class Compat:
    """ai-protocol-mock's own endpoints. Video jobs run at the first look and end at the second."""

    def __init__(self, providers: Iterable[str]) -> None:
        self._providers = providers
        self._jobs: OrderedDict[str, dict[str, Any]] = OrderedDict()

    def answer(
        self, method: str, path: str, body: Any, headers: Mapping[str, str], now: float
    ) -> Answer:
        """Status and JSON for a request to a path that `is_own`."""
        given = body if isinstance(body, dict) else {}
        moment = datetime.fromtimestamp(now, UTC).isoformat()
        video = _VIDEO.fullmatch(path)
        if video and video[1] and method == "GET":
            return self._look(video[1], moment)
        if video and not video[1] and method == "POST":
            return self._video(given, headers.get("x-mock-video-terminal"), moment)
        if video or method != "GET":
            return 405, {"error": {"message": "method not allowed", "type": "mock_error"}}
        if path == "/providers":
            rows = [{"provider_id": name, "name": name} for name in sorted(self._providers)]
            return 200, {"providers": rows}
        return 200, {"status": "ok", "service": "mock-providers"}

    def _video(self, given: Mapping[str, Any], wished: str | None, moment: str) -> Answer:
        made = {
            "model": given.get("model", "video-gen-1"),
            "provider": given.get("provider", "mock"),
            "prompt": given.get("prompt", ""),
            "created_at": moment,
        }
        if given.get("async", True) is False:
            name = f"vid_{secrets.token_hex(6)}"
            return 200, {"id": name, "status": "succeeded", **made, "output": _OUTPUT}
        end = wished or given.get("terminal_state")
        name = f"job_{secrets.token_hex(6)}"
        self._jobs[name] = {
            "id": name,
            "status": "queued",
            **made,
            "polls": 0,
            "terminal_state": end if end in _ENDS else "succeeded",
        }
        if len(self._jobs) > _KEPT:
            self._jobs.popitem(last=False)
        where = f"/v1/video/generations/{name}"
        return 202, {"id": name, "status": "queued", "poll_url": where, "created_at": moment}

    def _look(self, name: str, moment: str) -> Answer:
        job = self._jobs.get(name)
        if job is None:
            message = f"no video job {name}"
            return 404, {"error": {"message": message, "type": "not_found"}}
        job["polls"] += 1
        job["updated_at"] = moment
        job["status"] = "running" if job["polls"] == 1 else job["terminal_state"]
        return 200, {**job, **_ending(job["status"], moment)}


def _ending(status: str, moment: str) -> dict[str, Any]:
    match status:
        case "succeeded":
            return {"output": {**_OUTPUT, "completed_at": moment, "elapsed_ms": 0}}
        case "failed":
            reason = {"code": "video_generation_failed", "message": "mock video generation failed"}
            return {"error": reason}
        case "cancelled":
            return {"cancellation": {"reason": "mock_cancelled_for_test", "cancelled_at": moment}}
        case _:
            return {}
