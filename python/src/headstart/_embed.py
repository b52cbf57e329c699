"""Embeddings of images."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from headstart._errors import UnreadableImagesError
from headstart._images import Image
from headstart._options import StrPath, common
from headstart._worker import worker


def embed(images: Sequence[Image], *, backbone: StrPath | None = None, store: StrPath | None = None) -> NDArray[np.float32]:
    """Returns the embeddings of images, float32 [images, dim], in their order.

    New ones are kept in the store. Where images cannot be read, raises an
    UnreadableImagesError, which has the rows of the others.
    """
    if not isinstance(images, Sequence) and not isinstance(images, np.ndarray) or isinstance(images, str):
        raise TypeError("embed takes a sequence of images: [image] for one")
    if len(images) == 0:
        raise ValueError("embed needs at least one image")
    blocks: list[NDArray[np.float32]] = []
    errors: dict[int, str] = {}
    position = 0
    for answer in worker(common(backbone, store)).answers(images):
        for reason in answer.column("error").to_pylist():
            if reason is not None:
                errors[position] = reason
            position += 1
        blocks.append(rows_of(answer.column("embedding")))
    embeddings = np.concatenate(blocks)
    if errors:
        raise UnreadableImagesError(errors, embeddings)
    return embeddings


def rows_of(column: Any) -> NDArray[np.float32]:
    """Returns a column of lists as a matrix; rows without a list are NaN."""
    flat = column.values.to_numpy().reshape(len(column), column.type.list_size).copy()
    flat[~column.is_valid().to_numpy(zero_copy_only=False)] = np.nan
    rows: NDArray[np.float32] = flat
    return rows
