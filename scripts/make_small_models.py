"""Writes the smallest models that tests run: a backbone of a few kilobytes, and
models that loop or fail.

testdata/tiny-backbone.onnx takes images of 32x32 pixels and gives 24 values: a
random projection, with ReLU, of the mean colours of a 4x4 grid. It tells
classes apart by colour, in well under a millisecond. grid-backbone.onnx gives 192,
the mean colours of an 8x8 grid, enough to learn dozens of images by heart. hidden.onnx has external
weights where they are easily overlooked, and endless.onnx does not end. The
models of internal/ort/testdata take and give one float. The same versions of
onnx and numpy write the same bytes.
"""

import json
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

ROOT = Path(__file__).resolve().parent.parent
SIDE, GRID, DIM = 32, 4, 24
PREPROCESSING = {
    "resize": 36, "crop": SIDE, "filter": "bilinear",
    "mean": [127.5, 127.5, 127.5], "std": [127.5, 127.5, 127.5],
    "layout": "NCHW", "type": "float32",
}
RED = "\x1b[31mred"  # what a terminal would turn red from here on


def model(name: str, nodes: list, constants: dict, given: tuple, made: tuple) -> onnx.ModelProto:
    """given and made are name and shape of the input and the output."""
    graph = helper.make_graph(
        nodes, name,
        [helper.make_tensor_value_info(given[0], TensorProto.FLOAT, given[1])],
        [helper.make_tensor_value_info(made[0], TensorProto.FLOAT, made[1])],
        [numpy_helper.from_array(values, key) for key, values in constants.items()],
    )
    return helper.make_model(
        graph, producer_name="make_small_models.py", ir_version=8, opset_imports=[helper.make_opsetid("", 17)]
    )


def tiny_backbone() -> onnx.ModelProto:
    colours = 3 * GRID * GRID
    random = np.random.default_rng(1)
    constants = {
        "weight": random.normal(0, np.sqrt(2 / colours), (colours, DIM)).astype(np.float32),
        "bias": random.uniform(0, 0.2, DIM).astype(np.float32),
    }
    size = [SIDE // GRID] * 2
    made = model("tiny-backbone", [
        helper.make_node("AveragePool", ["image"], ["grid"], kernel_shape=size, strides=size),
        helper.make_node("Flatten", ["grid"], ["colours"]),
        helper.make_node("Gemm", ["colours", "weight", "bias"], ["projection"]),
        helper.make_node("Relu", ["projection"], ["embedding"]),
    ], constants, ("image", ["N", 3, SIDE, SIDE]), ("embedding", ["N", DIM]))
    helper.set_model_props(made, {
        "headstart.preprocessing": json.dumps(PREPROCESSING, separators=(",", ":")),
        "headstart.source": "scripts/make_small_models.py",
    })
    return made


def grid_backbone() -> onnx.ModelProto:
    made = model("grid-backbone", [
        helper.make_node("AveragePool", ["image"], ["grid"], kernel_shape=[4, 4], strides=[4, 4]),
        helper.make_node("Flatten", ["grid"], ["embedding"]),
    ], {}, ("image", ["N", 3, SIDE, SIDE]), ("embedding", ["N", 3 * (SIDE // 4) ** 2]))
    helper.set_model_props(made, {
        "headstart.preprocessing": json.dumps(PREPROCESSING, separators=(",", ":")),
        "headstart.source": "scripts/make_small_models.py",
    })
    return made


def hidden() -> onnx.ModelProto:
    """Weighs mean colours by a Constant node whose values are in external.bin."""
    tensor = TensorProto(data_type=TensorProto.FLOAT, dims=[3], data_location=TensorProto.EXTERNAL)
    tensor.external_data.add(key="location", value="external.bin")
    made = model("hidden", [
        helper.make_node("Constant", [], ["weight"], value=tensor),
        helper.make_node("GlobalAveragePool", ["image"], ["mean"]),
        helper.make_node("Flatten", ["mean"], ["colours"]),
        helper.make_node("Mul", ["colours", "weight"], ["embedding"]),
    ], {}, ("image", ["N", 3, SIDE, SIDE]), ("embedding", ["N", 3]))
    helper.set_model_props(made, {"headstart.preprocessing": json.dumps(PREPROCESSING)})
    return made


def body(shape: list) -> onnx.GraphProto:
    """What a Loop does each round: it adds one, and goes on."""
    return helper.make_graph(
        [
            helper.make_node("Add", ["count", "one"], ["next"]),
            helper.make_node("Identity", ["more"], ["still"]),
        ],
        "body",
        [
            helper.make_tensor_value_info("round", TensorProto.INT64, []),
            helper.make_tensor_value_info("more", TensorProto.BOOL, []),
            helper.make_tensor_value_info("count", TensorProto.FLOAT, shape),
        ],
        [
            helper.make_tensor_value_info("still", TensorProto.BOOL, []),
            helper.make_tensor_value_info("next", TensorProto.FLOAT, shape),
        ],
    )


def endless() -> onnx.ModelProto:
    """A backbone that counts up from the mean colours for years."""
    constants = {"one": np.ones((1, 1), np.float32), "rounds": np.array(2**62, np.int64), "yes": np.array(True)}
    made = model("endless", [
        helper.make_node("GlobalAveragePool", ["image"], ["mean"]),
        helper.make_node("Flatten", ["mean"], ["colours"]),
        helper.make_node("Loop", ["rounds", "yes", "colours"], ["embedding"], body=body(["N", 3])),
    ], constants, ("image", ["N", 3, SIDE, SIDE]), ("embedding", ["N", 3]))
    helper.set_model_props(made, {"headstart.preprocessing": json.dumps(PREPROCESSING)})
    return made


def loop() -> onnx.ModelProto:
    """Counts up to its input, in as many rounds."""
    constants = {
        "one": np.ones((1, 1), np.float32), "zero": np.zeros((1, 1), np.float32),
        "scalar": np.zeros(0, np.int64), "yes": np.array(True),
    }
    return model("loop", [
        helper.make_node("Reshape", ["in", "scalar"], ["single"]),
        helper.make_node("Cast", ["single"], ["rounds"], to=TensorProto.INT64),
        helper.make_node("Loop", ["rounds", "yes", "zero"], ["out"], body=body([1, 1])),
    ], constants, ("in", ["N", 1]), ("out", ["N", 1]))


def fails_loading() -> onnx.ModelProto:
    constants = {"weight": np.ones((2, 1), np.float32)}
    return model("fails", [helper.make_node("MatMul", ["in", "weight"], ["out"], RED)], constants, ("in", ["N", 1]), ("out", ["N", 1]))


def fails_running() -> onnx.ModelProto:
    constants = {"shape": np.array([7, 1], np.int64)}
    nodes = [
        helper.make_node("Reshape", ["in", "shape"], ["seven"], RED),
        helper.make_node("ReduceMean", ["seven"], ["out"], axes=[0]),
    ]
    return model("fails", nodes, constants, ("in", ["N", 1]), ("out", ["N", 1]))


def main() -> None:
    for path, made in {
        "testdata/tiny-backbone": tiny_backbone(),
        "testdata/grid-backbone": grid_backbone(),
        "extractor/backbone/testdata/hidden": hidden(),
        "extractor/testdata/endless": endless(),
        "internal/ort/testdata/loop": loop(),
        "internal/ort/testdata/fails_loading": fails_loading(),
        "internal/ort/testdata/fails_running": fails_running(),
    }.items():
        file = ROOT / f"{path}.onnx"
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(made.SerializeToString(deterministic=True))


if __name__ == "__main__":
    main()
