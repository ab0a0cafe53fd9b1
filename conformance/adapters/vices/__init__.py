"""Clients with one vice each, for the suite to prove that it sees them."""

from conformance.adapters.vices.doing import DOING
from conformance.adapters.vices.reading import READING
from conformance.adapters.vices.telling import TELLING
from conformance.adapters.vices.vice import Vice

VICES = {vice.name: vice for vice in (*READING, *TELLING, *DOING)}
"""By name, which ``--client`` takes."""

NO_VICE = Vice("no-vice")
"""The control: what the good client passes, it passes."""

__all__ = ["NO_VICE", "VICES", "Vice"]
