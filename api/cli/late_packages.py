"""Late packages: packages of others whose `__init__` loads far more than is used here. It waits until it is needed.

langgraph takes one name each from the packages below, from a module inside them. Python runs a package's `__init__`
before any module inside it, and there these two load an HTTP client and hundreds of models of a hosted service.
"""

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from threading import RLock
from types import ModuleType
from typing import Any

LATE = frozenset({"langgraph_sdk", "langsmith.types"})
LOADING = RLock()
WAITING = "loader_of_late_package"
"""The attribute that holds it until it has run."""


class LatePackage(ModuleType):
    """A package whose modules can be imported, and whose own names appear when the first of them is asked for."""

    def __getattr__(self, name: str) -> Any:
        """Give a name that is not there yet. Raises AttributeError where there is none."""
        with LOADING:
            loader: LateLoader | None = self.__dict__.pop(WAITING, None)
            if loader is not None:
                loader.load(self)
        return super().__getattribute__(name)


class LateLoader(SourceFileLoader):
    """Makes the package, and leaves its `__init__` for later."""

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return LatePackage(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        module.__dict__[WAITING] = self

    def load(self, module: ModuleType) -> None:
        """Run the package's `__init__`; where that fails, it is run again by whoever asks next."""
        try:
            super().exec_module(module)
        except BaseException:
            module.__dict__[WAITING] = self
            raise


class LateFinder(MetaPathFinder):
    """Finds the packages of a list."""

    def __init__(self, names: frozenset[str]) -> None:
        self._names = names

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname not in self._names:
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and isinstance(spec.loader, SourceFileLoader):
            spec.loader = LateLoader(spec.loader.name, spec.loader.path)
        return spec


def let_them_wait() -> None:
    """Do so from now on, in this process."""
    sys.meta_path.insert(0, LateFinder(LATE))
