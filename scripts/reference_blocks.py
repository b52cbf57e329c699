"""Makes the reference that the head's test of several blocks is checked against.

Rows of two blocks whose values are of different size are divided by the square root
of their block's mean variance, the first block times a weight, and scaled to
length 1; scikit-learn fits logistic regression to them. It prints one line of JSON,
for head/testdata/blocks/two_blocks.json. Run it in an environment with
requirements-peers.txt.
"""

import json

import numpy as np
from reference_head import draw
from sklearn.linear_model import LogisticRegression

WEIGHT, C, DIMS = 0.5, 0.3, [12, 8]


def main() -> None:
    x, y = draw(90, sum(DIMS), 3, 11)
    x[:, : DIMS[0]] *= 7
    z = x.astype(np.float64)
    first, last = z[:, : DIMS[0]], z[:, DIMS[0] :]
    scale = np.repeat([WEIGHT / np.sqrt(first.var(0).mean()), 1 / np.sqrt(last.var(0).mean())], DIMS)
    z = z * scale
    z /= np.linalg.norm(z, axis=1, keepdims=True)
    larger = 1 / z.var(0).mean()  # C is for values whose mean variance is 1
    model = LogisticRegression(C=C * larger, solver="newton-cholesky", tol=1e-12, max_iter=1000).fit(z, y)
    print(json.dumps({
        "dims": DIMS, "weight": WEIGHT, "C": C,
        "x": [float(str(v)) for v in x.ravel()], "y": y.tolist(),
        "scale": scale.tolist(), "proba": model.predict_proba(z).round(9).tolist(),
    }))


if __name__ == "__main__":
    main()
