"""The transformer in scikit-learn."""

from pathlib import Path

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.utils import estimator_checks
from sklearn.utils.estimator_checks import check_estimator

from headstart.sklearn import HeadstartEmbedder


@pytest.mark.filterwarnings("ignore:Can't test estimator")
def test_check_estimator() -> None:
    done = check_estimator(HeadstartEmbedder(), on_fail="raise")
    assert {result["status"] for result in done} == {"passed"} and done


# check_estimator leaves these out too where rows are no numbers, though they feed none.
@pytest.mark.parametrize(
    "name",
    [
        "check_estimator_repr",
        "check_get_params_invariance",
        "check_mixin_order",
        "check_no_attributes_set_in_init",
        "check_parameters_default_constructible",
        "check_set_params",
        "check_valid_tag_types",
    ],
)
def test_checks_without_data(name: str) -> None:
    getattr(estimator_checks, name)("HeadstartEmbedder", HeadstartEmbedder())


def test_in_a_pipeline(colours: Path, store: Path) -> None:
    paths = sorted(colours.glob("*/*.ppm"))
    labels = [path.parent.name for path in paths]
    pipeline = make_pipeline(HeadstartEmbedder(store=store), LogisticRegression())
    assert cross_val_score(pipeline, paths, labels, cv=2).mean() > 0.9
    embedder = clone(pipeline[0]).set_output(transform="default").fit(paths)
    assert embedder.get_feature_names_out().shape == (embedder.transform(paths[:1]).shape[1],)
    assert np.isfinite(embedder.transform(np.asarray(paths, dtype=object))).all()
