"""``/_mock/…``: the server about itself, and how to steer it."""

from mock_providers.control.app import Control

__all__ = ["Control"]
