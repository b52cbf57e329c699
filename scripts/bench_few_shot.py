"""Prints how well each kind of head does with few photos a class, and what train-head says of it.

Draws photos of each class at random to train on and scores the head on others,
several times. --options compares other sets of options than kinds; the first of them
takes the place of auto. A line is the means over the draws for each kind: the log-loss that
train-head prints as cross-validated, the log-loss on the other photos, and the
accuracy on them. Then how auto compares with the kind that is best on average:
the ratio of the log-losses on other photos, the largest such ratio of any draw
with the kind that is best in it, and the difference of accuracies in points.
"""

import argparse
import random
import shlex
import tempfile
from pathlib import Path

import numpy as np
from headstart import PROGRAM, run

KINDS = [f"--head {kind}" for kind in ("auto", "logistic", "logistic-unit", "lda")]
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


def scores(program: Path, data: Path, options: str, store: Path) -> tuple[float, float, float]:
    """Trains a head and returns its cross-validated log-loss, and log-loss and accuracy on the test split."""
    report = run(program, "train-head", data, "-o", data.parent / "head.onnx", *shlex.split(options), "--store", store, quiet=True)
    test = report["splits"][-1]
    return report["cross_validated"]["log_loss"], test["log_loss"], test["accuracy"]


def line(shots: int, name: str, draws: np.ndarray) -> str:
    """Returns the line of draws [draws, kinds, 3]; of several sets' draws, the means are over all."""
    means = draws.mean(0)
    real, best = draws[:, :, 1], means[1:, 1].min()
    worst = (real[:, 0] / real[:, 1:].min(1)).max()
    points = 100 * (means[0, 2] - means[1:, 2].max())
    kinds = "".join(f"{printed:>10.3f}{loss:7.3f}{accuracy:7.3f}" for printed, loss, accuracy in means)
    return f"{shots:<8}{name:14}{kinds}{means[0, 1] / best:9.2f}{worst:7.2f}{points:8.2f} pt"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, nargs="+", help="a folder with one folder of JPEG files per class")
    parser.add_argument("--options", nargs="+", default=KINDS, help='sets of options of train-head, each in quotes: "--effort normal" "--effort quick"')
    parser.add_argument("--store", type=Path, help="of embeddings; one that is deleted unless given")
    parser.add_argument("--headstart", type=Path, default=PROGRAM)
    parser.add_argument("--shots", type=int, nargs="+", default=[5, 10, 20, 50, 100])
    parser.add_argument("--draws", type=int, default=10)
    parser.add_argument("--seed", type=int, default=0, help="of the first draw; the others' follow")
    options = parser.parse_args()
    print(f"{'':22}" + "".join(f"{kind:>24}" for kind in options.options) + f"{'first / best':>16}{'first − best':>13}")
    print(f"{'photos':8}{'data':14}" + f"{'printed':>10}{'real':>7}{'acc.':>7}" * len(options.options) + f"{'mean':>9}{'worst':>7}")
    with tempfile.TemporaryDirectory() as scratch:
        store = options.store or Path(scratch) / "store"
        for shots in options.shots:
            results = []
            for folder in options.data:
                classes = photos(folder)
                if min(map(len, classes.values())) < shots + 5:
                    continue  # too few to learn from and to test on
                draws = []
                for seed in range(options.seed, options.seed + options.draws):
                    with tempfile.TemporaryDirectory() as drawn:
                        data = Path(drawn) / "data"
                        draw(classes, shots, seed, data)
                        draws.append([scores(options.headstart, data, kind, store) for kind in options.options])
                results.append(np.array(draws))
                print(line(shots, folder.name, results[-1]), flush=True)
            if results:
                print(line(shots, "mean", np.concatenate(results)), flush=True)


if __name__ == "__main__":
    main()
