"""Status, headers and body to `RemoteError`."""

from ailib.classify.classifier import Classifier
from ailib.classify.envelope import REQUEST_ID_HEADERS

__all__ = ["REQUEST_ID_HEADERS", "Classifier"]
