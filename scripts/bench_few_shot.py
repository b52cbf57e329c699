"""Prints how well each kind of head does with few photos a class.

Draws photos of each class at random to train on and scores the head on others,
several times; a line is the mean test accuracy of each kind over the draws, and
how far auto is from the kind that is best on average.
"""

import argparse
import random
import tempfile
from pathlib import Path
from statistics import mean

from headstart import PROGRAM, run

KINDS = ["auto", "logistic", "logistic-unit", "lda"]
TEST_PHOTOS = 50  # of each class, at most


def photos(folder: Path) -> dict[str, list[Path]]:
    """Returns the photos of each class; of a data set with splits, all of them."""
    classes: dict[str, list[Path]] = {}
    for path in sorted(folder.rglob("*.jp*g")):
        classes.setdefault(path.parent.name, []).append(path)
    return classes


def draw(classes: dict[str, list[Path]], shots: int, seed: int, to: Path) -> None:
    """Copies shots photos of each class into to/train and others into to/test."""
    chance = random.Random(seed)
    for name, paths in classes.items():
        chosen = chance.sample(paths, min(shots + TEST_PHOTOS, len(paths)))
        for i, path in enumerate(chosen):
            copy = to / ("train" if i < shots else "test") / name / path.name
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(path.read_bytes())


def accuracy(program: Path, data: Path, kind: str, store: Path) -> float:
    """Trains a head and returns its accuracy on the test split."""
    report = run(program, "train-head", data, "-o", data.parent / "head.onnx", "--head", kind, "--store", store, quiet=True)
    return report["splits"][-1]["accuracy"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, nargs="+", help="a folder with one folder of JPEG files per class")
    parser.add_argument("--headstart", type=Path, default=PROGRAM)
    parser.add_argument("--shots", type=int, nargs="+", default=[5, 10, 20, 50, 100])
    parser.add_argument("--draws", type=int, default=10)
    parser.add_argument("--seed", type=int, default=0, help="of the first draw; the others' follow")
    options = parser.parse_args()
    print(f"{'photos a class':16}{'data':16}" + "".join(f"{kind:>15}" for kind in KINDS) + f"{'auto − best':>15}")
    with tempfile.TemporaryDirectory() as scratch:
        store = Path(scratch) / "store"
        for shots in options.shots:
            differences = []
            for folder in options.data:
                classes = photos(folder)
                if min(map(len, classes.values())) < shots + 5:
                    continue  # too few to learn from and to test on
                results = {kind: [] for kind in KINDS}
                for seed in range(options.seed, options.seed + options.draws):
                    with tempfile.TemporaryDirectory() as drawn:
                        data = Path(drawn) / "data"
                        draw(classes, shots, seed, data)
                        for kind in KINDS:
                            results[kind].append(accuracy(options.headstart, data, kind, store))
                means = [mean(results[kind]) for kind in KINDS]
                differences.append(100 * (means[0] - max(means[1:])))
                print(f"{shots:<16}{folder.name:16}" + "".join(f"{m:15.4f}" for m in means) + f"{differences[-1]:13.2f} pt", flush=True)
            if differences:
                print(f"{shots:<16}{'mean':16}{'':60}{mean(differences):13.2f} pt", flush=True)


if __name__ == "__main__":
    main()
