"""Makes the reference that head/internal/ood is tested against.

Mean cosine distances of random embeddings to their nearest references, which
have eight bits a number, by scikit-learn's NearestNeighbors.
"""

import argparse
import json
from pathlib import Path

import numpy as np
from sklearn.neighbors import NearestNeighbors

DIM, NEIGHBOURS = 6, 3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path, nargs="?", default=Path("head/internal/ood/testdata/neighbours.json"))
    path = parser.parse_args().file
    random = np.random.default_rng(0)
    references = random.integers(-127, 128, size=(12, DIM))
    scales = np.float32(1 / np.linalg.norm(references, axis=1))
    x = random.normal(size=(20, DIM)).astype(np.float32)
    search = NearestNeighbors(n_neighbors=NEIGHBOURS, metric="cosine").fit(references)
    distances, _ = search.kneighbors(x)
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
