"""Prints how well logistic-unit does at several C with one and two photos a class.

This is for the C that is taken where none can be cross-validated. Each DATA is a
matrix that `headstart store export --format npy` wrote, with its .csv beside it. A
number is accuracy / log-loss on up to 300 other photos, the mean over 20 draws. Run
it in an environment with requirements-peers.txt.
"""

import argparse
import csv
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression

GRID = [0.01, 0.1, 0.3, 1, 3, 10]
DRAWS = 20


def scores(x: np.ndarray, y: np.ndarray, shots: int, seed: int) -> np.ndarray:
    """Returns accuracy and log-loss at each C, for one draw of photos to learn from."""
    order = np.random.default_rng(seed).permutation(len(y))
    train = np.concatenate([order[y[order] == k][:shots] for k in range(y.max() + 1)])
    test = np.setdiff1d(order, train)[:300]
    deviation = np.sqrt(x[train].var(0).mean())
    found = []
    for c in GRID:
        model = LogisticRegression(C=c, max_iter=500).fit(x[train] / deviation, y[train])
        p = model.predict_proba(x[test] / deviation)
        found.append(((p.argmax(1) == y[test]).mean(), -np.log(p[np.arange(len(test)), y[test]]).mean()))
    return np.array(found)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, nargs="+", metavar="DATA.npy")
    options = parser.parse_args()
    print(f"{'photos':8}{'data':16}" + "".join(f"{f'C = {c}':>16}" for c in GRID))
    for shots in (1, 2):
        means = []
        for path in options.data:
            x = np.load(path)
            x /= np.linalg.norm(x, axis=1, keepdims=True)
            with open(f"{path}.csv", encoding="utf-8", newline="") as file:
                _, y = np.unique([row["label"] for row in csv.DictReader(file)], return_inverse=True)
            means.append(np.mean([scores(x, y, shots, seed) for seed in range(DRAWS)], axis=0))
            print(f"{shots:<8}{path.stem:16}" + "".join(f"{a:8.3f} / {loss:.3f}" for a, loss in means[-1]), flush=True)
        print(f"{shots:<8}{'mean':16}" + "".join(f"{a:8.3f} / {loss:.3f}" for a, loss in np.mean(means, axis=0)), flush=True)


if __name__ == "__main__":
    main()
