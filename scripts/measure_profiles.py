"""Prints what it costs that headstart, as Pillow and torchvision, ignores colour profiles.

    measure_profiles.py BACKBONE [DIR]

Takes the photos of DIR as sRGB, converts them to the colours that files with other
profiles hold, and compares the embeddings of both. Needs what
scripts/requirements-peers.txt pins.
"""

import argparse
from pathlib import Path

import numpy as np
import reference_preprocessing as pillow
from PIL import Image
from reference_embeddings import DATA, Backbone

# x and y of red, green, blue and white, and the gamma of the curve; None is sRGB's.
SPACES = {
    "Display P3": ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060), (0.3127, 0.3290), None),
    "Adobe RGB (1998)": ((0.640, 0.330), (0.210, 0.710), (0.150, 0.060), (0.3127, 0.3290), 563 / 256),
    "sRGB": ((0.640, 0.330), (0.300, 0.600), (0.150, 0.060), (0.3127, 0.3290), None),
}


def to_xyz(red, green, blue, white, _) -> np.ndarray:
    columns = np.array([[x / y, 1, (1 - x - y) / y] for x, y in (red, green, blue)]).T
    x, y = white
    return columns * np.linalg.solve(columns, [x / y, 1, (1 - x - y) / y])


def converted(picture: Image.Image, space: str) -> Image.Image:
    levels = np.asarray(picture, np.float64) / 255
    light = np.where(levels <= 0.04045, levels / 12.92, ((levels + 0.055) / 1.055) ** 2.4)
    light = np.clip(light @ (np.linalg.inv(to_xyz(*SPACES[space])) @ to_xyz(*SPACES["sRGB"])).T, 0, 1)
    if gamma := SPACES[space][-1]:
        levels = light ** (1 / gamma)
    else:
        levels = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    return Image.fromarray(np.rint(levels * 255).astype(np.uint8))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("backbone", type=Path)
    parser.add_argument("folder", type=Path, nargs="?", default=DATA / "cats_vs_dogs")
    arguments = parser.parse_args()
    backbone = Backbone(arguments.backbone)
    files = sorted(f for f in arguments.folder.rglob("*") if f.suffix.lower() in (".jpg", ".jpeg", ".png"))
    print(f"cosine of embeddings with the profile ignored, {len(files)} photos\n{'colours':<18} {'mean':>7} {'minimum':>8}")
    for space in ("Display P3", "Adobe RGB (1998)"):
        cosines = []
        for file in files:
            with Image.open(file) as image:
                picture = pillow.upright_rgb(image)
            a, b = (
                backbone.embed(file, lambda _, *how, p=p: pillow.resize_and_crop(p, *how))
                for p in (picture, converted(picture, space))
            )
            cosines.append(a @ b / np.sqrt((a @ a) * (b @ b)))
        print(f"{space:<18} {np.mean(cosines):7.4f} {np.min(cosines):8.4f}")


if __name__ == "__main__":
    main()
