"""Makes the reference that head/internal/ood is tested against.

Mean cosine distances of random embeddings to their nearest references, which
have eight bits a number, by scikit-learn's NearestNeighbors: to all of them, and
to those of other groups. Thresholds by numpy's quantiles, with the share of new
images above them and its interval by scipy's beta distribution.
"""

import argparse
import json
from pathlib import Path

import numpy as np
from scipy.stats import beta
from sklearn.neighbors import NearestNeighbors

DIM, NEIGHBOURS = 6, 3

# Scores, the share that should not be above the threshold.
THRESHOLDS = [(60, 0.95), (60, 0.9), (60, 0.99), (60, 1.0), (7, 0.5), (7, 0.05), (2, 0.95), (300, 0.95)]


def distances(x: np.ndarray, references: np.ndarray) -> np.ndarray:
    """Returns the mean distance of each x to its nearest references."""
    search = NearestNeighbors(n_neighbors=NEIGHBOURS, metric="cosine").fit(references)
    return search.kneighbors(x)[0].mean(axis=1)


def threshold(scores: np.ndarray, share: float) -> dict[str, object]:
    """Returns the threshold of equally weighted scores, and what is known of the share above it."""
    n = len(scores)
    k = min(share * (n + 1), n)
    return {
        "scores": scores.tolist(),
        "share": share,
        "threshold": np.quantile(scores, share, method="weibull"),
        "expected": beta(n + 1 - k, k).mean(),
        "low": beta(n - k, k + 1).ppf(0.025) if k + 1 <= n else 0.0,
        "high": beta(n + 2 - k, k - 1).ppf(0.975) if k > 1 else 1.0,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path, nargs="?", default=Path("head/internal/ood/testdata/neighbours.json"))
    path = parser.parse_args().file
    random = np.random.default_rng(0)
    references = random.integers(-127, 128, size=(12, DIM))
    scales = np.float32(1 / np.linalg.norm(references, axis=1))
    x = random.normal(size=(20, DIM)).astype(np.float32)
    groups, own = np.arange(12) // 3, np.arange(20) % 5  # no reference is of group 4
    path.write_text(json.dumps({
        "dim": DIM,
        "neighbours": NEIGHBOURS,
        "references": references.ravel().tolist(),
        "scales": scales.tolist(),
        "x": x.tolist(),
        "scores": distances(x, references).tolist(),
        "reference_groups": groups.tolist(),
        "groups": own.tolist(),
        "scores_without_group": [distances(row[None], references[groups != g])[0] for row, g in zip(x, own)],
        "thresholds": [threshold(random.gamma(2, 0.1, n).round(4), share) for n, share in THRESHOLDS],
    }) + "\n")


if __name__ == "__main__":
    main()
