"""OpenAI's moderation, images, speech, transcription and video jobs.

The mocks keep no jobs: a video's id holds the second it was asked for, and what a look-up tells
follows from the time since then.
"""

from __future__ import annotations

import base64
import re
from typing import Any

from mock_providers.answer.model import Ask, Turn
from mock_providers.answer.tokens import count, split
from mock_providers.answer.words import prose
from mock_providers.dialects.base import Context, Inbound
from mock_providers.dialects.forms import fields
from mock_providers.dialects.media import mp3, pcm, png, wav
from mock_providers.dialects.openai_ask import embedding_inputs
from mock_providers.dialects.plain import PlainDialect
from mock_providers.dialects.reading import integer, mapping, objects, text
from mock_providers.dialects.wire import pretty
from mock_providers.profiles.ids import compile_id

QUEUED, RENDERED = 1.0, 4.0
"""Seconds until a video job is in progress, and until it is completed."""
_CATEGORIES = (
    "harassment", "harassment/threatening", "hate", "hate/threatening", "illicit",
    "illicit/violent", "self-harm", "self-harm/instructions", "self-harm/intent", "sexual",
    "sexual/minors", "violence", "violence/graphic",
)  # fmt: skip
_VIOLENT = re.compile(r"\b(kill|murder|stab|shoot)\w*", re.IGNORECASE)
_SIZE = re.compile(r"(\d{1,4})x(\d{1,4})")
_SPOKEN = {"mp3": mp3, "aac": mp3, "opus": mp3, "flac": wav, "wav": wav, "pcm": pcm}
_SPOKEN_TYPES = {
    "mp3": "audio/mpeg",
    "aac": "audio/aac",
    "opus": "audio/opus",
    "flac": "audio/flac",
    "wav": "audio/wav",
    "pcm": "audio/pcm",
}
_tail = compile_id("{hex:24}")
_moderation_id = compile_id("modr-{hex:32}")


def _read(inbound: Inbound, operation: str) -> Ask:
    body = mapping(inbound.json) or fields(inbound)
    given = body.get("input", body.get("prompt"))
    inputs = embedding_inputs(given) if not objects(given) else (_parts(given),)
    return Ask(
        operation=operation,
        model=text(body.get("model")),
        inputs=inputs,
        n=max(1, min(10, integer(body.get("n")) or 1)),
        form=text(body.get("response_format")),
        raw={**body, "_id": inbound.params.get("id", ""), "_path": inbound.path},
    )


def _parts(given: Any) -> str:
    return " ".join(text(part.get("text")) for part in objects(given))


def _write_moderation(_turn: Turn, ask: Ask, context: Context) -> dict[str, Any]:
    """Flagged where a word of violence stands in the text; else nothing is."""
    return {
        "id": _moderation_id(context.random),
        "model": ask.model or "omni-moderation-latest",
        "results": [_moderated(item) for item in ask.inputs or ("",)],
    }


def _moderated(item: str) -> dict[str, Any]:
    flagged = _VIOLENT.search(item) is not None
    hit = {"violence": flagged}
    return {
        "flagged": flagged,
        "categories": {name: hit.get(name, False) for name in _CATEGORIES},
        "category_scores": {name: 0.93 if hit.get(name) else 0.0001 for name in _CATEGORIES},
        "category_applied_input_types": {name: ["text"] for name in _CATEGORIES},
    }


def _write_images(turn: Turn, ask: Ask, context: Context) -> dict[str, Any]:
    found = _SIZE.fullmatch(text(ask.raw.get("size")))
    width, height = (int(found[1]), int(found[2])) if found else (1024, 1024)
    made = [base64.b64encode(png(width, height, context.random)).decode() for _ in range(ask.n)]
    spent = {"input_tokens": turn.usage.input, "output_tokens": 1056 * ask.n}
    by_url = ask.form == "url" or (ask.model.startswith("dall-e") and ask.form != "b64_json")
    key, start = ("url", "data:image/png;base64,") if by_url else ("b64_json", "")
    return {
        "created": int(context.now),
        "data": [{key: start + one} for one in made],
        "usage": {
            **spent,
            "input_tokens_details": {"image_tokens": 0, "text_tokens": turn.usage.input},
            "total_tokens": sum(spent.values()),
        },
    }


