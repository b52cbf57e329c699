"""Makes the reference fits that head/internal/logistic is checked against.

The data are not stored: each case is drawn by a generator so simple that the Go
test draws the same numbers, bit by bit. One JSON file a case holds how it is
drawn and scikit-learn's optimum. Run it in an environment with
requirements-peers.txt.
"""

import argparse
import dataclasses
import json
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression


@dataclasses.dataclass
class Case:
    """How a problem is drawn, and C."""

    name: str
    n: int
    d: int
    k: int
    c: float
    separation: float  # width of the cube that the classes' centres lie in
    noise: float  # share of labels that are those of the next class
    weighted: bool = False
    standardise: bool = False
    unit: bool = False


CASES = [
    Case("binary_noisy", 300, 20, 2, 0.1, 1, 0.1, standardise=True),
    Case("binary_separable_weighted", 60, 20, 2, 10, 8, 0, weighted=True),
    Case("binary_wide", 40, 100, 2, 1, 2, 0, standardise=True),
    Case("five_noisy_weighted", 200, 30, 5, 1, 3, 0.1, weighted=True, standardise=True),
    Case("five_wide_noisy", 60, 90, 5, 0.1, 2, 0.1),
    Case("five_unit", 150, 20, 5, 30, 4, 0.1, unit=True),
    Case("ten_noisy", 300, 20, 10, 0.3, 4, 0.1),
    Case("ten_separable_wide_weighted", 50, 80, 10, 1, 6, 0, weighted=True, standardise=True),
    Case("many_noisy", 370, 20, 37, 1, 6, 0.1, standardise=True),
    Case("many_wide_weighted", 74, 80, 37, 0.1, 6, 0, weighted=True),
]


class Chance:
    """SplitMix64, giving multiples of 2^-24 in [0, 1)."""

    def __init__(self, seed: int) -> None:
        self.state = seed

    def draw(self) -> float:
        mask = 2**64 - 1
        self.state = (self.state + 0x9E3779B97F4A7C15) & mask
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & mask
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & mask
        return ((z ^ (z >> 31)) >> 40) / 2**24


def draw(case: Case) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Returns rows, classes and weights."""
    chance = Chance(case.n * case.d * case.k)
    centres = [[chance.draw() - 0.5 for _ in range(case.d)] for _ in range(case.k)]
    x = np.zeros((case.n, case.d), dtype="f4")
    y = np.zeros(case.n, dtype=int)
    weights = np.ones(case.n)
    for i in range(case.n):
        y[i] = i % case.k
        for j in range(case.d):
            x[i, j] = case.separation * centres[y[i]][j] + (chance.draw() + chance.draw() + chance.draw())
        if chance.draw() < case.noise:
            y[i] = (y[i] + 1) % case.k
        if case.weighted:  # 0 for every eleventh
            weights[i] = 0 if i % 11 == 10 else 0.25 + chance.draw()
    return x, y, weights


def objective_and_slope(
    z: np.ndarray, y: np.ndarray, weights: np.ndarray, c: float, model: LogisticRegression
) -> tuple[float, float]:
    """Returns the objective at the model, and its largest partial derivative."""
    scores = z @ model.coef_.T + model.intercept_
    if scores.shape[1] == 1:
        scores = np.hstack([np.zeros_like(scores), scores])
    top = scores.max(axis=1, keepdims=True)
    log_proba = scores - top - np.log(np.exp(scores - top).sum(axis=1, keepdims=True))
    objective = -c * (weights * log_proba[np.arange(len(y)), y]).sum() + (model.coef_**2).sum() / 2
    residual = np.exp(log_proba)
    residual[np.arange(len(y)), y] -= 1
    residual = c * weights[:, None] * residual[:, -len(model.coef_) :]
    slopes = np.column_stack([residual.T @ z + model.coef_, residual.sum(axis=0)])
    return objective, np.abs(slopes).max()


def reference(case: Case) -> dict[str, object]:
    """Fits one case."""
    x, y, weights = draw(case)
    z = x.astype("f8")
    if case.unit:
        z /= np.linalg.norm(z, axis=1, keepdims=True)
    if case.standardise:
        seen = z[weights > 0]
        z = (z - seen.mean(axis=0)) / seen.std(axis=0)
    model = LogisticRegression(C=case.c, solver="newton-cholesky", tol=1e-10, max_iter=1000)
    model.fit(z, y, sample_weight=weights)
    objective, slope = objective_and_slope(z, y, weights, case.c, model)
    if slope > 1e-8:
        raise ValueError(f"case {case.name} is not at its minimum: slope {slope}")
    return dataclasses.asdict(case) | {
        "objective": float(f"{objective:.10g}"),
        "coef": [[float(f"{v:.7g}") for v in row] for row in model.coef_],
        "intercept": [float(f"{v:.7g}") for v in model.intercept_],
    }


def main() -> None:
    """Writes every case into a folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=Path("head/internal/logistic/testdata"))
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    for case in CASES:
        path = folder / f"{case.name}.json"
        path.write_text(json.dumps(reference(case)) + "\n")
        print(f"{path}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
