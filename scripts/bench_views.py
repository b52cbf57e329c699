"""Prints what each view and size of the pictures brings, and what it costs, as a table.

    bench_views.py DATA... [--photos FOLDER]

Accuracies are those that train-head prints as cross-validated, in per cent; after the
first line, the difference from it in points. "both, probabilities" is the mean of the
probabilities of two heads, one for each view, where "both" is one head for the mean of
the embeddings. Seconds are of extracting FOLDER's photos, as multiples of the first
line's: the median of several rounds that take all lines in turns.
"""

import argparse
import json
import statistics
import tempfile
from pathlib import Path

import numpy as np
from headstart import PROGRAM, run

# Name, options, and whether it is timed.
LINES = [
    ("crop, 224", [], True),
    ("square, 224", ["--view", "square"], True),
    ("both, 224", ["--view", "both"], True),
    ("both, 224, probabilities", None, False),
    ("crop, 256", ["--size", "256"], True),
    ("crop, 288", ["--size", "288"], True),
    ("crop, 320", ["--size", "320"], True),
    ("both, 288", ["--view", "both", "--size", "288"], True),
]


class Bench:
    """Heads for each line, on one backbone and store."""

    def __init__(self, program: Path, backbone: str, scratch: Path) -> None:
        self.program, self.scratch = program, scratch
        self.common = ["--backbone", backbone, "--store", scratch / "store"]

    def train(self, data: Path, options: list[str]) -> tuple[dict, list[dict]]:
        """Returns the cross-validated scores and what the folds say of each image."""
        predictions = self.scratch / "predictions.jsonl"
        report = run(self.program, "train-head", data, "-o", self.scratch / "head.onnx", "--predictions", predictions, *options, *self.common, quiet=True)
        with predictions.open() as lines:
            rows = [row for row in map(json.loads, lines) if row["fold"] is not None and row["probabilities"]]
        return report["cross_validated"], rows

    def seconds(self, photos: Path, options: list[str]) -> float:
        with tempfile.TemporaryDirectory() as store:
            return run(self.program, "extract", photos, *options, *self.common[:2], "--store", store, quiet=True)["seconds"]


def averaged(first: list[dict], second: list[dict]) -> dict:
    """Returns the scores of the mean of two heads' probabilities, of the same folds."""
    assert [(row["path"], row["fold"]) for row in first] == [(row["path"], row["fold"]) for row in second]
    names = list(first[0]["probabilities"])
    p = np.mean([[[row["probabilities"][name] for name in names] for row in rows] for rows in (first, second)], axis=0)
    labels = np.array([names.index(row["label"]) for row in first])
    return {"accuracy": (p.argmax(1) == labels).mean(), "log_loss": -np.log(p[np.arange(len(p)), labels]).mean()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, nargs="+", metavar="DATA")
    parser.add_argument("--headstart", type=Path, default=PROGRAM)
    parser.add_argument("--backbone", default="efficientnet-lite0")
    parser.add_argument("--photos", type=Path, help="to time; default: the first DATA")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        bench = Bench(options.headstart, options.backbone, Path(scratch))
        scores: dict[str, list[dict]] = {name: [] for name, *_ in LINES}
        for data in options.data:
            folds = {}
            for name, how, _ in LINES:
                if how is not None:
                    score, folds[name] = bench.train(data, how)
                else:
                    score = averaged(folds["crop, 224"], folds["square, 224"])
                scores[name].append(score)
        times: dict[str, list[float]] = {name: [] for name, _, timed in LINES if timed}
        for _ in range(options.rounds):
            for name, how, timed in LINES:
                if timed:
                    times[name].append(bench.seconds(options.photos or options.data[0], how))
    names = [data.parent.name if data.is_file() else data.name for data in options.data]
    print("| view, size | time | " + " | ".join(names) + " | mean | mean log-loss |\n|" + "---|" * (len(names) + 4))
    first = LINES[0][0]
    base = np.array([score["accuracy"] for score in scores[first]])
    for name, *_ in LINES:
        accuracies = np.array([score["accuracy"] for score in scores[name]])
        all_of = [*accuracies, accuracies.mean()] if name == first else [*(accuracies - base), (accuracies - base).mean()]
        cells = [f"{100 * v:.1f}" if name == first else f"{100 * v:+.1f}" for v in all_of]
        ratio = statistics.median(a / b for a, b in zip(times[name], times[first], strict=True)) if name in times else None
        loss = np.mean([score["log_loss"] for score in scores[name]])
        print(f"| {name} | " + ("" if ratio is None else f"{ratio:.2f}") + " | " + " | ".join(cells) + f" | {loss:.3f} |")


if __name__ == "__main__":
    main()
