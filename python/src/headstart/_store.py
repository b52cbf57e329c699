"""Embeddings that are kept."""

from __future__ import annotations

import json
import os
import tempfile
from typing import Any

import pyarrow.parquet

from headstart._options import StrPath, common
from headstart._run import run


class Store:
    """A store of embeddings: the user's, or that in a folder."""

    def __init__(self, path: StrPath | None = None) -> None:
        self.path = path

    def info(self) -> dict[str, Any]:
        """Returns what the store holds: what `headstart store info --json` prints."""
        report: dict[str, Any] = json.loads(run(["store", "info", "--json", *common(None, self.path)]))
        return report

    def rows(self, *data: StrPath, backbone: StrPath | None = None) -> Any:
        """Returns a pyarrow.Table: sha256, path, label, split and embedding of each image.

        With data, the rows are its images, and those that the store lacks are
        extracted; else they are all that the store holds of one backbone.
        """
        with tempfile.TemporaryDirectory() as folder:
            file = os.path.join(folder, "rows.parquet")
            run(["store", "export", *[os.fspath(path) for path in data], "-o", file, *common(backbone, self.path)])
            return pyarrow.parquet.read_table(file)
