"""Writes the small networks that the tests of `backbones add` cut, and their features.

Each takes one image of 32x32 pixels and has random weights. The expected
features come from ONNX's reference implementation, in features.json: NETWORK ->
the values for the first of the two test images.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

SIDE = 32


class Network:
    """Nodes and weights under construction. Methods return the name of their output."""

    def __init__(self, dtype: type = np.float32) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[onnx.TensorProto] = []
        self.random = np.random.default_rng(7)
        self.dtype = dtype

    def add(self, operator: str, *inputs: str, domain: str = "", **attributes: object) -> str:
        output = f"{operator.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, inputs, [output], domain=domain, **attributes))
        return output

    def constant(self, values: object, dtype: type | None = None) -> str:
        name = f"weight_{len(self.weights)}"
        array = np.asarray(values, dtype or self.dtype)
        self.weights.append(numpy_helper.from_array(array, name))
        return name

    def normal(self, *shape: int) -> str:
        return self.constant(self.random.normal(0, np.sqrt(2 / np.prod(shape[1:])), shape))

    def conv(self, x: str, channels_in: int, channels: int, stride: int = 1, kernel: int = 3) -> str:
        weight = self.normal(channels, channels_in, kernel, kernel)
        return self.add("Conv", x, weight, kernel_shape=[kernel] * 2, strides=[stride] * 2, pads=[kernel // 2] * 4)

    def norm(self, x: str, channels: int, **attributes: object) -> str:
        parts = [self.random.uniform(low, high, channels) for low, high in ((0.5, 1.5), (-0.1, 0.1), (-0.1, 0.1), (0.5, 1))]
        return self.add("BatchNormalization", x, *map(self.constant, parts), epsilon=1e-5, **attributes)

    def features(self, x: str) -> str:
        """Adds two convolutions down to [N, 16, 8, 8]."""
        x = self.add("Relu", self.norm(self.conv(x, 3, 8, stride=2), 8))
        return self.add("Relu", self.conv(x, 8, 16, stride=2))

    def gemm(self, x: str, values: int, classes: int) -> str:
        bias = self.constant(self.random.normal(0, 0.1, classes))
        return self.add("Gemm", x, self.normal(classes, values), bias, transB=1)

    def model(self, output: str, shape: list, image: list, elements: int = TensorProto.FLOAT, opset: int = 17,
              ir: int = 8, name: str = "image", domains: tuple[str, ...] = (), outputs: list | None = None) -> onnx.ModelProto:
        kind = helper.np_dtype_to_tensor_dtype(np.dtype(self.dtype))
        graph = helper.make_graph(
            self.nodes, "network", [helper.make_tensor_value_info(name, elements, image)],
            outputs or [helper.make_tensor_value_info(output, kind, shape)], self.weights,
        )
        imports = [helper.make_opsetid("", opset)] + [helper.make_opsetid(domain, 1) for domain in domains]
        return helper.make_model(graph, opset_imports=imports, ir_version=ir, producer_name="make_test_models.py")


def nchw(batch: int | str = "N") -> list:
    return [batch, 3, SIDE, SIDE]


def plain() -> tuple[onnx.ModelProto, str]:
    n = Network()
    pooled = n.add("GlobalAveragePool", n.features("image"))
    scores = n.gemm(n.add("Flatten", pooled), 16, 10)
    return n.model(n.add("Softmax", scores), ["N", 10], nchw()), pooled


def old() -> tuple[onnx.ModelProto, str]:
    """As MXNet exported: opset 7, weights among the inputs, a batch of 1."""
    n = Network()
    x = n.add("Relu", n.norm(n.conv("image", 3, 8, stride=2), 8, spatial=1))
    pooled = n.add("GlobalAveragePool", n.add("Relu", n.conv(x, 8, 16, stride=2)))
    scores = n.gemm(n.add("Dropout", n.add("Flatten", pooled), ratio=0.5), 16, 10)
    model = n.model(scores, [1, 10], nchw(1), opset=7, ir=3)
    for weight in model.graph.initializer:
        model.graph.input.append(helper.make_tensor_value_info(weight.name, weight.data_type, weight.dims))
    return model, pooled


def uint8() -> tuple[onnx.ModelProto, str]:
    """As tf2onnx exports: NHWC bytes, one image, shapes in Constant nodes."""
    n = Network()
    shape = n.add("Constant", value_ints=[1, 16])
    x = n.add("Transpose", n.add("Cast", "image", to=TensorProto.FLOAT), perm=[0, 3, 1, 2])
    x = n.add("Div", n.add("Sub", x, n.constant(127.5)), n.constant(127.5))
    pooled = n.add("ReduceMean", n.features(x), axes=[2, 3], keepdims=1)
    scores = n.add("MatMul", n.add("Reshape", pooled, shape), n.normal(16, 10))
    return n.model(n.add("Softmax", scores), [1, 10], [1, SIDE, SIDE, 3], TensorProto.UINT8, opset=13), pooled


def half() -> tuple[onnx.ModelProto, str]:
    n = Network(np.float16)
    pooled = n.add("GlobalAveragePool", n.features("image"))
    scores = n.gemm(n.add("Flatten", pooled), 16, 10)
    return n.model(scores, ["N", 10], nchw(), TensorProto.FLOAT16), pooled


def excited() -> tuple[onnx.ModelProto, str]:
    """Has a squeeze-and-excitation, whose pooled values are not the features."""
    n = Network()
    x = n.features("image")
    squeezed = n.conv(n.add("GlobalAveragePool", x), 16, 16, kernel=1)
    x = n.add("Mul", n.add("Sigmoid", squeezed), x)
    pooled = n.add("ReduceMean", x, axes=[2, 3], keepdims=0)
    hidden = n.add("Relu", n.gemm(pooled, 16, 24))
    return n.model(n.gemm(hidden, 24, 10), ["N", 10], nchw()), pooled


def unpooled() -> tuple[onnx.ModelProto, str]:
    """As VGG: the map is flattened, and two layers follow."""
    n = Network()
    x = n.add("MaxPool", n.features("image"), kernel_shape=[2, 2], strides=[2, 2])
    hidden = n.add("Relu", n.gemm(n.add("Flatten", x), 256, 24))
    return n.model(n.gemm(hidden, 24, 10), ["N", 10], nchw()), hidden


def convolved() -> tuple[onnx.ModelProto, str]:
    """As MobileNetV2: the classifier is a convolution of one pixel; one image."""
    n = Network()
    pooled = n.add("GlobalAveragePool", n.features("image"))
    scores = n.add("Reshape", n.conv(pooled, 16, 10, kernel=1), n.constant([1, -1], np.int64))
    return n.model(scores, [1, 10], nchw(1)), pooled


def single() -> tuple[onnx.ModelProto, str]:
    """As some transformers, joins a constant to the image, so takes no two."""
    n = Network()
    flat = n.add("Flatten", n.add("GlobalAveragePool", n.features("image")))
    joined = n.add("Concat", flat, n.normal(1, 4), axis=1)
    return n.model(n.gemm(joined, 20, 10), ["N", 10], nchw()), ""


def headless() -> tuple[onnx.ModelProto, str]:
    n = Network()
    pooled = n.add("GlobalAveragePool", n.features("image"))
    return n.model(pooled, ["N", 16, 1, 1], nchw()), pooled


def quantised() -> tuple[onnx.ModelProto, str]:
    """Whole numbers from the first convolution to the pooled features."""
    n = Network()
    scale, zero = n.constant(1 / 127.5), n.constant(128, np.uint8)
    weight = n.constant(n.random.integers(-127, 127, (16, 3, 3, 3)), np.int8)
    weight_scale, weight_zero = n.constant(0.005), n.constant(0, np.int8)
    out_scale, out_zero = n.constant(0.05), n.constant(20, np.uint8)
    x = n.add("QuantizeLinear", "image", scale, zero)
    x = n.add("QLinearConv", x, scale, zero, weight, weight_scale, weight_zero, out_scale, out_zero, strides=[2, 2])
    pooled = n.add("QLinearGlobalAveragePool", x, out_scale, out_zero, out_scale, out_zero, domain="com.microsoft")
    matrix = n.constant(n.random.integers(-127, 127, (16, 10)), np.int8)
    flat = n.add("Flatten", pooled)
    scores = n.add("QLinearMatMul", flat, out_scale, out_zero, matrix, weight_scale, weight_zero, out_scale, out_zero)
    scores = n.add("DequantizeLinear", scores, out_scale, out_zero)
    return n.model(scores, ["N", 10], nchw(), domains=("com.microsoft",)), ""


def tokens(n: Network) -> str:
    """Adds 16 tokens of 16 values, normalised, as transformers end."""
    x = n.add("AveragePool", "image", kernel_shape=[8, 8], strides=[8, 8])
    x = n.add("Reshape", n.conv(x, 3, 16, kernel=1), n.constant([0, 16, -1], np.int64))
    x = n.add("Transpose", x, perm=[0, 2, 1])
    return n.add("LayerNormalization", x, n.constant(n.random.uniform(0.5, 1.5, 16)), n.constant(n.random.uniform(-0.1, 0.1, 16)))


def token(n: Network, x: str, number: int) -> str:
    return n.add("Gather", x, n.constant(number, np.int64), axis=1)


def dynamic() -> tuple[onnx.ModelProto, str]:
    """As a transformer after onnxruntime's dynamic quantisation."""
    n = Network()
    row = token(n, tokens(n), 0)
    name = n.add("DynamicQuantizeLinear", row)
    n.nodes[-1].output.extend([f"{name}_scale", f"{name}_zero"])
    matrix, zero, scale = n.constant(n.random.integers(-127, 127, (16, 10)), np.int8), n.constant(0, np.int8), n.constant(0.01)
    scales = n.add("Mul", f"{name}_scale", scale)
    x = n.add("Cast", n.add("MatMulInteger", name, matrix, f"{name}_zero", zero), to=TensorProto.FLOAT)
    scores = n.add("Add", n.add("Mul", x, scales), n.constant(n.random.normal(0, 0.1, 10)))
    return n.model(scores, ["N", 10], nchw()), row


