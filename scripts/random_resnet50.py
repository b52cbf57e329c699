"""Writes a headless ResNet50 with random weights: no use, but the right cost.

The graph is that of ResNet50 v1.5 (stride in the 3×3 convolutions) after its
batch norms have been folded into the convolutions, as ONNX Runtime would do.
"""

import argparse
import json

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

STAGES = [(64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2)]  # width, blocks, first stride
PREPROCESSING = {
    "resize": 256, "crop": 224, "filter": "bilinear",
    "mean": [123.675, 116.28, 103.53], "std": [58.395, 57.12, 57.375],
    "layout": "NCHW", "type": "float32",
}


class Graph:
    """Nodes and weights under construction."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[onnx.TensorProto] = []
        self.random = np.random.default_rng(0)

    def add(self, kind: str, *inputs: str, **attributes: object) -> str:
        output = f"{kind.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [output], **attributes))
        return output

    def weight(self, values: np.ndarray) -> str:
        name = f"weight_{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(values.astype(np.float32), name))
        return name

    def conv(self, x: str, inputs: int, outputs: int, kernel: int, stride: int) -> str:
        scale = np.sqrt(1 / (inputs * kernel * kernel))
        weight = self.weight(self.random.normal(0, scale, (outputs, inputs, kernel, kernel)))
        bias = self.weight(self.random.normal(0, 0.01, outputs))
        return self.add("Conv", x, weight, bias, kernel_shape=[kernel] * 2, strides=[stride] * 2, pads=[kernel // 2] * 4)

    def bottleneck(self, x: str, inputs: int, width: int, stride: int) -> str:
        y = self.add("Relu", self.conv(x, inputs, width, 1, 1))
        y = self.add("Relu", self.conv(y, width, width, 3, stride))
        y = self.conv(y, width, 4 * width, 1, 1)
        if inputs != 4 * width or stride != 1:
            x = self.conv(x, inputs, 4 * width, 1, stride)
        return self.add("Relu", self.add("Add", x, y))


def resnet50() -> onnx.ModelProto:
    graph = Graph()
    x = graph.add("Relu", graph.conv("input", 3, 64, 7, 2))
    x = graph.add("MaxPool", x, kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1])
    channels = 64
    for width, blocks, stride in STAGES:
        for block in range(blocks):
            x = graph.bottleneck(x, channels, width, stride if block == 0 else 1)
            channels = 4 * width
    x = graph.add("GlobalAveragePool", x)
    graph.nodes.append(helper.make_node("Flatten", [x], ["embedding"]))
    images = helper.make_tensor_value_info("input", TensorProto.FLOAT, ["N", 3, 224, 224])
    embedding = helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["N", channels])
    model = helper.make_model(
        helper.make_graph(graph.nodes, "resnet50", [images], [embedding], graph.weights),
        opset_imports=[helper.make_opsetid("", 17)], ir_version=8,
    )
    helper.set_model_props(model, {"headstart.preprocessing": json.dumps(PREPROCESSING, separators=(",", ":"))})
    onnx.checker.check_model(model)
    return model


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("output", help="ONNX file to write")
    onnx.save(resnet50(), parser.parse_args().output)
