"""Colours that a backbone tells apart, made here: no data is needed."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest


def picture(level: tuple[int, int, int], seed: int) -> np.ndarray:
    """Returns a noisy picture of one colour, uint8 [96, 128, 3]."""
    noise = np.random.default_rng(seed).integers(-40, 40, (96, 128, 3))
    return np.clip(np.asarray(level) + noise, 0, 255).astype(np.uint8)


def write_ppm(path: Path, levels: np.ndarray) -> None:
    """Writes a picture without any other package."""
    path.write_bytes(b"P6 %d %d 255\n" % (levels.shape[1], levels.shape[0]) + levels.tobytes())


@pytest.fixture
def colours(tmp_path: Path) -> Path:
    """Returns a folder of two classes, ten pictures each."""
    for number, (name, level) in enumerate({"red": (200, 60, 60), "blue": (60, 60, 200)}.items()):
        (tmp_path / "colours" / name).mkdir(parents=True)
        for i in range(10):
            write_ppm(tmp_path / "colours" / name / f"{i}.ppm", picture(level, 100 * number + i))
    return tmp_path / "colours"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Path]:
    """Returns the folder of a store for this test alone."""
    yield tmp_path / "store"
