"""Embeddings in scikit-learn's pipelines (pip install headstart[sklearn])."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin

import headstart
from headstart._options import StrPath


class HeadstartEmbedder(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Transforms images (paths, PIL images or arrays) into embeddings.

    It learns nothing: fit checks that an image can be embedded.
    """

    def __init__(self, backbone: StrPath | None = None, store: StrPath | None = None) -> None:
        self.backbone = backbone
        self.store = store

    def fit(self, X: Sequence[headstart.Image], y: object = None) -> HeadstartEmbedder:
        """Finds the number of values of an embedding, by the first image."""
        self._n_features_out = self.transform(X[:1]).shape[1]
        return self

    def transform(self, X: Sequence[headstart.Image]) -> NDArray[np.float32]:
        """Returns embeddings, float32 [images, dim]."""
        return headstart.embed(X, backbone=self.backbone, store=self.store)

    def get_feature_names_out(self, input_features: object = None) -> NDArray[np.object_]:
        """Returns the names headstartembedder0, headstartembedder1, …"""
        name = type(self).__name__.lower()
        return np.asarray([f"{name}{i}" for i in range(self._n_features_out)], dtype=object)

    def __sklearn_tags__(self) -> Any:
        """Says that rows are images and not numbers, and that nothing is learnt."""
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.requires_fit = False
        return tags
