"""Prints how well kinds of heads do with a few photos a class, and how long a fit takes.

Draws photos of each class to train on, several times, and scores the head on all
others. Printed are the means over the draws of accuracy and log-loss, and the
seconds of a fit with its cross-validation.

With --crops, a data set is many classes that look alike: each of its first photos, in
the order of paths, is a class, and ten random crops of it are its photos.
"""

import argparse
import json
import os
import random
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from headstart import PROGRAM, Embeddings, extract
from PIL import Image

PACKAGE = "./head"
CROPS = 10
CROP = (0.12, 0.22)  # sides, of the photo's shorter one


@dataclass
class Fold:
    name: str
    seed: int
    train: np.ndarray  # indices into rows and labels
    test: np.ndarray


def draws(e: Embeddings, photos: int, seeds: range) -> Iterator[Fold]:
    """Draws photos of each class, once for each seed; the others are new."""
    for seed in seeds:
        chance = np.random.default_rng(seed)
        members = [np.flatnonzero(e.classes == c) for c in np.unique(e.classes)]
        train = np.sort(np.concatenate([chance.permutation(m)[:photos] for m in members]))
        yield Fold(f"{e.name}/{seed}", seed, train, np.setdiff1d(np.arange(len(e.rows)), train))


def job(e: Embeddings, parts: list[Fold]) -> dict:
    """What the Go benchmarks named Folds read from the file that FOLDS names."""
    return {
        "vectors": str(e.vectors),
        "dim": e.matrix.shape[1],
        "folds": [
            {
                "name": part.name,
                "seed": part.seed,
                "classes": int(e.classes.max()) + 1,
                "train": e.rows[part.train].tolist(),
                "train_labels": e.classes[part.train].tolist(),
                "test": e.rows[part.test].tolist(),
                "test_labels": e.classes[part.test].tolist(),
            }
            for part in parts
        ],
    }


def benchmark(package: str, content: dict) -> dict[str, dict[str, float]]:
    """Runs a package's benchmark named Folds and returns its metrics, by the names of its parts."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(content, file)
        file.flush()
        command = ["go", "test", "-run", "^$", "-bench", "Folds", "-benchtime", "1x", package]
        environment = os.environ | {"FOLDS": file.name}
        output = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=environment).stdout
    lines = [line.split() for line in output.splitlines() if line.startswith("BenchmarkFolds/")]
    return {line[0]: dict(zip(line[3::2], map(float, line[2::2]))) for line in lines}


def crop(data: Path, classes: int, to: Path) -> Path:
    """Writes the crops of the first photos, a folder for each photo."""
    chance = random.Random(0)
    for n, path in enumerate(sorted(data.rglob("*.jp*g"))[:classes]):
        folder = to / f"{data.name}-crops" / f"{n:03}"
        folder.mkdir(parents=True)
        with Image.open(path) as opened:
            photo = opened.convert("RGB")
        for k in range(CROPS):
            side = round(min(photo.size) * chance.uniform(*CROP))
            left, top = (chance.randrange(length - side + 1) for length in photo.size)
            photo.crop((left, top, left + side, top + side)).save(folder / f"{k}.png")
    return to / f"{data.name}-crops"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, nargs="+", metavar="DATA")
    parser.add_argument("--headstart", type=Path, default=PROGRAM)
    parser.add_argument("--kinds", nargs="+", default=["logistic-unit", "lda", "mlp"])
    parser.add_argument("--photos", type=int, nargs="+", default=[6, 10], help="of each class")
    parser.add_argument("--draws", type=int, default=5)
    parser.add_argument("--crops", type=int, default=0, metavar="CLASSES", help="so many photos are classes of crops")
    args = parser.parse_args()
    print(f"{'photos':8}{'data':20}" + "".join(f"{kind:>27}" for kind in args.kinds))
    print(f"{'':28}" + f"{'accuracy':>11}{'log-loss':>9}{'s':>7}" * len(args.kinds))
    with tempfile.TemporaryDirectory() as scratch:
        options = ["--blocks", "last"]
        if args.crops:
            options += ["--store", Path(scratch, "store")]
            args.data = [crop(data, args.crops, Path(scratch)) for data in args.data]
        sets = [extract(args.headstart, data, *options) for data in args.data]
        for photos in args.photos:
            means = []
            for e in sets:
                found = benchmark(PACKAGE, job(e, list(draws(e, photos, range(args.draws)))) | {"kinds": args.kinds})
                mean = []
                for kind in args.kinds:
                    ours = [m for name, m in found.items() if name.removesuffix(f"-{os.cpu_count()}").endswith(f"/{kind}")]
                    assert len(ours) == args.draws
                    mean.append([np.mean([m[unit] for m in ours]) for unit in ("accuracy", "log-loss", "ns/op")])
                means.append(mean)
                show(photos, e.name, np.array(mean))
            show(photos, "mean", np.mean(means, axis=0))


def show(photos: int, name: str, kinds: np.ndarray) -> None:
    values = "".join(f"{accuracy:11.3f}{loss:9.3f}{ns / 1e9:7.2f}" for accuracy, loss, ns in kinds)
    print(f"{photos:<8}{name:20}{values}", flush=True)


if __name__ == "__main__":
    main()
