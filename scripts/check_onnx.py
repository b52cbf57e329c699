"""Checks ONNX files as strictly as ONNX's own tools can: check_onnx.py FILE...

Each must pass the checker with full_check and strict shape inference, record the
type and shape of every output, have an IR version no newer than its opset needs,
no newer opset than OPSET, and run in ONNX Runtime, which must give what is
recorded.
"""

import argparse

import numpy as np
import onnx
import onnxruntime
from onnx import helper, shape_inference

# The IR version that came with each opset, for those without one of their own.
IR_OF = {opset: max(ir, 4) for _, ir, opset, *_ in reversed(helper.VERSION_TABLE)}


def shape(value: onnx.ValueInfoProto) -> list:
    tensor = value.type.tensor_type
    assert tensor.elem_type and tensor.HasField("shape"), f"{value.name} has no type or no shape"
    return [dim.dim_value or dim.dim_param for dim in tensor.shape.dim]


def check(path: str, opset: int) -> str:
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    shape_inference.infer_shapes(model, check_type=True, strict_mode=True, data_prop=True)
    version = next(i.version for i in model.opset_import if i.domain in ("", "ai.onnx"))
    assert version <= opset, f"opset {version}"
    assert model.ir_version <= IR_OF[version], f"IR version {model.ir_version} for opset {version}"
    declared = {output.name: shape(output) for output in model.graph.output}
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    (given,) = session.get_inputs()
    batches = [1, 3] if isinstance(given.shape[0], str) else [given.shape[0]]
    for batch in batches:
        dtype = {"tensor(float)": np.float32, "tensor(uint8)": np.uint8}[given.type]
        size = [60 + 13 * i if isinstance(dim, str) else dim for i, dim in enumerate(given.shape[1:])]  # of a whole picture any
        values = np.random.default_rng(0).integers(0, 255, [batch, *size]).astype(dtype)
        results = session.run(None, {given.name: values})
        for (name, dims), result in zip(declared.items(), results, strict=True):
            assert list(result.shape) == [batch if isinstance(dim, str) else dim for dim in dims], f"{name} is {result.shape}, not {dims}"
            assert np.isfinite(result).all(), f"{name} is not finite"
    return f"IR version {model.ir_version}, opset {version}, " + ", ".join(f"{name} {dims}" for name, dims in declared.items())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", metavar="FILE")
    parser.add_argument("--opset", type=int, default=17, help="the newest allowed")
    options = parser.parse_args()
    for path in options.files:
        print(f"{path}: {check(path, options.opset)}")


if __name__ == "__main__":
    main()
