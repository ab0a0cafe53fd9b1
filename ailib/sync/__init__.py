"""The same client without ``async``: calls block, streams are plain iterators.

``from ailib.sync import AiClient``. All calls of a process run in one event loop in a thread of
its own, so they work inside a running loop, in any number of threads, and after a fork.
"""

from ailib.sync.chat import ChatRequestBuilder
from ailib.sync.client import AiClient
from ailib.sync.stream import ChatStream

__all__ = ["AiClient", "ChatRequestBuilder", "ChatStream"]
