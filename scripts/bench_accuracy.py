"""Prints how good and how dear the heads of several sets of options are, and whether their scores can be believed.

The first table is what `train-head --json` prints as cross-validated, the mean over
--seeds ways to make folds, each set of options beside the first: the difference per
photo in points, paired, with an interval that takes the photos of one group as one
draw. "train" is processor time of train-head when the store has all embeddings, "ms a
photo" that of score without a store, decoding included.

The second table, with --draws, holds back a third of the photos at random, groups
whole, trains on the others, and compares what is printed as cross-validated with what
the held-out third says. Folds are fitted on four fifths, the head on all: "by 4/5" is
how much the held-out third loses when the head, too, is trained without one of its
folds, and "beyond it" is the rest. "covered": the interval of the difference, made of
the two printed intervals, has 0 in it. "inside": the held-out accuracy is in the
printed interval; since a third of the photos is itself uncertain, three of four draws
are all that one can hope for.
"""

import argparse
import json
import resource
import shlex
import statistics
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from headstart import PROGRAM, run

THIRD = "0.3333"
Z = 1.959964  # of a 95 % interval
FEW, MANY = 10, 60  # photos to score: the difference leaves out the start of the program


@dataclass
class Photo:
    """What cross-validation said of a photo."""

    path: str
    label: str
    group: str
    split: str
    fold: int | None
    right: bool


@dataclass
class Trained:
    """A run of train-head."""

    report: dict
    photos: list[Photo]
    seconds: float  # of processor time

    @property
    def held_out(self) -> dict:
        """The scores on the split test."""
        return self.report["splits"][-1]

    def in_folds(self) -> list[Photo]:
        """Returns the photos that cross-validation measured."""
        return [photo for photo in self.photos if photo.fold is not None]


