"""Prints how well scores tell photos of a sibling class from those of the classes, and far photos.

Each class of each data set is left out in turn. Half of the photos of the others, with
their duplicates, are learnt from; the other half are new photos of the classes. Printed
are, for each score, the area under the ROC curve of the left-out class's photos against
these, and that of the other data sets' photos, up to FAR of each: the mean, and the worst
of the sets. All are means over left-out classes. Embeddings are those of the backbone's
last block, of length 1, unless a line says otherwise:

- nearest five: headstart's unknown score, the mean cosine distance to the nearest five;
- earlier blocks beside: the same where all blocks have mean variance 1, and a weight;
- of the predicted class: the distance to the nearest five of the class that logistic
  regression predicts;
- Mahalanobis: to the nearest class's mean, the covariance by Ledoit and Wolf;
- relative: less that to the mean of all (Ren et al. 2021), covariances alike;
- energy, largest logit, 1 − p: of logistic regression, p the largest probability.
"""

import argparse
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from headstart import PROGRAM, Embeddings, extract
from scipy.special import logsumexp
from sklearn.covariance import ledoit_wolf
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedGroupKFold

FAR = 60
NEIGHBOURS = 5
C = 0.01  # where it mostly is, for embeddings whose mean variance is 1


def unit(x: np.ndarray) -> np.ndarray:
    return x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-12)


def nearest(similarities: np.ndarray, neighbours: int = NEIGHBOURS) -> np.ndarray:
    return 1 - np.sort(similarities, axis=1)[:, -neighbours:].mean(axis=1)


def distances(x: np.ndarray, means: np.ndarray, precision: np.ndarray) -> np.ndarray:
    """Returns the square of each row's Mahalanobis distance to the nearest mean."""
    moved = x @ precision
    to_means = (moved * x).sum(1)[:, None] - 2 * moved @ means.T + ((means @ precision) * means).sum(1)
    return to_means.min(axis=1)


def logits_of(x: np.ndarray, labels: np.ndarray, queries: list[np.ndarray]) -> list[np.ndarray]:
    """Fits logistic regression in the space that the rows span, which changes nothing but time."""
    centre = x.mean(axis=0)
    scale = 1 / np.sqrt(x.var(axis=0).mean())
    basis = np.linalg.svd(x - centre, full_matrices=False)[2][:-1].T * scale
    fit = LogisticRegression(C=C, max_iter=200, tol=1e-3).fit((x - centre) @ basis, labels)
    return [fit.decision_function((q - centre) @ basis) for q in queries]


def all_scores(x: np.ndarray, labels: np.ndarray, queries: list[np.ndarray], starts: list[int]) -> Iterator[tuple[str, list[np.ndarray]]]:
    """Yields the name of each score and its values for the rows of each query; higher is stranger."""
    last = unit(x[:, starts[-1] :])
    rows = [unit(q[:, starts[-1] :]) for q in queries]
    near = [nearest(q @ last.T) for q in rows]
    yield "nearest five", near
    yield "nearest one", [nearest(q @ last.T, 1) for q in rows]
    for weight in (1, 0.5):
        blocks = [slice(start, end) for start, end in zip(starts, [*starts[1:], x.shape[1]])]
        factors = np.concatenate(
            [np.full(x[:, b].shape[1], (weight if b != blocks[-1] else 1) / np.sqrt(x[:, b].var(axis=0).mean())) for b in blocks]
        )
        yield f"earlier blocks beside, × {weight}", [nearest(unit(q * factors) @ unit(x * factors).T) for q in queries]
    means = np.stack([last[labels == c].mean(axis=0) for c in range(labels.max() + 1)])
    yield "nearest class mean", [-(q @ unit(means).T).max(axis=1) for q in rows]
    logits = logits_of(last, labels, rows)
    predicted = [np.where(z.argmax(axis=1)[:, None] == labels, q @ last.T, -2) for z, q in zip(logits, rows)]
    yield "nearest five of the predicted class", [nearest(similarities) for similarities in predicted]
    within, share = ledoit_wolf(last - means[labels], assume_centered=True)
    whole = np.cov(last.T, bias=True)
    whole = (1 - share) * whole + share * np.trace(within) / len(within) * np.eye(len(within))
    to_class = [distances(q, means, np.linalg.inv(within)) for q in rows]
    yield "Mahalanobis", to_class
    to_all = [distances(q, last.mean(axis=0)[None], np.linalg.inv(whole)) for q in rows]
    yield "relative Mahalanobis", [a - b for a, b in zip(to_class, to_all)]
    yield "energy", [-logsumexp(z, axis=1) for z in logits]
    yield "largest logit", [-z.max(axis=1) for z in logits]
    doubt = [1 - np.exp(z.max(axis=1) - logsumexp(z, axis=1)) for z in logits]
    yield "1 − p", doubt
    for share in (0.1, 0.25):
        yield f"nearest five + {share} · (1 − p)", [n + share * d for n, d in zip(near, doubt)]


