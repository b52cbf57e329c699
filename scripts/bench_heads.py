"""Compares the training of heads with scikit-learn's, on the same data and machine.

For each problem both fit multinomial logistic regression on standardised
embeddings, standardisation included (--raw: on embeddings as they are). A fit's
time is that to a relative gap of 1e-5 between its objective and the optimum;
"as it comes" is a fit with each one's own tolerance; the path's is that of
5-fold cross-validation over the same values of C. Fits are made --repeat times
by turns unless they are long, and the least time counts, as other programs only
ever add to it. With --cpu each has one thread, and processor time is given
instead of time on the clock. Run it from the repository's root in an environment with
requirements-peers.txt; it prints a Markdown table and the machine's load.
"""

import argparse
import json
import os
import subprocess
import tempfile
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import numpy as np
import scipy.optimize
import threadpoolctl
from headstart import PROGRAM, extract
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression, LogisticRegressionCV
from sklearn.preprocessing import StandardScaler

GAP = 1e-5
GRID = [1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2]
# A fit of theirs that takes so many seconds is not repeated.
LONG = 10
# What is meant by time.
clock = time.perf_counter
# The share of labels that are drawn anew.
NOISE = 0.1


def draw(n: int, d: int, k: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Returns embeddings such as a network's: rectified, correlated, clustered by class."""
    rng = np.random.default_rng(seed)
    factors = 64
    mix = (rng.normal(size=(factors, d)) / np.sqrt(1 + np.arange(factors))[:, None]).astype("f4")
    centres = rng.normal(size=(k, factors)).astype("f4")
    y = rng.integers(0, k, n)
    hidden = centres[y] + rng.normal(size=(n, factors)).astype("f4")
    x = np.maximum(0, hidden @ mix + 0.5 * rng.normal(size=(n, d)).astype("f4"))
    noisy = rng.random(n) < NOISE
    y[noisy] = rng.integers(0, k, noisy.sum())
    return x.astype("f4"), y


def objective(z: np.ndarray, y: np.ndarray, c: float, coef: np.ndarray, intercept: np.ndarray) -> float:
    """Returns C times the summed log-loss plus half the squared norm, in float64."""
    total = 0.0
    for start in range(0, len(z), 4096):
        rows, labels = z[start : start + 4096], y[start : start + 4096]
        scores = rows.astype("f8") @ coef.T + intercept
        if scores.shape[1] == 1:
            scores = np.hstack([-scores / 2, scores / 2])
        top = scores.max(axis=1, keepdims=True)
        log_sum = top[:, 0] + np.log(np.exp(scores - top).sum(axis=1))
        total += (log_sum - scores[np.arange(len(labels)), labels]).sum()
    return c * total + (coef**2).sum() / 2


def peer_fit(z: np.ndarray, y: np.ndarray, c: float, best: float) -> tuple[float, int, float]:
    """Returns scikit-learn's time to the gap, its iterations and the gap reached.

    Its solver is SciPy's, asked here to note the time and the point of every
    iteration; the objective is computed afterwards.
    """
    trace: list[tuple[float, np.ndarray]] = []
    minimize = scipy.optimize.minimize
    start = clock()

    def noting(*args: object, **kwargs: object) -> object:
        kwargs["callback"] = lambda w: trace.append((clock() - start, w.copy()))
        return minimize(*args, **kwargs)

    with mock.patch("scipy.optimize.minimize", noting):
        LogisticRegression(C=c, tol=1e-7, max_iter=1000).fit(z, y)
    outputs = 1 if y.max() == 1 else y.max() + 1
    low, high = 0, len(trace) - 1

    def gap(i: int) -> float:
        w = trace[i][1].reshape((outputs, -1), order="F").astype("f8")
        return objective(z, y, c, w[:, :-1], w[:, -1]) / best - 1

    while low < high:  # the objective falls from one iteration to the next
        middle = (low + high) // 2
        if gap(middle) > GAP:
            low = middle + 1
        else:
            high = middle
    return trace[high][0], high + 1, gap(high)


def peer_usual(z: np.ndarray, y: np.ndarray, c: float, best: float) -> tuple[float, int, float]:
    """Returns the time, iterations and gap of a fit with scikit-learn's own tolerance."""
    start = clock()
    model = LogisticRegression(C=c, max_iter=1000).fit(z, y)
    took = clock() - start
    return took, model.n_iter_.max(), objective(z, y, c, model.coef_, model.intercept_) / best - 1


def peer_path(z: np.ndarray, y: np.ndarray, cs: list[float]) -> float:
    """Returns the time of LogisticRegressionCV, as it comes but for iterations enough."""
    model = LogisticRegressionCV(
        Cs=cs, cv=5, scoring="neg_log_loss", max_iter=1000, use_legacy_attributes=False, l1_ratios=(0,)
    )
    start = clock()
    model.fit(z, y)
    return clock() - start


def ours(folder: Path, c: float, cs: list[float], raw: bool) -> dict[str, float]:
    """Returns what the Go benchmark measured."""
    command = ["go", "test", "./head/internal/logistic", "-run", "^$", "-bench", "^BenchmarkPeers$"]
    command += ["-benchtime", "1x", "-args", "-problem", str(folder), "-c", str(c), "-path", json.dumps(cs)]
    if raw:
        command.append("-raw")
    environment = dict(os.environ)
    if clock is time.process_time:
        command.append("-cpu-time")
        environment["GOMAXPROCS"] = "1"
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    return json.loads(lines[-1])


def problems(args: argparse.Namespace) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    """Yields names, embeddings and classes."""
    for data in args.data:
        e = extract(args.headstart, data)
        x, y = e.x(), e.classes
        yield f"{data.name} {x.shape[0]:,} × {x.shape[1]:,}, {y.max() + 1} classes", x, y
    n, d = (4000, 512) if args.quick else (20000, 2048)
    for k in args.classes:
        yield f"drawn {n:,} × {d:,}, {k} classes", *draw(n, d, k, k)


def scaled(x: np.ndarray, repeat: int) -> tuple[np.ndarray, float]:
    """Returns standardised embeddings and the time it takes."""
    least = float("inf")
    for _ in range(repeat):
        start = clock()
        z = StandardScaler().fit_transform(x)
        least = min(least, clock() - start)
    return z, least


def row(what: str, scaling: float, theirs: tuple[float, int, float], mine: tuple[float, int, float]) -> None:
    """Prints two fits: their times, iterations and gaps."""
    took = theirs[0] + scaling
    print(
        f"| {what} | {took:.3f} s ({scaling:.3f} s to standardise, {theirs[1]} iterations, gap {theirs[2]:.0e}) "
        f"| {mine[0]:.3f} s ({mine[1]:.0f}, {mine[2]:.0e}) | {took / mine[0]:.1f} |",
        flush=True,
    )


def main() -> None:
    """Prints a row per problem and task."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="smaller drawn problems")
    parser.add_argument("--classes", type=int, nargs="*", default=[2, 37], help="of drawn problems")
    parser.add_argument("--data", type=Path, nargs="*", default=[], help="folders of photos to train on too")
    parser.add_argument("--headstart", type=Path, default=PROGRAM, help="program that extracts their embeddings")
    parser.add_argument("--c", type=float, nargs="*", default=[1e-3, 1e-2], help="values of C to fit with")
    parser.add_argument("--path", type=float, nargs="*", default=GRID, help="values of C to cross-validate")
    parser.add_argument("--raw", action="store_true", help="do not standardise")
    parser.add_argument("--repeat", type=int, default=3, help="how often each fit is made")
    parser.add_argument("--cpu", action="store_true", help="one thread, processor time")
    args = parser.parse_args()
    if args.cpu:
        global clock
        clock = time.process_time
        threadpoolctl.threadpool_limits(1)
    warnings.simplefilter("ignore", ConvergenceWarning)
    print("| problem | task | scikit-learn | headstart | times as fast |")
    print("|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        for name, x, y in problems(args):
            x.tofile(folder / "x")
            y.astype("<i4").tofile(folder / "y")
            z, scaling = x, 0.0
            if not args.raw:
                z, scaling = scaled(x, args.repeat)
            for c in args.c:
                mine, theirs, usual = [], [], []
                while len(mine) < args.repeat and all(took < LONG for took, _, _ in usual):
                    mine.append(ours(folder, c, [], args.raw))
                    theirs.append(peer_fit(z, y, c, mine[0]["best"]))
                    usual.append(peer_usual(z, y, c, mine[0]["best"]))
                us = min(mine, key=lambda m: m["seconds"])
                row(f"{name} | C = {c:g}", scaling, min(theirs), (us["seconds"], us["iterations"], us["gap"]))
                us = min(mine, key=lambda m: m["usual_seconds"])
                fit = us["usual_seconds"], us["usual"]["Iterations"], us["usual"]["Objective"] / us["best"] - 1
                row(f"{name} | C = {c:g}, as it comes", scaling, min(usual), fit)
            if args.path:
                took, mine = scaling + peer_path(z, y, args.path), ours(folder, 1, args.path, args.raw)["path_seconds"]
                print(
                    f"| {name} | {len(args.path)} values of C, 5 folds | {took:.2f} s | {mine:.2f} s "
                    f"| {took / mine:.1f} |",
                    flush=True,
                )
    print("load:", *(f"{load:.1f}" for load in os.getloadavg()))


if __name__ == "__main__":
    main()
