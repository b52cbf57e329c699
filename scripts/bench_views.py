"""Prints what each view and size of the pictures brings, and what it costs, as a table.

    bench_views.py DATA... [--store DIR]

Accuracies are those that train-head prints as cross-validated, in per cent; after the
first line, the difference from it in points. "both, probabilities" is the mean of the
probabilities of two heads, one for each view, where "both" is one head for the mean of
the embeddings. All heads are of the last block. The cost is in multiplications, which
grow with the number of pixels, as multiples of the first line's.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path

import numpy as np
from headstart import PROGRAM, run

# View and size; no size for the two heads of one view each.
LINES = [("crop", 224), ("square", 224), ("both", 224), ("both", None), ("crop", 256), ("crop", 288), ("crop", 320)]


class Bench:
    """Heads for each line, on one backbone and store."""

    def __init__(self, program: Path, backbone: str, store: Path, scratch: Path) -> None:
        self.program, self.scratch = program, scratch
        self.common = ["--backbone", backbone, "--blocks", "last", "--store", store]

    def train(self, data: Path, view: str, size: int) -> tuple[dict, list[dict]]:
        """Returns the cross-validated scores and what the folds say of each image."""
        predictions = self.scratch / "predictions.jsonl"
        files = ["-o", self.scratch / "head.onnx", "--predictions", predictions]
        report = run(self.program, "train-head", data, *files, "--view", view, "--size", str(size), *self.common, quiet=True)
        with predictions.open() as lines:
            rows = [row for row in map(json.loads, lines) if row["fold"] is not None and row["probabilities"]]
        return report["cross_validated"], rows


def averaged(first: list[dict], second: list[dict]) -> dict:
    """Returns the scores of the mean of two heads' probabilities, each by a fold that has not seen the image."""
    assert [row["path"] for row in first] == [row["path"] for row in second]
    names = list(first[0]["probabilities"])
    p = np.mean([[[row["probabilities"][name] for name in names] for row in rows] for rows in (first, second)], axis=0)
    labels = np.array([names.index(row["label"]) for row in first])
    return {"accuracy": (p.argmax(1) == labels).mean(), "log_loss": -np.log(p[np.arange(len(p)), labels]).mean()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, nargs="+", metavar="DATA")
    parser.add_argument("--headstart", type=Path, default=PROGRAM)
    parser.add_argument("--backbone", default="efficientnet-lite0", help="one of 224 pixels")
    parser.add_argument("--store", type=Path, help="keep the embeddings in this folder")
    options = parser.parse_args()
    scores: list[list[dict]] = [[] for _ in LINES]
    with tempfile.TemporaryDirectory() as scratch:
        bench = Bench(options.headstart, options.backbone, options.store or Path(scratch, "store"), Path(scratch))
        for data in options.data:
            folds = []
            for (view, size), column in zip(LINES, scores, strict=True):
                score, rows = bench.train(data, view, size) if size else (averaged(*folds[:2]), [])
                folds.append(rows)
                column.append(score)
                print(f"{data}: {view}, {size}: {score['accuracy']:.4f}", file=sys.stderr)
    names = [data.parent.name if data.is_file() else data.name for data in options.data]
    print("| view, size | cost | " + " | ".join(names) + " | mean | mean log-loss |\n|" + "---|" * (len(names) + 4))
    base = np.array([score["accuracy"] for score in scores[0]])
    for (view, size), column in zip(LINES, scores, strict=True):
        first = column is scores[0]
        accuracies = np.array([score["accuracy"] for score in column]) - (0 if first else base)
        cells = [f"{100 * v:.1f}" if first else f"{100 * v:+.1f}" for v in [*accuracies, accuracies.mean()]]
        cost = ((size or 224) / 224) ** 2 * (2 if view == "both" else 1)
        loss = np.mean([score["log_loss"] for score in column])
        print(f"| {view}, {size or 'probabilities'} | {cost:.2f} | " + " | ".join(cells) + f" | {loss:.3f} |")


if __name__ == "__main__":
    main()
