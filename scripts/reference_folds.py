"""Makes the reference folds that the head's tests are checked against.

Each case is labels and groups, drawn from a fixed seed, and the fold that
scikit-learn's StratifiedGroupKFold holds each row out in. scikit-learn compares
floating-point sums, so that rounding can decide between folds that are equally
good: cases where it does, which exact arithmetic finds, are not taken. Run it in
an environment with requirements-peers.txt.
"""

import argparse
import json
import warnings
from fractions import Fraction
from pathlib import Path

import numpy as np
from sklearn.model_selection import StratifiedGroupKFold

# Rows, classes, groups (0: each row is alone), folds, whether classes mix in groups.
CASES = [
    (40, 2, 0, 5, False),
    (67, 3, 0, 4, False),
    (60, 2, 12, 5, False),
    (90, 4, 30, 5, True),
    (120, 7, 40, 5, True),
    (50, 3, 6, 5, True),
    (200, 10, 25, 3, True),
]


def draw(rows: int, classes: int, groups: int, mixed: bool, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Returns labels, and groups numbered in the order of their first rows."""
    shares = rng.dirichlet(np.full(classes, 3.0))
    y = rng.permutation(np.concatenate([np.arange(classes), rng.choice(classes, rows - classes, p=shares)]))
    if not groups:
        return y, np.arange(rows)
    sizes = rng.dirichlet(np.ones(groups))
    drawn = rng.choice(groups, rows, p=sizes)
    if not mixed:
        drawn = drawn * classes + y
    first: dict[int, int] = {}
    return y, np.array([first.setdefault(int(g), len(first)) for g in drawn])


def folds_of(y: np.ndarray, groups: np.ndarray, folds: int) -> list[int]:
    """Returns the fold that scikit-learn holds each row out in."""
    held = np.zeros(len(y), int)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of classes with fewer rows than folds
        for fold, (_, test) in enumerate(StratifiedGroupKFold(folds).split(y, y, groups)):
            held[test] = fold
    return held.tolist()


def decided_by_rounding(y: np.ndarray, groups: np.ndarray, folds: int, held: list[int]) -> bool:
    """Returns whether the order of groups or a fold is not what exact sums give."""
    classes, count = int(y.max()) + 1, int(groups.max()) + 1
    counts = np.zeros((count, classes), int)
    np.add.at(counts, (groups, y), 1)
    spread = classes * (counts**2).sum(1) - counts.sum(1) ** 2
    order = np.argsort(-np.std(counts.astype(float), axis=1), kind="stable")
    if (order != np.argsort(-spread, kind="stable")).any():
        return True
    totals, dealt = counts.sum(0), np.zeros((folds, classes), int)
    fold_of = dict(zip(groups.tolist(), held))
    for group in order:
        present = np.flatnonzero(counts[group])
        evals, exact = [], []
        for fold in range(folds):
            after = dealt.copy()
            after[fold] += counts[group]
            evals.append(np.mean(np.std(after / totals, axis=0)))
            variances = (folds * (after**2).sum(0) - after.sum(0) ** 2)[present]
            # Equal sets of variances are equal sums, whatever rounding does.
            exact.append(sorted(Fraction(int(v), int(t) ** 2) for v, t in zip(variances, totals[present])))
        chosen = fold_of[int(group)]
        sizes = dealt.sum(1)
        alike = [f for f in range(folds) if exact[f] == exact[chosen]]
        near = [f for f in range(folds) if np.isclose(evals[f], evals[chosen]) and f not in alike]
        if near or chosen != min(alike, key=lambda f: (sizes[f], f)):
            return True
        dealt[chosen] += counts[group]
    return False


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("to", type=Path, nargs="?", default=Path("head/testdata/folds/folds.json"))
    options = parser.parse_args()
    cases = []
    for number, (rows, classes, groups, folds, mixed) in enumerate(CASES):
        for seed in range(10_000):
            y, g = draw(rows, classes, groups, mixed, np.random.default_rng([number, seed]))
            held = folds_of(y, g, folds)
            if not decided_by_rounding(y, g, folds, held):
                break
        else:
            raise ValueError(f"case {number}: rounding decides in every draw")
        print(f"case {number}: seed {seed}")
        cases.append({"labels": y.tolist(), "groups": g.tolist() if groups else None, "folds": folds, "held": held})
    options.to.parent.mkdir(parents=True, exist_ok=True)
    options.to.write_text("[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]\n")


if __name__ == "__main__":
    main()