def area(known: np.ndarray, strange: np.ndarray) -> float:
    return roc_auc_score(np.repeat([0, 1], [len(known), len(strange)]), np.concatenate([known, strange]))


def groups_of(e: Embeddings, data: Path) -> np.ndarray:
    """Numbers the groups: the manifest's, or photos of the same bytes."""
    if data.suffix == ".jsonl":
        groups = {(data.parent / entry["path"]).resolve(): entry["group"] for entry in map(json.loads, data.open())}
        names = [groups[(data.parent / path).resolve()] for path in map(Path, e.paths)]
    else:
        names = [hashlib.sha256((path if path.exists() else data / path).read_bytes()).hexdigest() for path in map(Path, e.paths)]
    return np.unique(names, return_inverse=True)[1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, nargs="+", metavar="DATA", help="those of three classes or more lose one at a time")
    parser.add_argument("--headstart", type=Path, default=PROGRAM)
    args = parser.parse_args()
    sets = [extract(args.headstart, data) for data in args.data]
    spec = json.loads((sets[0].vectors.parent / "spec.json").read_text())
    starts = np.cumsum([0] + [block["dim"] for block in spec["blocks"]])[:-1].tolist()
    chance = np.random.default_rng(0)
    means: dict[str, list[np.ndarray]] = {}
    for e, data in zip(sets, args.data):
        if e.classes.max() < 2:
            continue
        groups, areas = groups_of(e, data), {}
        for left_out in range(e.classes.max() + 1):
            known = np.flatnonzero(e.classes != left_out)
            labels = np.unique(e.classes[known], return_inverse=True)[1]
            cut = StratifiedGroupKFold(2, shuffle=True, random_state=left_out)
            train, test = next(cut.split(known, labels, groups[known]))
            far = [other.x(np.sort(chance.permutation(len(other.rows))[:FAR])) for other in sets if other is not e]
            queries = [e.x(known[test]), e.x(np.flatnonzero(e.classes == left_out)), *far]
            for name, scores in all_scores(e.x(known[train]), labels[train], queries, starts):
                found = [area(scores[0], strange) for strange in scores[1:]]
                areas.setdefault(name, []).append([found[0], np.mean(found[1:]), min(found[1:])])
        show(data.parent.name if data.suffix else e.name, areas)
        for name, found in areas.items():
            means.setdefault(name, []).append(np.mean(found, axis=0))
    show("mean", means)


def show(title: str, areas: dict[str, list]) -> None:
    print(f"{title:40}{'sibling':>9}{'far':>8}{'worst':>8}")
    for name, found in areas.items():
        print(f"{name:40}" + "{:9.3f}{:8.3f}{:8.3f}".format(*np.mean(found, axis=0)), flush=True)


if __name__ == "__main__":
    main()