def distilled() -> tuple[onnx.ModelProto, list[str]]:
    """As distilled DeiT: the scores of two tokens, averaged."""
    n = Network()
    x = tokens(n)
    rows = [token(n, x, 0), token(n, x, 1)]
    scores = n.add("Div", n.add("Add", *(n.gemm(row, 16, 10) for row in rows)), n.constant(2))
    return n.model(scores, ["N", 10], nchw()), rows


def function() -> tuple[onnx.ModelProto, str]:
    """As PyTorch exports modules as functions: the classifier is inside of one, which calls another."""
    n = Network()
    row = token(n, tokens(n), 0)
    scores = n.add("Head", row, n.normal(10, 16), n.constant(n.random.normal(0, 0.1, 10)), domain="modules", transposed=1)
    model = n.model(scores, ["N", 10], nchw(), domains=("modules",))
    imports = [helper.make_opsetid("", 17), helper.make_opsetid("modules", 1)]
    dropout = helper.make_node("Dropout", ["x"], ["kept"])
    linear = helper.make_node("Linear", ["kept", "w", "b"], ["y"], domain="modules")
    linear.attribute.add(name="transposed", ref_attr_name="transposed", type=onnx.AttributeProto.INT)
    gemm = helper.make_node("Gemm", ["a", "b", "c"], ["d"])
    gemm.attribute.add(name="transB", ref_attr_name="transposed", type=onnx.AttributeProto.INT)
    model.functions.append(helper.make_function("modules", "Linear", ["a", "b", "c"], ["d"], [gemm], imports, ["transposed"]))
    model.functions.append(helper.make_function("modules", "Head", ["x", "w", "b"], ["y"], [dropout, linear], imports, ["transposed"]))
    return model, row


