"""Turns photos into embeddings and classes: a thin layer over the program headstart.

Names are imported when they are first used, so that the command starts at once.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from headstart._classify import Classifier, Prediction
    from headstart._embed import embed
    from headstart._errors import HeadstartError, UnreadableImagesError
    from headstart._images import Image
    from headstart._store import Store
    from headstart._train import Report, train

__all__ = [
    "Classifier",
    "HeadstartError",
    "Image",
    "Prediction",
    "Report",
    "Store",
    "UnreadableImagesError",
    "embed",
    "train",
]

_MODULES = {
    "Classifier": "_classify",
    "HeadstartError": "_errors",
    "Image": "_images",
    "Prediction": "_classify",
    "Report": "_train",
    "Store": "_store",
    "UnreadableImagesError": "_errors",
    "embed": "_embed",
    "train": "_train",
}


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"headstart.{_MODULES[name]}"), name)
