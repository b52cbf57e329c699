"""Writes a network of timm or torchvision, without its classifier, as an ONNX file.

The file has what headstart needs: one image input, float32 [N, 3, side, side];
one output, float32 [N, values]; and the preprocessing as metadata. Use it with
--backbone OUT.onnx, or install it with `headstart backbones add OUT.onnx`.

Needs PyTorch: pip install torch torchvision timm onnx onnxscript onnxruntime
"""

import argparse
import json
import sys
from pathlib import Path

from write_whole import write_whole

METADATA = "headstart.preprocessing"
SOURCE = "headstart.source"
FILTERS = ("bilinear", "bicubic")
TOLERANCE = 1e-3  # of the largest value: float32 sums in another order
OPSET = 18


def parse(arguments: list[str]) -> argparse.Namespace:
    """Returns library, model, out and random."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", metavar="LIBRARY/MODEL", help="such as timm/resnet50.a1_in1k or torchvision/resnet50")
    parser.add_argument("out", type=Path, metavar="OUT.onnx")
    parser.add_argument("--random", action="store_true", help="leave the weights random, to try this without a download")
    options = parser.parse_args(arguments)
    options.library, _, options.model = options.model.partition("/")
    if options.library not in LIBRARIES or not options.model:
        parser.error(f"MODEL begins with {' or '.join(f'{name}/' for name in LIBRARIES)}")
    if options.out.suffix != ".onnx":
        parser.error(f"{options.out}: the name of an ONNX file ends in .onnx")
    if not options.out.parent.is_dir():
        parser.error(f"there is no folder {options.out.parent}")
    if options.out.exists() and SOURCE.encode() not in options.out.read_bytes():
        parser.error(f"{options.out} already exists, and no script of headstart wrote it")
    return options


def preprocessing(resize: int, crop: int, interpolation: str, mean: tuple, std: tuple) -> dict:
    """Returns what the metadata says. Mean and std are for values of 0 to 1."""
    if interpolation not in FILTERS:
        raise ValueError(f"its images are resized by the filter {interpolation}; headstart has {' and '.join(FILTERS)}")
    return {
        "resize": resize, "crop": crop, "filter": interpolation,
        "mean": [round(255 * value, 4) for value in mean], "std": [round(255 * value, 4) for value in std],
        "layout": "NCHW", "type": "float32",
    }


def from_timm(name: str, random: bool) -> tuple:
    """Returns the network without classifier and how its images are prepared."""
    import timm

    network = timm.create_model(name, pretrained=not random, num_classes=0)
    config = timm.data.resolve_model_data_config(network)
    channels, height, width = config["input_size"]
    if channels != 3 or height != width:
        raise ValueError(f"it takes images of {channels} channels and {width} by {height} pixels; headstart gives 3 and a square")
    resize = int(height / config["crop_pct"])
    return network, preprocessing(resize, height, config["interpolation"], config["mean"], config["std"])


def from_torchvision(name: str, random: bool) -> tuple:
    """Returns the network without classifier and how its images are prepared."""
    import torch
    from torchvision import models

    weights = models.get_model_weights(name).DEFAULT
    network = models.get_model(name, weights=None if random else weights)
    layers = [path for path, module in network.named_modules() if isinstance(module, torch.nn.Linear)]
    if not layers:
        raise ValueError("it has no linear layer that could be its classifier")
    parent, _, last = layers[-1].rpartition(".")
    setattr(network.get_submodule(parent), last, torch.nn.Identity())
    images = weights.transforms()
    return network, preprocessing(images.resize_size[0], images.crop_size[0], images.interpolation.value, images.mean, images.std)


LIBRARIES = {"timm": from_timm, "torchvision": from_torchvision}


def export(network: object, prepared: dict, source: str, out: Path) -> int:
    """Writes the network to out, checked against PyTorch, and returns the size of its embeddings."""
    import numpy as np
    import onnx
    import onnxruntime
    import torch

    network.eval()
    images = torch.randn(2, 3, prepared["crop"], prepared["crop"], generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        expected = network(images).numpy()
    if expected.ndim != 2:
        raise ValueError(f"it gives a tensor of shape {expected.shape}, not one row for each image")
    program = torch.onnx.export(
        network, (images,), dynamo=True, opset_version=OPSET, verbose=False,
        input_names=["image"], output_names=["embedding"], dynamic_shapes=({0: torch.export.Dim("N")},),
    )
    model = program.model_proto
    onnx.helper.set_model_props(model, {METADATA: json.dumps(prepared, separators=(",", ":")), SOURCE: source})
    content = model.SerializeToString(deterministic=True)
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    for batch in (images, images[:1]):
        (given,) = session.run(None, {"image": batch.numpy()})
        difference = np.abs(given - expected[: len(batch)]).max() / np.abs(expected).max()
        if not difference < TOLERANCE:
            raise ValueError(f"ONNX Runtime's embeddings differ from PyTorch's by {difference:.2g} of the largest value")
    write_whole(out, content)
    return expected.shape[1]


def main() -> None:
    options = parse(sys.argv[1:])
    source = f"{options.library}/{options.model}" + (", random weights" if options.random else "")
    try:
        network, prepared = LIBRARIES[options.library](options.model, options.random)
        values = export(network, prepared, source, options.out)
    except ImportError as missing:
        sys.exit(f"{missing.name} is missing: pip install torch torchvision timm onnx onnxscript onnxruntime")
    except (ValueError, RuntimeError, OSError) as failure:
        sys.exit(f"cannot export {source}: {failure}")
    print(f"{options.out}: {values} values an image, {prepared}")


if __name__ == "__main__":
    main()
