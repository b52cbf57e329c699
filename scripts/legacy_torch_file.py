"""Reads PyTorch's file format of before 2020 without PyTorch.

Such a file is three pickles (magic number, protocol, system), the pickled
state dict, a pickled list of storage keys and then, for each key, an int64
count of elements and the elements themselves, little-endian.
"""

import pickle
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

MAGIC = 119547037146038801333356
PROTOCOL = 1001


def read_state_dict(path: Path) -> dict[str, np.ndarray]:
    """Returns the file's tensors by name, each in its own contiguous memory."""
    with path.open("rb") as file:
        if (_load(file), _load(file)) != (MAGIC, PROTOCOL):
            raise ValueError(f"{path} is not in PyTorch's old file format")
        _load(file)
        state = _StateDictUnpickler(file)
        tensors = state.load()
        for key in _load(file):
            storage = state.storages[key]
            (count,) = np.frombuffer(file.read(8), "<i8")
            if count != storage.size:
                raise ValueError(f"{path}: storage {key} has {count} elements, not {storage.size}")
            storage[:] = np.frombuffer(file.read(storage.nbytes), storage.dtype)
    return {name: tensor.copy(order="C") for name, tensor in tensors.items()}


def _load(file: Any) -> Any:
    """Unpickles one object that may hold nothing but plain data."""
    return _StateDictUnpickler(file).load()


class _StateDictUnpickler(pickle.Unpickler):
    """Unpickles tensors as views of storages whose elements follow later in the file."""

    def __init__(self, file: Any) -> None:
        super().__init__(file)
        self.storages: dict[str, np.ndarray] = {}

    def find_class(self, module: str, name: str) -> Any:
        """Resolves the four names a state dict needs, so that no other code can run."""
        known = {
            ("collections", "OrderedDict"): OrderedDict,
            ("torch._utils", "_rebuild_tensor_v2"): _view,
            ("torch", "FloatStorage"): np.dtype("<f4"),
            ("torch", "LongStorage"): np.dtype("<i8"),
        }
        if (module, name) not in known:
            raise pickle.UnpicklingError(f"{module}.{name} has no place in a state dict")
        return known[module, name]

    def persistent_load(self, pid: tuple) -> np.ndarray:
        """Returns the storage of pid, still without its elements."""
        _, dtype, key, _, size, _ = pid
        return self.storages.setdefault(key, np.zeros(size, dtype))


def _view(storage: np.ndarray, offset: int, shape: tuple, strides: tuple, *_: object) -> np.ndarray:
    """Views a storage as a tensor; weights ported from TensorFlow are not contiguous."""
    strides = tuple(stride * storage.itemsize for stride in strides)
    return as_strided(storage[offset:], shape, strides)
