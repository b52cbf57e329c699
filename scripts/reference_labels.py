"""Makes the reference that suspected label errors are checked against.

Each case is a table of probabilities that a classifier might give, drawn from a
fixed seed, with labels of which some were changed. The file has the share of these
that cleanlab's rankings have among the first, as many as were changed, and the most
probable noise by scipy, for the model that metrics.FitLabelNoise describes. It is
described in head/metrics/testdata/README.md. Run it in an environment with
requirements-peers.txt.
"""

import argparse
import json
from pathlib import Path

import numpy as np
from cleanlab.filter import find_label_issues
from cleanlab.rank import get_label_quality_scores
from scipy.optimize import minimize_scalar
from scipy.special import softmax

# Name, images, classes, mean logit of the true class, share of changed labels.
CASES = [
    ("two classes", 150, 2, 4.0, 0.03),
    ("five classes", 150, 5, 3.5, 0.03),
    ("ten classes", 150, 10, 2.5, 0.05),
    ("clean", 150, 5, 3.5, 0.0),
]
EXPONENTS = np.arange(2, 17) / 4
MOST = 0.2  # share of random labels that may explain an exponent
WRONG, RIGHT = 1, 49  # counts of the prior
DIGITS = 4


def noise(proba: np.ndarray, y: np.ndarray) -> tuple[float, float, np.ndarray]:
    """Returns the most probable share and exponent, and for each label the probability that it is wrong."""
    k = proba.shape[1]
    logs = np.log(proba)
    fits = []
    for exponent in EXPONENTS:
        power = proba**exponent
        expected = (power * logs).sum(axis=1) / power.sum(axis=1)
        if (expected - (proba * logs).sum(axis=1)).sum() > MOST * (expected - logs.mean(axis=1)).sum():
            break
        right = power[np.arange(len(y)), y] / power.sum(axis=1)

        def loss(share: float, right: np.ndarray = right, exponent: float = exponent) -> float:
            prior = WRONG * np.log(share) + RIGHT * np.log1p(-share) - np.log(exponent) ** 2 / 2
            return -prior - np.log((1 - share) * right + share / k).sum()

        fit = minimize_scalar(loss, bounds=(1e-6, 1 - 1e-6), method="bounded", options={"xatol": 1e-10})
        fits.append((fit.fun, fit.x, exponent))
    _, share, exponent = min(fits, key=lambda fit: fit[0])
    given = proba[np.arange(len(y)), y]
    right = given**exponent / (given**exponent + (1 - given) ** exponent)
    return share, exponent, share / k * (1 - right) / ((1 - share) * right + share / k)


def case(name: str, n: int, k: int, signal: float, share: float, rng: np.random.Generator) -> dict:
    """Draws a case."""
    truth = rng.integers(k, size=n)
    logits = rng.normal(scale=1.5, size=(n, k))
    logits[np.arange(n), truth] += signal
    proba = np.round(softmax(logits, axis=1) * (1 - 10.0 ** (1 - DIGITS)) + 10.0**-DIGITS, DIGITS)
    proba /= proba.sum(axis=1, keepdims=True)
    y = truth.copy()
    changed = np.sort(rng.choice(n, round(share * n), replace=False))
    y[changed] = (y[changed] + rng.integers(1, k, size=len(changed))) % k
    found = {}
    if len(changed):
        orders = {
            method: np.argsort(get_label_quality_scores(y, proba, method=method), kind="stable")
            for method in ("self_confidence", "normalized_margin")
        }
        orders["find_label_issues"] = find_label_issues(y, proba, return_indices_ranked_by="self_confidence", n_jobs=1)
        found = {method: int(np.isin(order[: len(changed)], changed).sum()) for method, order in orders.items()}
    share, exponent, wrong = noise(proba, y)
    return {
        "name": name,
        "proba": proba.round(DIGITS + 2).tolist(),
        "y": y.tolist(),
        "changed": changed.tolist(),
        "found": found,
        "share": share,
        "exponent": exponent,
        "wrong": np.round(wrong, 5).tolist(),
    }


def main() -> None:
    """Writes the file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path, nargs="?", default=Path("head/metrics/testdata/labels.json"))
    rng = np.random.default_rng(0)
    cases = [case(*settings, rng) for settings in CASES]
    parser.parse_args().file.write_text(json.dumps(cases) + "\n")
    for c in cases:
        print(c["name"], c["found"], len(c["changed"]), c["share"], c["exponent"], sum(w > 0.5 for w in c["wrong"]))


if __name__ == "__main__":
    main()
