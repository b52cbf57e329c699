#!/usr/bin/env python3
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
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.model_selection import StratifiedKFold
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

PACKAGE = "./head/internal/mlp"
SOME_UNREADABLE = 3  # headstart's exit status
LINE = re.compile(r"BenchmarkFolds/(\S+?)(?:-\d+)?\s+\d+\s+(\S+) ns/op\s+(\S+) accuracy")


@dataclass
class Embeddings:
    """Which rows of vectors.npy are a folder's images, with class and split."""

    name: str
    vectors: Path
    rows: np.ndarray
    labels: np.ndarray  # 0, 1, …
    held_out: np.ndarray  # of split val or test


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


def embed(program: Path, data: Path) -> Embeddings:
    with tempfile.TemporaryDirectory() as folder:
        index = Path(folder, "index.jsonl")
        done = subprocess.run([program, "extract", data, "--index", index, "--json"], stdout=subprocess.PIPE)
        if done.returncode not in (0, SOME_UNREADABLE):
            sys.exit(done.returncode)
        entries = [json.loads(line) for line in index.read_text().splitlines()]
    return Embeddings(
        name=data.name,
        vectors=Path(json.loads(done.stdout)["vectors"]),
        rows=np.array([entry["row"] for entry in entries]),
        labels=np.unique([entry["label"] for entry in entries], return_inverse=True)[1],
        held_out=np.array([entry.get("split", "train") != "train" for entry in entries]),
    )


def folds(e: Embeddings, seed: int) -> Iterator[Fold]:
    if e.held_out.any():
        yield Fold(f"{e.name}/{seed}", seed, np.flatnonzero(~e.held_out), np.flatnonzero(e.held_out))
        return
    cut = StratifiedKFold(5, shuffle=True, random_state=seed)
    for i, (train, test) in enumerate(cut.split(e.rows, e.labels)):
        yield Fold(f"{e.name}/{seed}.{i}", seed, train, test)


def scikit_learn(e: Embeddings, fold: Fold, repeats: int) -> Outcome:
    vectors = np.load(e.vectors, mmap_mode="r")
    x = vectors[e.rows[fold.train]]
    network = make_pipeline(
        StandardScaler(), MLPClassifier((256,), early_stopping=True, random_state=fold.seed)
    )
    seconds = []
    for _ in range(repeats):
        before = time.perf_counter()
        network.fit(x, e.labels[fold.train])
        seconds.append(time.perf_counter() - before)
    return Outcome(min(seconds), network.score(vectors[e.rows[fold.test]], e.labels[fold.test]))


def headstart(binary: Path, e: Embeddings, parts: list[Fold], repeats: int) -> list[Outcome]:
    job = {
        "vectors": str(e.vectors),
        "dim": np.load(e.vectors, mmap_mode="r").shape[1],
        "folds": [
            {
                "name": part.name,
                "seed": part.seed,
                "classes": int(e.labels.max()) + 1,
                "train": e.rows[part.train].tolist(),
                "train_labels": e.labels[part.train].tolist(),
                "test": e.rows[part.test].tolist(),
                "test_labels": e.labels[part.test].tolist(),
            }
            for part in parts
        ],
    }
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(job, file)
        file.flush()
        command = [binary, "-test.run=^$", "-test.bench=Folds", "-test.benchtime=1x", f"-test.count={repeats}"]
        output = subprocess.run(
            command, check=True, stdout=subprocess.PIPE, text=True, env=os.environ | {"FOLDS": file.name}
        ).stdout
    found: dict[str, Outcome] = {}
    for name, ns, accuracy in LINE.findall(output):
        seconds = min(float(ns) / 1e9, found[name].seconds if name in found else math.inf)
        found[name] = Outcome(seconds, float(accuracy))
    return [found[part.name] for part in parts]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, nargs="+", metavar="DATA")
    parser.add_argument("--headstart", type=Path, default=Path("bin/headstart"))
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
            e = embed(args.headstart, data)
            # One scored part says little: more seeds make up for it.
            seeds = args.seeds * 5 if e.held_out.any() else args.seeds
            ours, theirs = [], []
            for seed in range(seeds):
                parts = list(folds(e, seed))
                theirs += [scikit_learn(e, part, args.repeats) for part in parts]
                ours += headstart(binary, e, parts, args.repeats)
            accuracy = [np.mean([o.accuracy for o in outcomes]) for outcomes in (ours, theirs)]
            seconds = [np.median([o.seconds for o in outcomes]) for outcomes in (ours, theirs)]
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