class Bench:
    """Runs headstart with files in a folder of its own."""

    def __init__(self, program: Path, backbone: str, store: Path | None, scratch: Path) -> None:
        self.program, self.backbone, self.scratch = program, backbone, scratch
        self.store = ["--store", store] if store else []
        self.head, self.predictions = scratch / "head.onnx", scratch / "predictions.jsonl"

    def train(self, data: Path, options: str, *more: str) -> Trained:
        """Trains a head, which replaces the last one."""
        before = children_seconds()
        report = run(
            self.program, "train-head", data, "-o", self.head, "--predictions", self.predictions,
            "--backbone", self.backbone, *self.store, *shlex.split(options), *more, quiet=True,
        )  # fmt: skip
        seconds = children_seconds() - before
        with self.predictions.open() as lines:
            photos = [photo(json.loads(line)) for line in lines]
        return Trained(report, photos, seconds)

    def score_seconds(self, paths: list[str]) -> float:
        """Returns the processor time of scoring a photo by the last head."""
        took = []
        for count in (FEW, MANY):
            chosen = [paths[i * len(paths) // count] for i in range(count)]
            out = self.scratch / "scores.csv"
            before = children_seconds()
            subprocess.run([self.program, "score", self.head, *chosen, "--no-store", "--out", out], check=True, capture_output=True)
            took.append(children_seconds() - before)
        return (took[1] - took[0]) / (MANY - FEW)

    def manifest(self, photos: list[Photo], splits: bool) -> Path:
        """Writes photos as a data set, with or without their splits."""
        path = self.scratch / "manifest.jsonl"
        with path.open("w") as lines:
            for one in photos:
                entry = {"path": str(Path(one.path).resolve()), "label": one.label, "group": one.group}
                print(json.dumps(entry | ({"split": one.split} if splits else {})), file=lines)
        return path


def photo(row: dict) -> Photo:
    """Reads a line of the predictions."""
    return Photo(row["path"], row["label"], row["group"] or row["path"], row["split"], row["fold"], row["class"] == row["label"])


def children_seconds() -> float:
    """Returns the processor time of all programs that were run so far."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def mean_and_error(values: np.ndarray, groups: list[str]) -> tuple[float, float]:
    """Returns the mean and its standard error where the values of a group are not independent."""
    _, group = np.unique(groups, return_inverse=True)
    sums = np.bincount(group, values - values.mean())
    count = len(sums)
    return values.mean(), np.sqrt((sums**2).sum() * count / max(1, count - 1)) / len(values)


def compare(bench: Bench, data: list[Path], tried: list[str], seeds: int) -> None:
    """Prints the first table."""
    print(f"cross-validated, means over {seeds} seeds; differences in points from {tried[0] or 'the default'}\n")
    print(f"{'data':16}{'options':26}{'photos':>7}{'groups':>7}{'accuracy':>10}{'log-loss':>10}{'difference':>12}{'95 % interval':>17}{'train':>10}{'times':>7}{'ms a photo':>12}{'times':>7}")
    differences: dict[str, list[tuple[float, float]]] = {options: [] for options in tried}
    for folder in data:
        first = None
        for options in tried:
            bench.train(folder, options)  # into the store
            runs = [bench.train(folder, options, "--seed", str(seed)) for seed in range(seeds)]
            photos = runs[0].in_folds()
            right = np.mean([[one.right for one in run.in_folds()] for run in runs], axis=0)
            train = statistics.median(run.seconds for run in runs)
            cost = 1000 * bench.score_seconds([one.path for one in photos])
            first = first or (right, train, cost)
            mean, error = mean_and_error(100 * (right - first[0]), [one.group for one in photos])
            differences[options].append((mean, error))
            loss = statistics.mean(run.report["cross_validated"]["log_loss"] for run in runs)
            print(
                f"{title(folder):16}{options or 'default':26}{len(photos):7}{len({one.group for one in photos}):7}{right.mean():10.4f}{loss:10.4f}"
                f"{difference(mean, error)}{train:8.2f} s{train / first[1]:7.2f}{cost:12.1f}{cost / first[2]:7.2f}",
                flush=True,
            )
    for options in tried[1:]:
        means, errors = np.array(differences[options]).T
        print(f"{'mean':16}{options or 'default':26}{'':34}{difference(means.mean(), np.sqrt((errors**2).sum()) / len(errors))}")


def title(data: Path) -> str:
    """Returns the name of a data set; that of a manifest has its folder's before it."""
    return f"{data.parent.name}/{data.stem}" if data.is_file() else data.name


def difference(mean: float, error: float) -> str:
    """Returns two columns, a difference and its interval."""
    return f"{mean:+12.2f}{f'{mean - Z * error:+.2f} to {mean + Z * error:+.2f}':>17}"


def believe(bench: Bench, data: list[Path], tried: list[str], draws: int) -> None:
    """Prints the second table."""
    print(f"\nheld-out thirds, means over {draws} draws; held-out − printed in points\n")
    print(f"{'data':16}{'options':26}{'printed':>9}{'held out':>10}{'difference':>12}{'by 4/5':>8}{'beyond it':>11}{'± s.e.':>8}{'covered':>10}{'inside':>10}")
    beyond: dict[str, list[float]] = {options: [] for options in tried}
    for folder in data:
        everything = bench.train(folder, tried[0]).photos
        for options in tried:
            rows = np.array([draw(bench, everything, options, seed) for seed in range(draws)])
            printed, held_out, shorter, covered, inside = rows.T
            total, explained = 100 * (held_out - printed), 100 * (held_out - shorter)
            beyond[options].append((total - explained).mean())
            error = (total - explained).std(ddof=1) / np.sqrt(draws)
            print(
                f"{title(folder):16}{options or 'default':26}{printed.mean():9.4f}{held_out.mean():10.4f}{total.mean():+12.2f}{explained.mean():+8.2f}"
                f"{beyond[options][-1]:+11.2f}{error:8.2f}{f'{covered.sum():.0f} of {draws}':>10}{f'{inside.sum():.0f} of {draws}':>10}",
                flush=True,
            )
    for options in tried:
        print(f"{'mean':16}{options or 'default':26}{'':39}{statistics.mean(beyond[options]):+11.2f}")


def draw(bench: Bench, photos: list[Photo], options: str, seed: int) -> tuple[float, float, float, bool, bool]:
    """Holds back a third and returns accuracies: printed, held out, held out by four fifths; and two verdicts."""
    whole = bench.train(bench.manifest(photos, splits=False), options, "--test", THIRD, "--seed", str(seed))
    kept = [one for one in whole.photos if one.split == "test" or one.fold != 0]
    shorter = bench.train(bench.manifest(kept, splits=True), options, "--seed", str(seed))
    own, other = whole.report["cross_validated"], whole.held_out
    printed, held_out = own["accuracy"], other["accuracy"]
    a, b = own["accuracy_interval"], other["accuracy_interval"]
    # The interval of a difference from those of both (Newcombe 1998, method 10).
    low = held_out - printed - np.hypot(held_out - b["low"], a["high"] - printed)
    high = held_out - printed + np.hypot(b["high"] - held_out, printed - a["low"])
    return printed, held_out, shorter.held_out["accuracy"], low <= 0 <= high, a["low"] <= held_out <= a["high"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, nargs="+", help="a folder with a folder per class, or a manifest")
    parser.add_argument("--options", nargs="+", default=[""], help='sets of options of train-head, each in quotes: "--head auto" "--head lda"')
    parser.add_argument("--seeds", type=int, default=3, help="ways to make folds, 0 for no first table")
    parser.add_argument("--draws", type=int, default=0, help="of a held-out third, 0 for no second table")
    parser.add_argument("--backbone", default="efficientnet-lite0", help="unless a set of options names another")
    parser.add_argument("--store", type=Path, help="of embeddings; the user's unless given")
    parser.add_argument("--headstart", type=Path, default=PROGRAM)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        bench = Bench(arguments.headstart, arguments.backbone, arguments.store, Path(scratch))
        if arguments.seeds:
            compare(bench, arguments.data, arguments.options, arguments.seeds)
        if arguments.draws:
            believe(bench, arguments.data, arguments.options, arguments.draws)


if __name__ == "__main__":
    main()
