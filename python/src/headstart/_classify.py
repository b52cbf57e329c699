"""Classes of images."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass

from headstart._images import Image
from headstart._options import StrPath, common
from headstart._worker import worker


@dataclass(frozen=True)
class Prediction:
    """What a head makes of one image; of an unreadable one there is only `error`."""

    class_name: str | None
    probability: float | None
    probabilities: dict[str, float]
    unknown: float | None  # unknown score, 0 to 2
    is_unknown: bool | None
    error: str | None


class Classifier:
    """A head that `headstart train-head` or `train` wrote, with its backbone."""

    def __init__(self, path: StrPath, *, backbone: StrPath | None = None, store: StrPath | None = None) -> None:
        self.path = os.path.abspath(path)
        self._options = ["--head", self.path, *common(backbone, store)]

    def predict(self, images: Sequence[Image]) -> list[Prediction]:
        """Returns a prediction for each image, in their order."""
        predictions = []
        for answer in worker(self._options).answers(images):
            metadata = answer.schema.field("probabilities").metadata
            classes = json.loads(metadata[b"classes"])
            for row in answer.to_pylist():
                predictions.append(
                    Prediction(
                        row["class"],
                        row["probability"],
                        dict(zip(classes, row["probabilities"] or (), strict=row["error"] is None)),
                        row["unknown"],
                        row["is_unknown"],
                        row["error"],
                    )
                )
        return predictions
