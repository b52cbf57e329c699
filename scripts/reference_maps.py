"""Makes the class activation maps that the tests of extractor/backbone are checked against.

Writes small networks whose embedding is a mean over places, in every form that is
understood, and some that are refused; and maps.json: NETWORK -> the sum over the columns
k of the embedding of cos(k) times the map that column is the mean of, block by block, for
the first test image. It takes the map from ONNX Runtime as a further output, and checks
that its mean is the embedding. Real networks, given as FILE=VALUE, are described by the
value before the last pooling:

    python scripts/reference_maps.py extractor/backbone/testdata \\
        ~/.cache/headstart/backbones/efficientnet-lite0.onnx=_conv_head.relu6 \\
        ../shared/models/mobilenetv3-small-embed.onnx=hardswish_17 \\
        ../shared/models/resnet50-v2-7-stage3.onnx=features
"""

import argparse
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from make_test_models import SIDE, Network, nchw
from onnx import helper

MEAN, STD = [123.675, 116.28, 103.53], [58.395, 57.12, 57.375]


def blocks(n: Network) -> tuple[str, list[str]]:
    """Two blocks side by side, the finer one first."""
    fine = n.add("Relu", n.conv("image", 3, 8, stride=2))
    coarse = n.add("Relu", n.conv(fine, 8, 16, stride=2))
    rows = [n.add("Flatten", n.add("GlobalAveragePool", x)) for x in (fine, coarse)]
    return n.add("Concat", *rows, axis=1), [fine, coarse]


def last(n: Network) -> tuple[str, list[str]]:
    """Channels last, as TensorFlow."""
    x = n.add("Transpose", n.features("image"), perm=[0, 2, 3, 1])
    return n.add("ReduceMean", x, axes=[1, 2], keepdims=0), [x]


def windowed(n: Network) -> tuple[str, list[str]]:
    """An average over a window that is the whole map."""
    x = n.features("image")
    return n.add("Squeeze", n.add("AveragePool", x, kernel_shape=[8, 8]), n.constant([2, 3], np.int64)), [x]


def patches(n: Network) -> str:
    """Tokens, [N, 64, 16]."""
    x = n.conv("image", 3, 16, stride=4, kernel=4)
    return n.add("Transpose", n.add("Reshape", x, n.constant([0, 0, -1], np.int64)), perm=[0, 2, 1])


def tokens(n: Network) -> tuple[str, list[str]]:
    """The mean of a transformer's patches."""
    x = n.add("Relu", patches(n))
    return n.add("ReduceMean", x, axes=[1], keepdims=0), [x]


def all_tokens(n: Network) -> tuple[str, list[str]]:
    """The mean of a class token and 64 patches: no square."""
    x = n.add("Pad", patches(n), n.constant([0, 1, 0, 0, 0, 0], np.int64))
    return n.add("ReduceMean", x, axes=[1], keepdims=0), []


def class_token(n: Network) -> tuple[str, list[str]]:
    return n.add("Gather", patches(n), n.constant(0, np.int64), axis=1), []


def normed(n: Network) -> tuple[str, list[str]]:
    """A batch norm after the mean."""
    return n.add("Flatten", n.norm(n.add("GlobalAveragePool", n.features("image")), 16)), []


def weighted(n: Network) -> tuple[str, list[str]]:
    """An average over windows that are not the whole map."""
    x = n.add("AveragePool", n.features("image"), kernel_shape=[4, 4], strides=[4, 4])
    return n.add("Flatten", x), []


def shuffled(n: Network) -> tuple[str, list[str]]:
    """What follows the mean changes the order of its values."""
    x = n.add("Reshape", n.add("GlobalAveragePool", n.features("image")), n.constant([0, 4, 4], np.int64))
    return n.add("Flatten", n.add("Transpose", x, perm=[0, 2, 1])), []


def image(side: int, model: onnx.ModelProto) -> np.ndarray:
    """The first test image of extractor/backbone, preprocessed as the model records it."""
    recorded = {p.key: p.value for p in model.metadata_props}.get("headstart.preprocessing", "{}")
    mean, std = (json.loads(recorded).get(key, default) for key, default in (("mean", MEAN), ("std", STD)))
    c, y, x = np.meshgrid(np.arange(3), np.arange(side), np.arange(side), indexing="ij")
    level = (x * (y + 1) + 85 * c) % 256
    mean, std = np.array(mean)[:, None, None], np.array(std)[:, None, None]
    return ((level - mean) / std).astype(np.float32)[None]


def weighted_maps(model: onnx.ModelProto, values: list[str], embedding: str) -> list[list[float]]:
    """Returns for each value the sum over its channels, weighted."""
    for value in values:
        model.graph.output.append(helper.make_empty_tensor_value_info(value))
    session = onnxruntime.InferenceSession(model.SerializeToString())
    inputs = session.get_inputs()[0]
    side = inputs.shape[2] if isinstance(inputs.shape[2], int) else 224
    row, *maps = session.run([embedding, *values], {inputs.name: image(side, model)})
    row = row.reshape(-1).astype(np.float64)
    sums, first = [], 0
    for x in maps:
        x = x[0].astype(np.float64)
        channels_first = x.ndim == 3 and x.shape[1] == x.shape[2]  # and else last, of maps and tokens
        x = x.reshape(len(x), -1) if channels_first else x.reshape(-1, x.shape[-1]).T
        mean = x.mean(axis=1)
        np.testing.assert_allclose(mean, row[first:first + len(mean)], rtol=1e-4, atol=1e-5)
        sums.append((np.cos(np.arange(first, first + len(mean))) @ x).tolist())
        first += len(mean)
    assert first == len(row)
    return sums


def write(folder: Path, build: Callable[[Network], tuple[str, list[str]]]) -> list[list[float]] | None:
    """Writes a network. Returns its maps, None if it has none."""
    n = Network()
    n.random = np.random.default_rng(11)
    output, values = build(n)
    dim = 24 if build is blocks else 64 if build is weighted else 16
    model = n.model(output, ["N", dim], nchw())
    preprocessing = {"resize": SIDE, "crop": SIDE, "filter": "bilinear", "mean": MEAN, "std": STD, "layout": "NCHW", "type": "float32"}
    helper.set_model_props(model, {"headstart.preprocessing": json.dumps(preprocessing)})
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, folder / f"map_{build.__name__}.onnx")
    return weighted_maps(model, values, output) if values else None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("networks", nargs="*", metavar="FILE=VALUE")
    arguments = parser.parse_args()
    maps = {}
    for build in (blocks, last, windowed, tokens, all_tokens, class_token, normed, weighted, shuffled):
        found = write(arguments.folder, build)
        if found:
            maps[f"map_{build.__name__}"] = found
    for network in arguments.networks:
        path, _, value = network.rpartition("=")
        model = onnx.load(path)
        maps[Path(path).stem] = weighted_maps(model, [value], model.graph.output[0].name)
    rounded = {name: [[float(f"{v:.6g}") for v in block] for block in found] for name, found in maps.items()}
    (arguments.folder / "maps.json").write_text(json.dumps(rounded) + "\n")


if __name__ == "__main__":
    main()
