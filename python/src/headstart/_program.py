"""Where the program, ONNX Runtime's library and the backbone are."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

LIBRARY = "HEADSTART_ONNXRUNTIME"
BACKBONE = "efficientnet-lite0"

_HERE = Path(__file__).parent
BINARY = str(_HERE / "_bin" / "headstart")

# Commands that embed images, and the one that tells whether they can.
_NEEDING = {"doctor", "extract", "train-head", "evaluate", "score", "report", "explain", "export", "worker"}


def environment(arguments: Sequence[str]) -> dict[str, str]:
    """Returns the environment for a command line: with the library of the package onnxruntime.

    Not for a GPU, whose library is another: the program looks for that by itself.
    """
    variables = dict(os.environ)
    cuda = any(argument.removeprefix("--device=").startswith("cuda") for argument in arguments)
    if not variables.get(LIBRARY) and not cuda:
        variables[LIBRARY] = _library()
    return variables


def _library() -> str:
    package = find_spec("onnxruntime")
    folders = package.submodule_search_locations if package else None
    for folder in folders or ():
        # Exactly one version is installed; the link without a version need not be there.
        for file in sorted(Path(folder, "capi").glob("libonnxruntime.so*")):
            return str(file)
    sys.exit("headstart: the package onnxruntime has no library\nhint: pip install --force-reinstall onnxruntime")


def make_backbone(arguments: Sequence[str], variables: dict[str, str]) -> None:
    """Makes the backbone where a command line needs one and it is missing."""
    command = next(iter(arguments), "")
    needed = command in _NEEDING or list(arguments[:2]) == ["store", "export"]
    if not needed or {"-h", "--help"} & set(arguments):
        return
    found = subprocess.run([BINARY, "backbones", "list", "--json"], env=variables, capture_output=True, check=False)
    if found.returncode != 0:
        return  # for the reason that the command itself will tell
    entry = next(entry for entry in json.loads(found.stdout)["backbones"] if entry["name"] == BACKBONE)
    if entry["installed"]:
        return
    print(f"making the backbone {BACKBONE}, once", file=sys.stderr, flush=True)
    exporter = str(_HERE / "_exporter" / "export_efficientnet_lite.py")
    made = subprocess.run([sys.executable, exporter, BACKBONE, entry["path"]], env=variables, capture_output=True, text=True, check=False)
    if made.returncode != 0:  # a command with another --backbone goes on
        print(f"warning: cannot make {BACKBONE}: {made.stderr.strip()}", file=sys.stderr, flush=True)
