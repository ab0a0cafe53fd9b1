"""Status, headers and body to `RemoteError`."""

from ailib.classify.classifier import Classifier
from ailib.classify.envelope import REQUEST_ID_HEADERS, parse_body

__all__ = ["REQUEST_ID_HEADERS", "Classifier", "parse_body"]
