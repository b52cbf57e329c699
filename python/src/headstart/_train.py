"""Training of heads."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from typing import Any, TypeAlias

from headstart._options import StrPath, common
from headstart._run import run

Report: TypeAlias = dict[str, Any]  # what train-head --json prints


def train(
    data: StrPath | Sequence[StrPath],
    output: StrPath,
    *,
    backbone: StrPath | None = None,
    store: StrPath | None = None,
    options: Sequence[str] = (),
) -> Report:
    """Trains a head on labelled images, writes it to output and returns the report.

    data is what the command takes: folders, manifests or zip files. options are
    further ones of `headstart train-head`, such as ["--test", "0.2"].
    """
    paths = [data] if isinstance(data, (str, os.PathLike)) else data
    arguments = ["train-head", *[os.fspath(path) for path in paths], "-o", os.fspath(output), "--json"]
    report: Report = json.loads(run([*arguments, *common(backbone, store), *options]))
    return report
