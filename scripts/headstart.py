"""Runs headstart for the scripts beside this file, and reads the embeddings it leaves."""

import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

PROGRAM = Path(__file__).resolve().parent.parent / "bin" / "headstart"
SOME_UNREADABLE = 3  # headstart's exit status


def run(program: Path, *arguments: str | Path, quiet: bool = False) -> dict:
    """Runs a command of headstart and returns the JSON it prints, also where some images cannot be read."""
    errors = subprocess.DEVNULL if quiet else None
    done = subprocess.run([program, *arguments, "--json"], stdout=subprocess.PIPE, stderr=errors, check=False)
    if done.returncode not in (0, SOME_UNREADABLE):
        sys.exit(f"headstart {arguments[0]} ended with status {done.returncode}")
    return json.loads(done.stdout)


@dataclass
class Embeddings:
    """Which rows of a vectors.npy are a data set's images, with their classes and splits."""

    name: str
    vectors: Path
    rows: np.ndarray
    paths: list[str]
    labels: np.ndarray  # text
    splits: np.ndarray  # "train" for all where the data has no splits

    @cached_property
    def classes(self) -> np.ndarray:
        """The labels as 0, 1, … in their order."""
        return np.unique(self.labels, return_inverse=True)[1]

    @cached_property
    def matrix(self) -> np.ndarray:
        """All of vectors.npy, read where it lies."""
        return np.load(self.vectors, mmap_mode="r")

    def x(self, which: np.ndarray | slice = slice(None)) -> np.ndarray:
        """Returns the embeddings of some images."""
        return self.matrix[self.rows[which]]


def extract(program: Path, data: Path, *options: str | Path) -> Embeddings:
    """Extracts the images of data."""
    with tempfile.TemporaryDirectory() as folder:
        index = Path(folder, "index.jsonl")
        report = run(program, "extract", data, "--index", index, *options)
        with index.open() as lines:
            entries = [json.loads(line) for line in lines]
    return Embeddings(
        name=data.name,
        vectors=Path(report["vectors"]),
        rows=np.array([entry["row"] for entry in entries]),
        paths=[entry["path"] for entry in entries],
        labels=np.array([entry.get("label", "") for entry in entries]),
        splits=np.array([entry.get("split", "train") for entry in entries]),
    )
