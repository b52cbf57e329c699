"""Writes the last images of an IDX file as PGM files named after what they show."""

import argparse
import gzip
from pathlib import Path

import numpy as np

IMAGES_HEADER, LABELS_HEADER = 16, 8


def main() -> None:
    """Reads MNIST's test digits, which no training split holds, and writes a few."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("mnist", type=Path, help="folder with the t10k files")
    parser.add_argument("out", type=Path)
    parser.add_argument("--count", type=int, default=6)
    args = parser.parse_args()
    images = read(args.mnist / "t10k-images-idx3-ubyte.gz", IMAGES_HEADER).reshape(-1, 28, 28)
    labels = read(args.mnist / "t10k-labels-idx1-ubyte.gz", LABELS_HEADER)
    args.out.mkdir(parents=True, exist_ok=True)
    for number in range(len(labels) - args.count, len(labels)):
        path = args.out / f"{number}-shows-{labels[number]}.pgm"
        path.write_bytes(b"P5 28 28 255\n" + images[number].tobytes())


def read(path: Path, header: int) -> np.ndarray:
    """Returns the bytes after an IDX file's header."""
    with gzip.open(path) as file:
        return np.frombuffer(file.read(), np.uint8, offset=header)


if __name__ == "__main__":
    main()
