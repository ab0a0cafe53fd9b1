"""Keeps the headers of our answers out of the debug log of httpcore.

A provider, or a proxy in between, may echo a key in a header or in a redirect's address, and
httpcore logs all headers of an answer at level DEBUG. Only requests of this library are touched.
"""

from __future__ import annotations

import logging
from contextvars import ContextVar

OWN: ContextVar[bool] = ContextVar("ailib_request", default=False)
EVENT = "receive_response_headers.complete"


class _HeaderFilter(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        if OWN.get() and record.getMessage().startswith(EVENT):
            record.msg, record.args = f"{EVENT} (headers not logged)", ()
        return True


_FILTER = _HeaderFilter()


def install(library: str) -> None:
    """For ``httpcore`` or ``httpcore2``; once is enough, more does no harm."""
    for protocol in ("http11", "http2"):
        logging.getLogger(f"{library}.{protocol}").addFilter(_FILTER)
