"""Exports many architectures with random weights and reports where headstart cuts them.

Each network of timm and torchvision is written by both of PyTorch's exporters
(torch.onnx.export with dynamo=False and dynamo=True), inspected and added. What
the installed backbone gives for an image is compared with PyTorch's own values:
what the classifier takes, the pooled features, the output. Networks are kept
shallow or narrow where their library lets one. Prints a table in Markdown.

Needs PyTorch: pip install torch torchvision timm onnx onnxscript onnxruntime
"""

import argparse
import json
import os
import re
import subprocess
import tempfile
import warnings
from pathlib import Path

import numpy as np
import onnxruntime
import timm
import torch
import torchvision
from torch import nn

SAME = 0.99995  # cosine of values that are the same
CLASSES = 1000
SHALLOW_VIT = {"depth": 2, "embed_dim": 64, "num_heads": 2}

# Networks of timm, with what makes them smaller.
TIMM = {
    "resnet10t": {}, "resnetv2_50": {"layers": (1, 1, 1, 1), "channels": (32, 64, 64, 128)}, "densenet121": {"block_config": (2, 2, 2, 2)},
    "mobilenetv2_050": {}, "mobilenetv3_small_050": {}, "efficientnet_lite0": {}, "tinynet_e": {}, "ghostnet_050": {},
    "regnetx_002": {}, "convnext_atto": {}, "edgenext_xx_small": {}, "repvit_m0_9": {},
    "fastvit_t8": {}, "mobilevit_xxs": {}, "mambaout_femto": {}, "inception_v4": {},
    "vit_tiny_patch16_224": SHALLOW_VIT, "deit_tiny_distilled_patch16_224": SHALLOW_VIT,
    "vit_base_patch16_siglip_224": SHALLOW_VIT, "vit_base_patch16_clip_224": SHALLOW_VIT, "vit_small_patch14_dinov2": {**SHALLOW_VIT, "img_size": 224},
    "beit_base_patch16_224": SHALLOW_VIT, "eva02_tiny_patch14_224": {"depth": 2}, "cait_xxs24_224": SHALLOW_VIT,
    "swin_tiny_patch4_window7_224": {"embed_dim": 24, "depths": (1, 1, 1, 1), "num_heads": (1, 2, 4, 8)},
    "mixer_s32_224": {}, "resmlp_12_224": {}, "gmlp_ti16_224": {},
    "poolformer_s12": {}, "levit_128s": {}, "efficientformer_l1": {}, "xcit_nano_12_p16_224": {"depth": 2}, "pvt_v2_b0": {},
}
# Networks of torchvision.
TORCHVISION = ("alexnet", "vgg11", "squeezenet1_1", "shufflenet_v2_x0_5", "mnasnet0_5", "googlenet", "mobilenet_v3_small", "resnet18")
HEADLESS = ("vit_base_patch16_siglip_224", "resnet10t", "mobilenetv3_small_050", "vit_tiny_patch16_224", "convnext_atto")


class Hidden(nn.Module):
    """As Hugging Face's encoders: all tokens first, then a row."""

    def __init__(self) -> None:
        super().__init__()
        self.body = timm.create_model("vit_tiny_patch16_224", num_classes=0, **SHALLOW_VIT)
        self.pooler = nn.Linear(64, 64)

    def forward(self, x: torch.Tensor) -> tuple:
        tokens = self.body.forward_features(x)
        return tokens, torch.tanh(self.pooler(tokens[:, 0]))


