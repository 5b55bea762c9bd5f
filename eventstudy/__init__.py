"""Market-reaction event studies: how much did news move which assets, how sure is that?

Public names are loaded when first used, so that importing the package costs nothing. They are
declared once, in `__init__.pyi`.
"""

from __future__ import annotations

from typing import Any

import lazy_loader

_public, _, _names = lazy_loader.attach_stub(__name__, __file__)
__all__ = [*_names, "__version__"]  # noqa: PLE0604 - all are texts


def __getattr__(name: str) -> Any:
    if name == "__version__":  # asks the installed distribution, which takes 35 ms
        from importlib.metadata import version

        return version("eventstudy-kit")
    return _public(name)


def __dir__() -> list[str]:
    return __all__
