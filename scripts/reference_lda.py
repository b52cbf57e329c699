"""Makes the reference result that head/internal/lda is tested against.

scikit-learn fits linear discriminant analysis on drawn rows, divided by their
standard deviation within classes, whose variances are shrunk towards their
median as Opgen-Rhein and Strimmer do (2007); the shrinkage of the covariance is
Ledoit and Wolf's of the rows less their classes' means. Run it in an environment with
requirements-peers.txt, from the repository's root.
"""

import argparse
import json
from pathlib import Path

import numpy as np
from sklearn.covariance import ledoit_wolf_shrinkage
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

# Name, samples, features, classes.
CASES = [("wide", 24, 40, 3), ("tall", 120, 12, 4), ("two", 60, 8, 2)]


def shrunk_variances(within: np.ndarray) -> np.ndarray:
    """Returns the variances of columns of mean 0, shrunk towards their median."""
    squares = within**2
    variances = squares.mean(axis=0)
    noise = squares.var(axis=0) / len(within)
    spread = (variances - np.median(variances)) ** 2
    share = min(1, noise.sum() / spread.sum())
    return share * np.median(variances) + (1 - share) * variances


def reference(name: str, n: int, d: int, k: int, seed: int) -> dict[str, object]:
    """Fits one case and returns its rows, classes, shrinkage and probabilities."""
    rng = np.random.default_rng(seed)
    y = np.arange(n) % k
    x = (rng.normal(size=(k, d))[y] + rng.normal(size=(n, d)) @ rng.normal(size=(d, d)) / 3).astype(np.float32)
    within = x.astype(np.float64)
    for c in range(k):
        within[y == c] -= within[y == c].mean(axis=0)
    scale = np.sqrt(shrunk_variances(within))
    shrinkage = ledoit_wolf_shrinkage(within / scale, assume_centered=True)
    fit = LinearDiscriminantAnalysis(solver="lsqr", shrinkage=shrinkage).fit(x / scale, y)
    return {
        "name": name,
        "d": d,
        "k": k,
        "x": x.ravel().tolist(),
        "y": y.tolist(),
        "shrinkage": shrinkage,
        "proba": fit.predict_proba(x / scale).round(12).tolist(),
    }


def main() -> None:
    """Writes the reference file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path, nargs="?", default=Path("head/internal/lda/testdata/reference.json"))
    path = parser.parse_args().file
    path.write_text(json.dumps([reference(*case, seed) for seed, case in enumerate(CASES)]) + "\n")


if __name__ == "__main__":
    main()
