"""Prints accuracy and time of headstart's MLP beside scikit-learn's.

Both take the same rows of the same embeddings, standardise them and train one
hidden layer of 256 units with early stopping, all else by default. Folders of
one part are cut by stratified five-fold cross-validation, once for each seed;
of folders with train and val or test, the latter is scored, once for each seed.
The two take turns, seed by seed, so that a busy machine hits both alike. A fit
is repeated, and the shortest counts; the time of a folder is the median over
its fits. scikit-learn stops by its own rule: after ten epochs without a better
accuracy on a tenth of the rows, headstart's after two without a lower loss.
"""

import argparse
import json
import math
import os
import re
import subprocess
import tempfile
import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from headstart import PROGRAM, Embeddings, extract
from sklearn.model_selection import StratifiedKFold
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

PACKAGE = "./head/internal/mlp"
LINE = re.compile(r"BenchmarkFolds/(\S+?)(?:-\d+)?\s+\d+\s+(\S+) ns/op\s+(\S+) accuracy")


@dataclass
class Fold:
    name: str
    seed: int
    train: np.ndarray  # indices into rows and labels
    test: np.ndarray


@dataclass
class Outcome:
    seconds: float
    accuracy: float


def folds(e: Embeddings, seed: int) -> Iterator[Fold]:
    held_out = e.splits != "train"
    if held_out.any():
        yield Fold(f"{e.name}/{seed}", seed, np.flatnonzero(~held_out), np.flatnonzero(held_out))
        return
    cut = StratifiedKFold(5, shuffle=True, random_state=seed)
    for i, (train, test) in enumerate(cut.split(e.rows, e.classes)):
        yield Fold(f"{e.name}/{seed}.{i}", seed, train, test)


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


def scikit_learn(e: Embeddings, fold: Fold, repeats: int) -> Outcome:
    x = e.x(fold.train)
    network = make_pipeline(StandardScaler(), MLPClassifier((256,), early_stopping=True, random_state=fold.seed))
    seconds = []
    for _ in range(repeats):
        before = time.perf_counter()
        network.fit(x, e.classes[fold.train])
        seconds.append(time.perf_counter() - before)
    return Outcome(min(seconds), network.score(e.x(fold.test), e.classes[fold.test]))


def ours(binary: Path, e: Embeddings, parts: list[Fold], repeats: int) -> list[Outcome]:
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(job(e, parts), file)
        file.flush()
        command = [binary, "-test.run=^$", "-test.bench=Folds", "-test.benchtime=1x", f"-test.count={repeats}"]
        environment = os.environ | {"FOLDS": file.name}
        output = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=environment).stdout
    found: dict[str, Outcome] = {}
    for name, ns, accuracy in LINE.findall(output):
        seconds = min(float(ns) / 1e9, found[name].seconds if name in found else math.inf)
        found[name] = Outcome(seconds, float(accuracy))
    return [found[part.name] for part in parts]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, nargs="+", metavar="DATA")
    parser.add_argument("--headstart", type=Path, default=PROGRAM)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--repeats", type=int, default=3)
    args = parser.parse_args()
    warnings.filterwarnings("ignore", module="sklearn")
    print(f"{'':16}{'accuracy':>12}{'':13}{'seconds a fit':>15}")
    print(f"{'':16}{'headstart':>12}{'scikit-learn':>13}{'headstart':>15}{'scikit-learn':>13}{'ratio':>7}")
    accuracies = []
    with tempfile.TemporaryDirectory() as folder:
        binary = Path(folder, "mlp.test")
        subprocess.run(["go", "test", "-c", "-o", binary, PACKAGE], check=True)
        for data in args.data:
            e = extract(args.headstart, data)
            # One scored part says little: more seeds make up for it.
            seeds = args.seeds * 5 if len(set(e.splits)) > 1 else args.seeds
            mine, theirs = [], []
            for seed in range(seeds):
                parts = list(folds(e, seed))
                theirs += [scikit_learn(e, part, args.repeats) for part in parts]
                mine += ours(binary, e, parts, args.repeats)
            accuracy = [np.mean([o.accuracy for o in outcomes]) for outcomes in (mine, theirs)]
            seconds = [np.median([o.seconds for o in outcomes]) for outcomes in (mine, theirs)]
            accuracies.append(accuracy)
            print(
                f"{e.name:16}{accuracy[0]:12.4f}{accuracy[1]:13.4f}"
                f"{seconds[0]:15.3f}{seconds[1]:13.3f}{seconds[1] / seconds[0]:7.1f}",
                flush=True,
            )
    mean = np.mean(accuracies, axis=0)
    print(f"{'mean':16}{mean[0]:12.4f}{mean[1]:13.4f}")


if __name__ == "__main__":
    main()
