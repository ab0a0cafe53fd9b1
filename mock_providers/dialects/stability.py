"""Stability's stable-image API: a form in; a picture, or JSON with one, out.

Source: platform.stability.ai API reference, POST /v2beta/stable-image/generate/{core,ultra,sd3}.
The caller's ``accept`` header chooses between bytes and JSON.
"""

from __future__ import annotations

import base64
from typing import Any

from mock_providers.answer.model import Ask, Turn
from mock_providers.dialects.base import Context, Inbound
from mock_providers.dialects.forms import fields
from mock_providers.dialects.media import png
from mock_providers.dialects.plain import PlainDialect
from mock_providers.dialects.reading import integer, text

_SIDES = {"16:9": (1344, 768), "9:16": (768, 1344), "1:1": (1024, 1024)}
_JSON = "application/json"


def _read(inbound: Inbound, operation: str) -> Ask:
    form = fields(inbound)
    return Ask(
        operation=operation,
        model=inbound.params.get("model", ""),
        inputs=(text(form.get("prompt")),),
        seed=integer(form.get("seed")),
        form=_JSON if inbound.headers.get("accept", "").startswith(_JSON) else "image/png",
        raw=form,
    )


def _write(_turn: Turn, ask: Ask, context: Context) -> Any:
    width, height = _SIDES.get(text(ask.raw.get("aspect_ratio")), (1024, 1024))
    picture = png(width, height, context.random)
    if ask.form != _JSON:
        return picture
    return {
        "image": base64.b64encode(picture).decode(),
        "finish_reason": "SUCCESS",
        "seed": ask.seed or context.random.getrandbits(31),
    }


STABILITY_IMAGES = PlainDialect("stability_images", _read, _write, media_type=lambda ask: ask.form)