def opaque() -> tuple[onnx.ModelProto, str]:
    """The classifier is inside of a function for another version of operators."""
    n = Network()
    scores = n.add("Head", n.features("image"), n.normal(10, 16), domain="modules")
    model = n.model(scores, ["N", 10], nchw(), domains=("modules",))
    nodes = [helper.make_node("GlobalAveragePool", ["x"], ["p"]), helper.make_node("Flatten", ["p"], ["f"]), helper.make_node("Gemm", ["f", "w"], ["y"], transB=1)]
    model.functions.append(helper.make_function("modules", "Head", ["x", "w"], ["y"], nodes, [helper.make_opsetid("", 16)]))
    return model, ""


def ranked() -> tuple[onnx.ModelProto, str]:
    """Gives the five largest probabilities, and of which classes they are."""
    n = Network()
    flat = n.add("Flatten", n.add("GlobalAveragePool", n.add("Relu", n.conv(n.conv("image", 3, 8, stride=4), 8, 16))))
    n.add("TopK", n.add("Softmax", n.gemm(flat, 16, 10)), n.constant([5], np.int64))
    n.nodes[-1].output.append("classes")
    shapes = [(n.nodes[-1].output[0], TensorProto.FLOAT), ("classes", TensorProto.INT64)]
    return n.model("", [], nchw(), outputs=[helper.make_tensor_value_info(name, kind, ["N", 5]) for name, kind in shapes]), flat