def _write_speech(_turn: Turn, ask: Ask, _context: Context) -> bytes:
    """Silence as long as the text would take to say: 15 characters a second."""
    make = _SPOKEN.get(ask.form, mp3)
    return make(max(0.1, len("".join(ask.inputs)) / 15))


def _write_transcription(_turn: Turn, ask: Ask, context: Context) -> Any:
    pieces = prose(context.random)
    said = "".join(pieces)
    seconds = round(len(pieces) / 3, 2)
    match ask.form:
        case "text":
            return (said + "\n").encode()
        case "srt":
            return f"1\n00:00:00,000 --> 00:00:{int(seconds):02},000\n{said}\n\n".encode()
        case "vtt":
            return f"WEBVTT\n\n00:00.000 --> 00:{int(seconds):02}.000\n{said}\n\n".encode()
        case "verbose_json":
            return _verbose(said, seconds)
        case _:
            heard = {"audio_tokens": round(seconds * 10), "text_tokens": 0}
            spent = {"input_tokens": heard["audio_tokens"], "output_tokens": len(pieces)}
            total = sum(spent.values())
            usage = {"type": "tokens", **spent, "input_token_details": heard, "total_tokens": total}
            return {"text": said, "usage": usage}


def _verbose(said: str, seconds: float) -> dict[str, Any]:
    segment = {
        "id": 0,
        "seek": 0,
        "start": 0.0,
        "end": seconds,
        "text": said,
        "tokens": list(range(1, count(said) + 1)),
        "temperature": 0.0,
        "avg_logprob": -0.2,
        "compression_ratio": 1.2,
        "no_speech_prob": 0.01,
    }
    words = [
        {"word": word.strip(), "start": at / 3, "end": (at + 1) / 3}
        for at, word in enumerate(split(said))
    ]
    return {
        "task": "transcribe",
        "language": "english",
        "duration": seconds,
        "text": said,
        "segments": [segment],
        "words": words,
    }


def _write_video(_turn: Turn, ask: Ask, context: Context) -> Any:
    known = text(ask.raw.get("_id"))
    if known and text(ask.raw.get("_path")).endswith("/content"):
        return b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom" + b"\x00" * 1024
    asked = int(known[6:14], 16) if re.fullmatch(r"video_[0-9a-f]{32}", known) else int(context.now)
    age = context.now - asked
    status = "queued" if age < QUEUED else "in_progress" if age < RENDERED else "completed"
    status = status if known else "queued"
    ident = known or f"video_{asked:08x}{_tail(context.random)}"
    return {
        "id": ident,
        "object": "video",
        "created_at": asked,
        "completed_at": asked + int(RENDERED) if status == "completed" else None,
        "expires_at": None,
        "error": None,
        "model": ask.model or "sora-2",
        "progress": min(100, max(0, round(100 * age / RENDERED))) if known else 0,
        "prompt": text(ask.raw.get("prompt")) or None,
        "remixed_from_video_id": None,
        "seconds": str(ask.raw.get("seconds") or 4),
        "size": text(ask.raw.get("size"), "720x1280"),
        "status": status,
    }


def _speech_type(ask: Ask) -> str:
    return _SPOKEN_TYPES.get(ask.form, "audio/mpeg")


def _transcription_type(ask: Ask) -> str:
    return "text/plain; charset=utf-8" if ask.form in ("text", "srt", "vtt") else "application/json"


def _video_type(ask: Ask) -> str:
    return "video/mp4" if text(ask.raw.get("_path")).endswith("/content") else "application/json"


OPENAI_MODERATIONS = PlainDialect("openai_moderations", _read, _write_moderation, pretty)
OPENAI_IMAGES = PlainDialect("openai_images", _read, _write_images, pretty)
OPENAI_SPEECH = PlainDialect("openai_speech", _read, _write_speech, pretty, _speech_type)
OPENAI_TRANSCRIPTIONS = PlainDialect(
    "openai_transcriptions", _read, _write_transcription, pretty, _transcription_type
)
OPENAI_VIDEOS = PlainDialect("openai_videos", _read, _write_video, pretty, _video_type)
