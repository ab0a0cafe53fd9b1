"""The providers as an enum, made from the manifests that are there."""

from __future__ import annotations

from enum import Enum
from importlib import resources

import yaml

from ailib.manifest import bundled_ids


def _members() -> list[tuple[str, str]]:
    """Names and ids; the value of a member is the provider's id."""
    text = (resources.files("ailib.manifests") / "classic.yaml").read_text(encoding="utf-8")
    names: dict[str, str] = yaml.safe_load(text)["names"]
    return [(names.get(id) or _spelled(id), id) for id in bundled_ids()]  # noqa: A001


def _spelled(provider_id: str) -> str:
    return "".join(part.capitalize() for part in provider_id.replace("_", "-").split("-"))


Provider = Enum("Provider", _members(), module=__name__)  # type: ignore[misc]  # made from data
Provider.__doc__ = "A provider; the value is its id."