def squeezed() -> tuple[onnx.ModelProto, str]:
    """As SqueezeNet: a convolution gives each position scores, which are averaged."""
    n = Network()
    x = n.features("image")
    scores = n.add("GlobalAveragePool", n.add("Relu", n.conv(n.add("Dropout", x), 16, 6, kernel=1)))
    return n.model(n.add("Flatten", scores), ["N", 6], nchw()), x


def attended() -> tuple[onnx.ModelProto, str]:
    """As SigLIP without a classifier: an attention gathers the tokens, and a block with a way around it follows."""
    n = Network()
    x = tokens(n)
    keys = n.add("Transpose", n.add("MatMul", x, n.normal(16, 16)), perm=[0, 2, 1])
    weights = n.add("Softmax", n.add("MatMul", n.normal(1, 1, 16), keys), axis=-1)
    x = n.add("MatMul", n.add("MatMul", weights, n.add("MatMul", x, n.normal(16, 16))), n.normal(16, 16))
    x = n.add("Add", x, n.constant(n.random.normal(0, 0.1, 16)))
    norm = n.add("LayerNormalization", x, n.constant(np.ones(16)), n.constant(np.zeros(16)))
    hidden = n.add("Relu", n.add("MatMul", norm, n.normal(16, 32)))
    row = token(n, n.add("Add", x, n.add("MatMul", hidden, n.normal(32, 16))), 0)
    return n.model(row, ["N", 16], nchw()), row


def outputs() -> tuple[onnx.ModelProto, str]:
    """As encoders of Hugging Face: all tokens come first."""
    n = Network()
    x = tokens(n)
    row = n.add("Tanh", n.gemm(token(n, x, 0), 16, 16))
    n.nodes[-1].output[0] = "pooler_output"
    shapes = {x: ["N", 16, 16], "pooler_output": ["N", 16]}
    values = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in shapes.items()]
    return n.model(row, [], nchw(), outputs=values), "pooler_output"


def projected() -> tuple[onnx.ModelProto, str]:
    """Ends with a product that may be a projection or a classifier."""
    n = Network()
    scores = n.add("MatMul", token(n, tokens(n), 0), n.normal(16, 64))
    return n.model(scores, ["N", 64], nchw()), ""


def training(mode: int = 1) -> tuple[onnx.ModelProto, str]:
    """As PyTorch exports for training: batch norms and dropouts are not frozen."""
    n = Network()
    x = n.norm(n.conv("image", 3, 8, stride=4), 8, training_mode=mode)
    if mode:
        n.nodes[-1].output.extend(["running_mean", "running_var"])
    pooled = n.add("GlobalAveragePool", n.add("Relu", x))
    flat = n.add("Flatten", pooled)
    dropped = n.add("Dropout", flat, n.constant(0.5), n.constant(bool(mode), np.bool_))
    scores = n.gemm(dropped, 8, 10)
    outputs = [helper.make_tensor_value_info(scores, TensorProto.FLOAT, ["N", 10])]
    if mode:
        outputs.append(helper.make_tensor_value_info("running_mean", TensorProto.FLOAT, [8]))
    return n.model(scores, ["N", 10], nchw(), outputs=outputs), flat