class Projected(nn.Module):
    """As CLIP's image encoder: a projection, and rows of length 1."""

    def __init__(self) -> None:
        super().__init__()
        self.body = timm.create_model("vit_tiny_patch16_224", num_classes=0, **SHALLOW_VIT)
        self.projection = nn.Linear(64, 128, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return nn.functional.normalize(self.projection(self.body(x)), dim=-1)


class TwoHeads(nn.Module):
    """Two classifiers of the same pooled features."""

    def __init__(self) -> None:
        super().__init__()
        self.body = timm.create_model("resnet10t", num_classes=0)
        self.colour, self.shape = nn.Linear(512, 12), nn.Linear(512, 7)

    def forward(self, x: torch.Tensor) -> tuple:
        rows = self.body(x)
        return self.colour(rows), self.shape(rows)


def shrink_vgg(network: nn.Module) -> nn.Module:
    """Makes the layers between the maps and the classifier narrow."""
    if isinstance(network, torchvision.models.VGG):
        network.classifier[0], network.classifier[3], network.classifier[6] = nn.Linear(25088, 96), nn.Linear(96, 96), nn.Linear(96, CLASSES)
    if isinstance(network, torchvision.models.AlexNet):
        network.classifier[1], network.classifier[4], network.classifier[6] = nn.Linear(9216, 96), nn.Linear(96, 96), nn.Linear(96, CLASSES)
    return network


def networks() -> dict:
    """Returns, by name, what makes a network, the names of its outputs, and its side."""
    made = {}
    for name, smaller in TIMM.items():
        made[name] = (lambda n=name, s=smaller: timm.create_model(n, **({"num_classes": CLASSES} | s)), ["output"])
    for name in HEADLESS:
        made[f"{name}, no classifier"] = (lambda n=name: timm.create_model(n, num_classes=0, **TIMM[n]), ["output"])
    for name in TORCHVISION:
        extra = {"aux_logits": False, "init_weights": False} if name == "googlenet" else {}
        made[f"torchvision {name}"] = (lambda n=name, e=extra: shrink_vgg(torchvision.models.get_model(n, weights=None, **e)), ["output"])
    made["ViT, last_hidden_state and pooler_output"] = (Hidden, ["last_hidden_state", "pooler_output"])
    made["ViT, image_embeds of length 1"] = (Projected, ["image_embeds"])
    made["ResNet, two classifiers"] = (TwoHeads, ["colour", "shape"])
    made["ResNet, 12 classes and softmax"] = (lambda: nn.Sequential(timm.create_model("resnet10t", num_classes=12), nn.Softmax(1)), ["output"])
    return made


def rows(value: object) -> np.ndarray | None:
    """Returns the first image's row of a tensor: the mean over the positions of a map."""
    if not isinstance(value, torch.Tensor) or value.ndim < 2 or not value.is_floating_point():
        return None
    if value.ndim == 4 and value.shape[2] * value.shape[3] > 1:
        value = value.mean((2, 3))
    return value[0].flatten().double().numpy()


def references(network: nn.Module, image: torch.Tensor) -> dict[str, np.ndarray]:
    """Returns what PyTorch computes, by what it is."""
    found, classifiers, handles, others = {}, [], [], {}

    def classifier(module: nn.Module, inputs: tuple, output: object) -> None:
        classifiers.append(rows(inputs[0]))

    def pool(module: nn.Module, inputs: tuple, output: object) -> None:
        found["pooled features"] = rows(output)

    def other(name: str) -> object:
        def keep(module: nn.Module, inputs: tuple, output: object) -> None:
            others[f"module {name}"] = rows(output)
            if isinstance(output, torch.Tensor) and output.ndim > 2:
                others[f"module {name}, tokens averaged"] = output[0].double().numpy().reshape(-1, output.shape[-1]).mean(0)
        return keep

    for name, module in network.named_modules():
        handles.append(module.register_forward_hook(other(name)))
        last = isinstance(module, nn.Linear) and module.out_features in (CLASSES, 12, 7) or isinstance(module, nn.Conv2d) and module.out_channels == CLASSES
        if last:
            handles.append(module.register_forward_hook(classifier))
        if isinstance(module, nn.AdaptiveAvgPool2d) or "AdaptivePool" in type(module).__name__:
            handles.append(module.register_forward_hook(pool))
    with torch.no_grad():
        outputs = network(image)
    for handle in handles:
        handle.remove()
    if classifiers:
        found["what the classifier takes"] = classifiers[0] if len(classifiers) == 1 else np.mean(classifiers, axis=0)
    for number, output in enumerate(outputs if isinstance(outputs, tuple) else [outputs]):
        found[f"output {number}"] = rows(output)
    return {name: row for name, row in (found | others).items() if row is not None}


def same(a: np.ndarray, b: np.ndarray) -> bool:
    return a.shape == b.shape and a @ b >= SAME * np.sqrt((a @ a) * (b @ b))


def export(network: nn.Module, image: torch.Tensor, outputs: list[str], dynamo: bool, path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if dynamo:
            shapes = ({0: torch.export.Dim("N", min=1, max=1024)},)
            torch.onnx.export(network, (image,), path, dynamo=True, external_data=False, verbose=False, input_names=["image"], output_names=outputs, dynamic_shapes=shapes)
        else:
            axes = {name: {0: "N"} for name in ["image", *outputs]}
            torch.onnx.export(network, (image,), path, dynamo=False, opset_version=17, input_names=["image"], output_names=outputs, dynamic_axes=axes)


def library() -> str:
    """Returns the library of ONNX Runtime that make setup installed, as the networks go into a cache of their own."""
    caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return os.environ.get("HEADSTART_ONNXRUNTIME") or str(next(caches.glob("headstart/lib/libonnxruntime*")))


def examine(headstart: str, path: Path, image: torch.Tensor, expected: dict[str, np.ndarray]) -> str:
    """Returns what headstart makes of a file: the cut, its size, what it is, and what PyTorch calls the same values."""
    with tempfile.TemporaryDirectory() as cache:
        environment = os.environ | {"XDG_CACHE_HOME": cache, "HEADSTART_ONNXRUNTIME": library()}
        inspected = subprocess.run([headstart, "backbones", "inspect", "--json", path], capture_output=True, text=True, env=environment)
        if inspected.returncode:
            return f"{inspected.stderr.strip()} |"
        found = json.loads(inspected.stdout)
        chosen = [c for c in found["candidates"] if c["chosen"]]
        if not chosen:
            return f"asks: {found.get('unsure', '')} |"
        added = subprocess.run([headstart, "backbones", "add", path, "--name", "n", "--preprocess", "unit"], capture_output=True, text=True, env=environment)
        if added.returncode:
            return f"{added.stderr.strip()} |"
        session = onnxruntime.InferenceSession(next(Path(cache).rglob("n.onnx")), providers=["CPUExecutionProvider"])
        (row,) = session.run(None, {"image": image[:1].numpy()})
    matches = [name for name, value in expected.items() if same(row[0].astype(float), value)]
    known = [name for name in matches if not name.startswith("module")]
    matches = known or matches[-1:]
    c = chosen[0]
    return f"{c['dim']} values: {c['note']} | {', '.join(matches) or 'none'}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("headstart", metavar="HEADSTART", help="the program")
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="where the networks are written; those there are not exported again")
    parser.add_argument("--only", default=".", metavar="PATTERN", help="those whose names match")
    options = parser.parse_args()
    torch.set_num_threads(1)
    options.folder.mkdir(exist_ok=True)
    print("| network | exporter | cut at | the same in PyTorch |\n|---|---|---|---|", flush=True)
    for name, (make, outputs) in networks().items():
        if not re.search(options.only, name):
            continue
        torch.manual_seed(0)
        side = 299 if "inception" in name else 224
        try:
            network = make().eval()
            for module in network.modules():  # as trained networks: not the identity
                if isinstance(module, nn.BatchNorm2d | nn.BatchNorm1d):
                    nn.init.uniform_(module.running_mean, -0.1, 0.1)
                    nn.init.uniform_(module.running_var, 0.5, 1)
            image = torch.rand(2, 3, side, side)
            expected = references(network, image)
        except Exception as failure:
            print(f"| {name} | | PyTorch: {str(failure).splitlines()[0]} | |", flush=True)
            continue
        results = {}
        for exporter in ("old", "new"):
            path = options.folder / f"{name.replace(' ', '_').replace(',', '')}-{exporter}.onnx"
            try:
                if not path.exists():
                    export(network, image, outputs, exporter == "new", path)
                results[exporter] = examine(options.headstart, path, image, expected)
            except Exception as failure:
                reason = re.sub("\x1b.*", "", str(failure).splitlines()[0])  # what follows is in colour
                results[exporter] = f"PyTorch does not export it: {reason[:80].strip()} |"
        if results["old"] == results["new"]:
            results = {"both": results["new"]}
        for exporter, result in results.items():
            print(f"| {name} | {exporter} | {result} |", flush=True)


if __name__ == "__main__":
    main()
