"""Makes the reference scores that the head's metrics are checked against.

Each case is a table of probabilities with true classes, drawn from a fixed
seed; the scores are scikit-learn's, and scipy's for McNemar's exact test. So are
areas under the ROC curve of scores that are no probabilities. One file, described in head/metrics/testdata/README.md. Run it in an environment
with requirements-peers.txt.
"""

import argparse
import json
import warnings
from pathlib import Path

import numpy as np
from scipy.stats import binomtest
from sklearn.calibration import calibration_curve
from sklearn.metrics import (
    accuracy_score,
    average_precision_score,
    balanced_accuracy_score,
    brier_score_loss,
    confusion_matrix,
    log_loss,
    precision_recall_fscore_support,
    roc_auc_score,
)

BINS = 15

# Name, images, classes, sharpness, digits kept of each probability (few make ties).
CASES = [
    ("two classes", 60, 2, 1.0, 6),
    ("two classes, many ties", 80, 2, 1.0, 1),
    ("five classes", 90, 5, 1.5, 6),
    ("five classes, many ties", 90, 5, 1.5, 1),
    ("a class without images", 40, 4, 1.0, 3),
    ("seven classes, nearly all right", 70, 7, 8.0, 6),
]

# Images that only the first classifier, and only the second, got right.
MCNEMAR = [(0, 0), (0, 1), (0, 4), (0, 5), (5, 0), (3, 9), (9, 3), (2, 10), (12, 12), (410, 470), (5000, 5300)]

# Positives, negatives, digits kept of each score (few make ties).
AUROC = [(1, 1, 6), (7, 20, 6), (20, 7, 0), (15, 15, 1)]


def draw(n: int, k: int, sharpness: float, digits: int, rng: np.random.Generator, *, empty: bool):
    """Returns n rows of k probabilities and true classes that they tell something about."""
    y = rng.integers(0, k - empty, n)
    logits = rng.normal(size=(n, k))
    logits[np.arange(n), y] += 1
    proba = np.exp(sharpness * logits)
    proba /= proba.sum(axis=1, keepdims=True)
    # Rounded down but for the last class, which takes what is left to one.
    steps = np.floor(proba * 10**digits).astype(int)
    steps[:, -1] += 10**digits - steps.sum(axis=1)
    return steps / 10**digits, y


def calibration_error(y: np.ndarray, proba: np.ndarray) -> float:
    """Returns the expected calibration error of the likeliest class."""
    top = proba.max(axis=1)
    right = (proba.argmax(axis=1) == y).astype(int)
    accuracy, confidence = calibration_curve(right, top, n_bins=BINS, pos_label=1)
    counts = np.bincount(np.searchsorted(np.linspace(0, 1, BINS + 1)[1:-1], top), minlength=BINS)
    return float((np.abs(accuracy - confidence) * counts[counts > 0]).sum() / len(y))


def scores(y: np.ndarray, proba: np.ndarray) -> dict[str, object]:
    """Returns every score of one table."""
    k = proba.shape[1]
    classes = np.arange(k)
    predicted = proba.argmax(axis=1)
    precision, recall, f1, images = precision_recall_fscore_support(y, predicted, labels=classes, zero_division=0)
    present = images > 0
    member = y[:, None] == classes
    areas = roc_auc_score(member[:, present], proba[:, present], average=None)
    precisions = average_precision_score(member[:, present], proba[:, present], average=None)
    if k == 2:  # as anyone would call it for two classes
        assert np.isclose(areas.mean(), roc_auc_score(y, proba[:, 1]), atol=1e-12)
    elif present.all():
        assert np.isclose(areas.mean(), roc_auc_score(y, proba, multi_class="ovr"), atol=1e-12)
    return {
        "accuracy": accuracy_score(y, predicted),
        "balanced_accuracy": balanced_accuracy_score(y, predicted),
        "log_loss": log_loss(y, proba, labels=classes),
        "brier": brier_score_loss(y, proba, labels=classes),
        "calibration_error": calibration_error(y, proba),
        "roc_auc": areas.mean(),
        "average_precision": precisions.mean(),
        "class_precision": precision.tolist(),
        "class_recall": recall.tolist(),
        "class_f1": f1.tolist(),
        "class_images": images.tolist(),
        "class_roc_auc": spread(areas, present),
        "class_average_precision": spread(precisions, present),
        "confusion": confusion_matrix(y, predicted, labels=classes).tolist(),
    }


def spread(values: np.ndarray, present: np.ndarray) -> list[float | None]:
    """Puts the values of the classes present in their places."""
    left = iter(values.tolist())
    return [next(left) if here else None for here in present]


def main() -> None:
    """Writes the reference file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path, nargs="?", default=Path("head/metrics/testdata/reference.json"))
    path = parser.parse_args().file
    cases = []
    for seed, (name, n, k, sharpness, digits) in enumerate(CASES):
        rng = np.random.default_rng(seed)
        proba, y = draw(n, k, sharpness, digits, rng, empty="without" in name)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            warnings.filterwarnings("ignore", "y_pred contains classes not in y_true")
            cases.append({"name": name, "proba": proba.tolist(), "y": y.tolist(), **scores(y, proba)})
    mcnemar = [
        {"first": first, "second": second, "p": binomtest(second, first + second, alternative="greater").pvalue}
        if first + second
        else {"first": first, "second": second, "p": 1.0}
        for first, second in MCNEMAR
    ]
    auroc = []
    for seed, (positives, negatives, digits) in enumerate(AUROC):
        rng = np.random.default_rng(seed)
        p, n = rng.normal(1, 1, positives).round(digits), rng.normal(0, 1, negatives).round(digits)
        area = roc_auc_score(np.repeat([1, 0], [positives, negatives]), np.concatenate([p, n]))
        auroc.append({"positives": p.tolist(), "negatives": n.tolist(), "area": area})
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = ",\n".join(json.dumps(case) for case in cases)
    path.write_text(f'{{"cases": [\n{lines}\n],\n"mcnemar": {json.dumps(mcnemar)},\n"auroc": {json.dumps(auroc)}}}\n')
    print(f"{path}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
