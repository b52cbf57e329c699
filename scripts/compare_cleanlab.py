"""Finds planted label errors with headstart and with cleanlab, from the same probabilities.

A share of the training labels of each data set is changed at random, headstart trains
on that and writes what cross-validation says of each image. The images are then ranked:
by headstart's label_error, and by cleanlab's scores. find_label_issues is printed beside
them: it chooses a set of images first, and ranks only those. Printed are the share of planted errors among the first N, N being how many were planted, and how
many images each would show a user, with how many of those were planted. The last line
says how many labels headstart suspects in the data as it is. Means over seeds. The exit
status is 1 if a score of cleanlab's ranks more of the planted errors among the first N
than headstart does in some data set.
"""

import argparse
import json
import random
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from cleanlab.filter import find_label_issues
from cleanlab.rank import get_label_quality_scores
from headstart import PROGRAM, run

OURS, ISSUES = "headstart", "find_label_issues"
SCORES = ("self_confidence", "normalized_margin")


def predictions(program: Path, data: Path, folder: Path, *options: str) -> list[dict]:
    """Trains a head and returns a prediction for each image."""
    file = folder / "predictions.jsonl"
    run(program, "train-head", data, "-o", folder / "head.onnx", "--predictions", file, *options, quiet=True)
    with file.open() as lines:
        return [json.loads(line) for line in lines]


def plant(images: list[dict], share: float, seed: int) -> set[str]:
    """Changes the labels of a share of the training images and returns their paths."""
    rng = random.Random(seed)
    classes = sorted({image["label"] for image in images})
    training = [image for image in images if image["fold"] is not None]
    planted = rng.sample(training, round(share * len(training)))
    for image in planted:
        image["label"] = rng.choice([name for name in classes if name != image["label"]])
    return {image["path"] for image in planted}


def write_manifest(images: list[dict], path: Path) -> None:
    """Writes the labels, splits and groups of images."""
    with path.open("w") as lines:
        for image in images:
            entry = {name: image[name] for name in ("path", "label", "split", "group") if image[name]}
            entry["path"] = str(Path(image["path"]).resolve())
            print(json.dumps(entry), file=lines)


@dataclass
class Result:
    """What one way of ranking finds, one number for each seed."""

    precision: list[float] = field(default_factory=list)  # among the first, as many as were planted
    listed: list[int] = field(default_factory=list)  # that it shows
    found: list[int] = field(default_factory=list)  # planted ones of those


def measure(images: list[dict], planted: set[str], results: dict[str, Result]) -> None:
    """Ranks the images in every way."""
    images = [image for image in images if image["fold"] is not None]
    wrong = np.array([image["path"] in planted for image in images])
    classes = sorted(images[0]["probabilities"])
    labels = np.array([classes.index(image["label"]) for image in images])
    table = np.array([[image["probabilities"][name] for name in classes] for image in images])
    table /= table.sum(axis=1, keepdims=True)

    def add(name: str, order: np.ndarray, listed: int) -> None:
        result = results.setdefault(name, Result())
        result.precision.append(wrong[order[: len(planted)]].sum() / len(planted))
        result.listed.append(listed)
        result.found.append(int(wrong[order[:listed]].sum()))

    ours = np.array([image["label_error"] for image in images])
    add(OURS, np.argsort(-ours, kind="stable"), int((ours > 0.5).sum()))
    for method in SCORES:
        scores = get_label_quality_scores(labels, table, method=method)
        add(method, np.argsort(scores, kind="stable"), 0)
    issues = find_label_issues(labels, table, return_indices_ranked_by="self_confidence", n_jobs=1)
    add(ISSUES, issues, len(issues))


def compare(program: Path, data: Path, share: float, seeds: int) -> bool:
    """Prints the table of a data set and returns whether headstart finds at least as many as each score."""
    results: dict[str, Result] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        clean = predictions(program, data, folder)
        manifest = folder / "manifest.jsonl"
        for seed in range(seeds):
            images = [dict(image) for image in clean]
            planted = plant(images, share, seed)
            write_manifest(images, manifest)
            paths = {str(Path(path).resolve()) for path in planted}
            found = predictions(program, manifest, folder, "--seed", str(seed))
            for image in found:
                image["path"] = str(Path(image["path"]).resolve())
            measure(found, paths, results)
    training = [image for image in clean if image["fold"] is not None]
    suspected = sum(image["label_error"] > 0.5 for image in training)
    print(f"\n{data}: {len(training)} images, {len(planted)} labels changed, {seeds} seeds")
    print(f"{'':20}{'among the first':>17}{'listed':>10}{'of these changed':>18}")
    for name, result in results.items():
        line = f"{name:20}{np.mean(result.precision):17.3f}"
        if any(result.listed):
            line += f"{np.mean(result.listed):10.1f}{np.mean(result.found):18.1f}"
        print(line)
    print(f"unchanged, headstart suspects {suspected} labels")
    best = max(np.mean(results[method].precision) for method in SCORES)
    return np.mean(results[OURS].precision) >= best


def main() -> None:
    """Prints a table for each data set."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, nargs="+", metavar="DATA")
    parser.add_argument("--headstart", type=Path, default=PROGRAM)
    parser.add_argument("--share", type=float, default=0.03, help="of the labels that are changed")
    parser.add_argument("--seeds", type=int, default=5)
    args = parser.parse_args()
    behind = [str(data) for data in args.data if not compare(args.headstart, data, args.share, args.seeds)]
    if behind:
        sys.exit(f"\ncleanlab finds more in {', '.join(behind)}")


if __name__ == "__main__":
    main()
