"""Makes the reference results that the head's tests are checked against.

Each case is a small data set, drawn from a fixed seed, on which scikit-learn
fits standardised logistic regression; one JSON file a case, described in
head/testdata/README.md. Run it in an environment with requirements-peers.txt.
"""

import argparse
import json
from pathlib import Path

import numpy as np
from reference_logistic import objective_and_slope
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, confusion_matrix, log_loss
from sklearn.preprocessing import StandardScaler

# Name, samples, features, classes, C.
CASES = [
    ("binary", 200, 20, 2, 0.1),
    ("five_classes", 150, 30, 5, 1.0),
    ("wide", 40, 120, 3, 0.01),
]


def draw(n: int, d: int, k: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Returns n rows of d features around k overlapping class centres, and their classes."""
    rng = np.random.default_rng(seed)
    shares = np.arange(k, 2 * k) / np.arange(k, 2 * k).sum()
    y = np.concatenate([np.arange(k), rng.choice(k, n - k, p=shares)])
    centres = rng.normal(scale=0.3, size=(k, d))
    scales = rng.uniform(0.1, 10, size=d)
    x = (centres[y] + rng.normal(size=(n, d))) * scales + rng.normal(scale=5, size=d)
    x[:, -1] = 0.5  # a feature that never varies, as a dead channel's
    return x.astype(np.float32), y


def reference(name: str, n: int, d: int, k: int, c: float, seed: int) -> dict[str, object]:
    """Fits one case and returns everything a test may want to compare."""
    x, y = draw(n, d, k, seed)
    scaler = StandardScaler().fit(x.astype(np.float64))
    z = scaler.transform(x.astype(np.float64))
    model = LogisticRegression(C=c, solver="newton-cholesky", tol=1e-10, max_iter=1000).fit(z, y)
    objective, slope = objective_and_slope(z, y, np.ones(n), c, model)
    if slope > 1e-9:
        raise ValueError(f"case {name} is not at its minimum: slope {slope}")
    proba = model.predict_proba(z)
    predicted = model.predict(z)
    return {
        "name": name,
        "n": n,
        "d": d,
        "k": k,
        "C": c,
        # The shortest digits that read back as the same float32.
        "x": [float(str(value)) for value in x.ravel()],
        "y": y.tolist(),
        "mean": rounded(scaler.mean_),
        "scale": rounded(scaler.scale_),
        "coef": rounded(model.coef_),
        "intercept": rounded(model.intercept_),
        "proba": rounded(proba),
        "objective": rounded(np.float64(objective)),
        "accuracy": accuracy_score(y, predicted),
        "log_loss": rounded(np.float64(log_loss(y, proba))),
        "confusion": confusion_matrix(y, predicted).tolist(),
    }


def rounded(values: np.ndarray) -> object:
    """Drops the digits that differ from one linear algebra library to another."""
    return np.round(values, 10).tolist()


def main() -> None:
    """Writes every case into a folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=Path("head/testdata"))
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    for seed, (name, n, d, k, c) in enumerate(CASES):
        path = folder / f"{name}.json"
        path.write_text(json.dumps(reference(name, n, d, k, c, seed)) + "\n")
        print(f"{path}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
