"""Prints how well headstart tells photos of none of a head's classes, and what it loses for that.

KNOWN is cut by stratified five-fold cross-validation; the score is fitted to
four folds. Printed are the share of the fifth that is lost, that is, called
unknown, beside the share that headstart expects, and the area under the ROC
curve of each STRANGE folder's photos against the fifth; beside it that of
Mahalanobis distance to the nearest class, with the Ledoit-Wolf covariance of
scikit-learn.

With --photos, KNOWN is not cut into folds: as many photos of each class are drawn
to fit to, the others are new, and the draw is repeated. Printed is also in how
many draws headstart's interval covers the share of the others that is lost.
"""

import argparse
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from bench_kinds import Fold, benchmark, draws, job
from headstart import PROGRAM, Embeddings, extract
from sklearn.covariance import LedoitWolf
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold

PACKAGE = "./head/internal/ood"
LAST = ("--blocks", "last")  # unknown scores look at no other


def extract_flat(program: Path, data: Path, work: Path) -> Embeddings:
    """Takes a folder without classes, too."""
    if any(entry.is_dir() for entry in data.iterdir()):
        return extract(program, data, *LAST)
    photos = work / data.name / "photos"
    photos.mkdir(parents=True)
    for photo in data.iterdir():
        (photos / photo.name).symlink_to(photo.absolute())
    return extract(program, photos.parent, *LAST)


def mahalanobis(x: np.ndarray, classes: np.ndarray, *queries: np.ndarray) -> list[np.ndarray]:
    means = np.stack([x[classes == c].mean(axis=0) for c in np.unique(classes)])
    precision = LedoitWolf(assume_centered=True).fit(x - means[classes]).precision_
    return [
        np.min([((q - mean) @ precision * (q - mean)).sum(axis=1) for mean in means], axis=0)
        for q in queries
    ]


def folds(e: Embeddings, seed: int) -> Iterator[Fold]:
    cut = StratifiedKFold(5, shuffle=True, random_state=seed)
    for i, (train, test) in enumerate(cut.split(e.rows, e.classes)):
        yield Fold(f"{e.name}/{seed}.{i}", seed, train, test)


def measure(known: Embeddings, strange: list[Embeddings], parts: list[Fold], recall: float) -> list[dict[str, float]]:
    """Returns for each part the metrics that the benchmark reports."""
    others = {"known_recall": recall, "strange": {e.name: e.rows.tolist() for e in strange}}
    return list(benchmark(PACKAGE, job(known, parts) | others).values())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("known", type=Path, metavar="KNOWN")
    parser.add_argument("strange", type=Path, nargs="*", metavar="STRANGE")
    parser.add_argument("--photos", type=int, default=0, help="draw so many photos of each class")
    parser.add_argument("--draws", type=int, default=40, help="with --photos, so often (default: 40)")
    parser.add_argument("--known-recall", type=float, default=0.95, help="as train-head's (default: 0.95)")
    parser.add_argument("--headstart", type=Path, default=PROGRAM)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        known = extract(args.headstart, args.known, *LAST)
        strange = [extract_flat(args.headstart, data, Path(folder)) for data in args.strange]
        if args.photos:
            parts = list(draws(known, args.photos, range(args.seed, args.seed + args.draws)))
        else:
            parts = list(folds(known, args.seed))
        ours = measure(known, strange, parts, args.known_recall)
    theirs: dict[str, list[float]] = {e.name: [] for e in strange}
    for part in parts:
        own, *others = mahalanobis(
            known.x(part.train),
            known.classes[part.train],
            known.x(part.test),
            *(e.x() for e in strange),
        )
        for e, scores in zip(strange, others):
            truth = np.repeat([0, 1], [len(own), len(scores)])
            theirs[e.name].append(roc_auc_score(truth, np.concatenate([own, scores])))
    lost = [part["lost"] for part in ours]
    expected = np.mean([part["expected"] for part in ours])
    covered = sum(part["low"] <= part["lost"] <= part["high"] for part in ours)
    print(
        f"{known.name}: {np.mean(lost):.2%} of new photos lost ({min(lost):.2%} to {max(lost):.2%}), "
        f"{expected:.2%} expected; {covered} of {len(ours)} intervals cover the share"
    )
    if not strange:
        return
    print(f"{'area under the ROC curve':28}{'headstart':>10}{'worst fold':>12}{'Mahalanobis':>13}{'worst fold':>12}")
    for e in strange:
        areas = [part[e.name] for part in ours]
        print(
            f"{e.name:28}{np.mean(areas):10.4f}{min(areas):12.4f}"
            f"{np.mean(theirs[e.name]):13.4f}{min(theirs[e.name]):12.4f}"
        )


if __name__ == "__main__":
    main()
