"""The EfficientNet-Lite networks in PyTorch, to be trained further."""

import numpy as np
import torch
from efficientnet_lite import BATCH_NORM_EPSILON, CLASSES, EMBEDDING, STAGES, Block, Network, same_padding
from torch import nn
from torch.nn.functional import pad, relu6

# As the authors trained: a share of 0.01 of each batch goes into the running statistics.
BATCH_NORM_MOMENTUM = 0.01


class SameConv(nn.Conv2d):
    """A convolution that is padded as TensorFlow's SAME."""

    def __init__(self, channels_in: int, channels_out: int, kernel: int, stride: int = 1, groups: int = 1) -> None:
        super().__init__(channels_in, channels_out, kernel, stride, groups=groups, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        height, width = (same_padding(size, self.kernel_size[0], self.stride[0]) for size in x.shape[2:])
        return super().forward(pad(x, (*width, *height)))


def norm(channels: int) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(channels, eps=BATCH_NORM_EPSILON, momentum=BATCH_NORM_MOMENTUM)


class InvertedResidual(nn.Module):
    """Expand, filter each channel, project."""

    def __init__(self, block: Block) -> None:
        super().__init__()
        self.block = block
        inner = block.channels_in * block.expansion
        if block.expansion > 1:
            self._expand_conv, self._bn0 = SameConv(block.channels_in, inner, 1), norm(inner)
        self._depthwise_conv, self._bn1 = SameConv(inner, inner, block.kernel, block.stride, inner), norm(inner)
        self._project_conv, self._bn2 = SameConv(inner, block.channels_out, 1), norm(block.channels_out)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = x
        if self.block.expansion > 1:
            y = relu6(self._bn0(self._expand_conv(y)))
        y = relu6(self._bn1(self._depthwise_conv(y)))
        y = self._bn2(self._project_conv(y))
        return x + y if self.block.skip else y


class EfficientNetLite(nn.Module):
    """The network with its pretrained weights, whose names are the package's."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        blocks = network.blocks()
        self._conv_stem, self._bn0 = SameConv(3, STAGES[0][4], 3, 2), norm(STAGES[0][4])
        self._blocks = nn.ModuleList(map(InvertedResidual, blocks))
        self._conv_head, self._bn1 = SameConv(blocks[-1].channels_out, EMBEDDING, 1), norm(EMBEDDING)
        self._fc = nn.Linear(EMBEDDING, CLASSES)
        self.load_state_dict({name: torch.from_numpy(np.array(value)) for name, value in network.weights().items()})

    def embed(self, x: torch.Tensor) -> torch.Tensor:
        """Returns the embeddings [N, EMBEDDING] of images [N, 3, side, side]."""
        x = relu6(self._bn0(self._conv_stem(x)))
        for block in self._blocks:
            x = block(x)
        return relu6(self._bn1(self._conv_head(x))).mean((2, 3))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self._fc(self.embed(x))