def sequence() -> onnx.ModelProto:
    n = Network()
    scores = n.gemm(n.add("Flatten", n.add("GlobalAveragePool", n.features("image"))), 16, 10)
    output = n.add("SequenceConstruct", scores)
    return n.model(output, [], nchw(), outputs=[helper.make_tensor_sequence_value_info(output, TensorProto.FLOAT, None)])


def custom() -> onnx.ModelProto:
    n = Network()
    x = n.add("Swirl", n.features("image"), domain="my.operators")
    scores = n.gemm(n.add("Flatten", n.add("GlobalAveragePool", x)), 16, 10)
    return n.model(scores, ["N", 10], nchw(), domains=("my.operators",))


def text() -> onnx.ModelProto:
    n = Network()
    x = n.add("ReduceMean", n.add("Gather", n.normal(50, 16), "tokens"), axes=[1], keepdims=0)
    return n.model(n.gemm(x, 16, 10), ["N", 10], ["N", 12], TensorProto.INT64, name="tokens")


def image(kind: str) -> np.ndarray:
    """Returns the first test image, as `backbones add` makes it."""
    channel, y, x = np.mgrid[:3, :SIDE, :SIDE]
    levels = (x * (y + 1) + 85 * channel) % 256
    if kind == "uint8":
        return levels.transpose(1, 2, 0)[None].astype(np.uint8)
    values = (levels.astype(np.float32) - np.float32(127.5)) / np.float32(127.5)
    return values[None].astype(np.float16 if kind == "half" else np.float32)


def features(kind: str, model: onnx.ModelProto, pooled: str | list[str]) -> list[float]:
    if isinstance(pooled, list):
        rows = [features(kind, model, name) for name in pooled]
        return [float(f"{v:.6g}") for v in np.mean(rows, axis=0)]
    tapped = onnx.ModelProto.FromString(model.SerializeToString())
    tapped.graph.output.append(helper.make_empty_tensor_value_info(pooled))
    weights = {weight.name for weight in model.graph.initializer}
    kept = [value for value in tapped.graph.input if value.name not in weights]
    del tapped.graph.input[:]
    tapped.graph.input.extend(kept)
    made = [pooled in node.output for node in tapped.graph.node].index(True)
    del tapped.graph.node[made + 1 :]
    del tapped.graph.output[:-1]
    # The reference takes a batch norm before opset 14 for one in training. What
    # is left here of older networks means the same in 15.
    tapped.opset_import[0].version = max(15, tapped.opset_import[0].version)
    for node in tapped.graph.node:
        for attribute in [a for a in node.attribute if a.name == "spatial"]:
            node.attribute.remove(attribute)
    (value,) = ReferenceEvaluator(tapped).run([pooled], {"image": image(kind)})
    if kind == "squeezed":
        value = value.mean((2, 3))
    return [float(f"{v:.6g}") for v in value.ravel()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    expected = {}
    for make in (plain, old, uint8, half, excited, unpooled, convolved, single, headless, quantised,
                 dynamic, distilled, function, squeezed, attended, outputs, projected, training, opaque, ranked):
        model, pooled = make()
        onnx.save(model, folder / f"{make.__name__}.onnx")
        if make is training:
            model, pooled = training(mode=0)
        if pooled:
            expected[make.__name__] = features(make.__name__, model, pooled)
    for make in (sequence, custom, text):
        onnx.save(make(), folder / f"{make.__name__}.onnx")
    model, pooled = plain()
    expected["external"] = features("external", model, pooled)
    (folder / "external.bin").unlink(missing_ok=True)  # onnx appends to what is there
    onnx.save(model, folder / "external.onnx", save_as_external_data=True, location="external.bin", size_threshold=0)
    lines = ",\n".join(f"  {json.dumps(name)}: {json.dumps(values)}" for name, values in expected.items())
    (folder / "features.json").write_text("{\n" + lines + "\n}\n")


if __name__ == "__main__":
    main()
