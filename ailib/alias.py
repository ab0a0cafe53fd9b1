"""Another name for this package, for code that was written for that name.

``install("ai_lib_python")`` makes ``from ai_lib_python.errors import RemoteError`` give the very
objects of `ailib.errors`. Entries in ``sys.modules`` alone would not do: submodules would be
loaded a second time, and their exceptions caught by nobody.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

from ailib.errors import ValidationError

PACKAGE = "ailib"


class _Finder(MetaPathFinder, Loader):
    """Finds ``<alias>.x`` where ``ailib.x`` is."""

    def __init__(self, alias: str) -> None:
        self.alias = alias

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,  # noqa: ARG002  # part of the interface
        target: ModuleType | None = None,  # noqa: ARG002
    ) -> ModuleSpec | None:
        if fullname != self.alias and not fullname.startswith(f"{self.alias}."):
            return None
        return ModuleSpec(fullname, self, is_package=True)

    def exec_module(self, module: ModuleType) -> None:
        name = module.__name__
        sys.modules[name] = importlib.import_module(PACKAGE + name.removeprefix(self.alias))


def install(alias: str) -> None:
    """Makes ``alias`` another name of this package in this process; once is enough.

    Raises `ValidationError` where another package of that name is imported already.
    """
    if any(isinstance(finder, _Finder) and finder.alias == alias for finder in sys.meta_path):
        return
    if alias in sys.modules or not alias.isidentifier():
        raise ValidationError(f"{alias!r} cannot be another name of {PACKAGE}")
    sys.meta_path.insert(0, _Finder(alias))
