"""Options that several calls share."""

from __future__ import annotations

import os

StrPath = str | os.PathLike[str]


def common(backbone: StrPath | None, store: StrPath | None) -> list[str]:
    """Returns the program's options for a backbone and a store, None for the defaults."""
    options = []
    if backbone is not None:
        options += ["--backbone", os.fspath(backbone)]
    if store is not None:
        options += ["--store", os.path.abspath(store)]
    return options
