"""`ChatRequest` to `HttpRequest`, by the ``request`` block of a manifest."""

from ailib.encode.request import Encoder
from ailib.encode.templates import MISSING, Template, compile_template

__all__ = ["MISSING", "Encoder", "Template", "compile_template"]
