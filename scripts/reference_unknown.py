#!/usr/bin/env python3
"""Writes head/internal/unknown/testdata/neighbours.json.

Mean cosine distances of random embeddings to their nearest references, which
have eight bits a number, by scikit-learn's NearestNeighbors.
"""

import json
from pathlib import Path

import numpy as np
from sklearn.neighbors import NearestNeighbors

DIM, NEIGHBOURS = 6, 3


def main() -> None:
    random = np.random.default_rng(0)
    references = random.integers(-127, 128, size=(12, DIM))
    scales = np.float32(1 / np.linalg.norm(references, axis=1))
    x = random.normal(size=(20, DIM)).astype(np.float32)
    search = NearestNeighbors(n_neighbors=NEIGHBOURS, metric="cosine").fit(references)
    distances, _ = search.kneighbors(x)
    path = Path(__file__).parent.parent / "head/internal/unknown/testdata/neighbours.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps({
        "dim": DIM,
        "neighbours": NEIGHBOURS,
        "references": references.ravel().tolist(),
        "scales": scales.tolist(),
        "x": x.tolist(),
        "scores": distances.mean(axis=1).tolist(),
    }) + "\n")


if __name__ == "__main__":
    main()
