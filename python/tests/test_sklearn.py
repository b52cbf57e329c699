"""The transformer in scikit-learn."""

from pathlib import Path

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import check_estimator

from headstart.sklearn import HeadstartEmbedder


@pytest.mark.filterwarnings("ignore:Can't test estimator")
def test_check_estimator() -> None:
    done = check_estimator(HeadstartEmbedder(), on_fail="raise")
    assert {result["status"] for result in done} == {"passed"} and done


def test_in_a_pipeline(colours: Path, store: Path) -> None:
    paths = sorted(colours.glob("*/*.ppm"))
    labels = [path.parent.name for path in paths]
    pipeline = make_pipeline(HeadstartEmbedder(store=store), LogisticRegression())
    assert cross_val_score(pipeline, paths, labels, cv=2).mean() > 0.9
    embedder = clone(pipeline[0]).set_output(transform="default").fit(paths)
    assert embedder.get_feature_names_out().shape == (embedder.transform(paths[:1]).shape[1],)
    assert np.isfinite(embedder.transform(np.asarray(paths, dtype=object))).all()
