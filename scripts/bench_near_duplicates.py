"""Prints how many copies `headstart datasets check` finds among photos, and how many pairs it finds wrongly.

Of each set, some photos are copied: saved again as JPEG, resized to half, a tenth
brighter and darker, cropped to 95 % of width and height at a random place, and
mirrored (looked for with --flipped alone). A copy is found if it is in one group with
its photo. Pairs between different photos are wrong, unless the two are a pair
without copies too (those are counted first, and listed with --list: look at them)
or of one group in a manifest.jsonl. Without data, the sets are drawn: letters on one
background and castings of one shape, whose own pairs are all wrong. Pairs as the report lists them: nearest first, of
many copies of one photo not each with each.
"""

import argparse
import json
import random
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from headstart import PROGRAM, run
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageFont, ImageOps

PHOTOS = {".jpg", ".jpeg", ".png"}


def crop(photo: Image.Image, chance: random.Random) -> Image.Image:
    """Cuts off a twentieth of width and height, somewhere."""
    width, height = round(photo.width * 0.95), round(photo.height * 0.95)
    x, y = chance.randint(0, photo.width - width), chance.randint(0, photo.height - height)
    return photo.crop((x, y, x + width, y + height))


COPIES: dict[str, tuple[Callable[[Image.Image, random.Random], Image.Image], int]] = {
    "quality 50": (lambda photo, _: photo, 50),
    "quality 75": (lambda photo, _: photo, 75),
    "quality 95": (lambda photo, _: photo, 95),
    "half": (lambda photo, _: photo.resize((max(1, photo.width // 2), max(1, photo.height // 2)), Image.Resampling.BICUBIC), 90),
    "brighter": (lambda photo, _: ImageEnhance.Brightness(photo).enhance(1.1), 90),
    "darker": (lambda photo, _: ImageEnhance.Brightness(photo).enhance(0.9), 90),
    "cropped": (crop, 90),
    "mirrored": (lambda photo, _: ImageOps.mirror(photo), 90),
}


def letters(to: Path, noise: np.random.Generator, chance: random.Random, count: int = 400) -> None:
    """Draws letters on one background, at about the middle, as a camera on a stand sees signs."""
    rough = Image.fromarray(noise.integers(60, 200, (12, 12, 3), dtype=np.uint8))
    background = rough.resize((240, 240), Image.Resampling.BICUBIC)
    font = ImageFont.load_default(110)
    for n in range(count):
        letter = Image.new("L", background.size)
        at = 120 + chance.randint(-12, 12), 120 + chance.randint(-12, 12)
        ImageDraw.Draw(letter).text(at, chr(ord("A") + n % 26), fill=255, font=font, anchor="mm", stroke_width=chance.randint(1, 4))
        picture = background.copy()
        picture.paste((20, 20, 30), (0, 0), letter.rotate(chance.uniform(-10, 10)))
        save(np.asarray(picture) + noise.normal(0, 4, (240, 240, 1)), to / f"{n:05}.jpg")


def castings(to: Path, noise: np.random.Generator, chance: random.Random, count: int = 400) -> None:
    """Draws discs of one shape, turned and shifted a little, half of them with a flaw."""
    y, x = np.mgrid[0:300, 0:300]
    for n in range(count):
        cx, cy, turned = chance.uniform(147, 153), chance.uniform(147, 153), chance.uniform(0, 6.3)
        far, angle = np.hypot(x - cx, y - cy), np.arctan2(y - cy, x - cx)
        spokes = (np.abs(np.mod(angle - turned, np.pi / 3)) < 0.12) & (far > 80) & (far < 100)
        level = 90 + (60 + 10 * np.cos(far / 6)) * (far < 120) + 30 * (far < 60) - 40 * (far < 20) - 25 * spokes
        if n % 2:
            to_flaw, place = chance.uniform(20, 110), chance.uniform(0, 6.3)
            off = np.hypot(x - cx - to_flaw * np.cos(place), y - cy - to_flaw * np.sin(place))
            level = level - 50 * np.exp(-((off / chance.uniform(2, 7)) ** 2) / 2)
        save(level + noise.normal(0, 3, level.shape), to / f"{n:05}.jpg")


def save(levels: np.ndarray, to: Path) -> None:
    Image.fromarray(np.clip(levels, 0, 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(0.7)).save(to, quality=90)


def link(data: Path, to: Path) -> list[Path]:
    """Makes a data set of links to the photos of data, in one class, and returns them."""
    (to / "photos").mkdir(parents=True)
    links = []
    for n, path in enumerate(sorted(p for p in data.rglob("*") if p.suffix.lower() in PHOTOS)):
        links.append(to / "photos" / f"{n:05}{path.suffix.lower()}")
        links[-1].symlink_to(path.resolve())
    return links


def copy(photo: Path, to: Path, chance: random.Random, kinds: list[str]) -> dict[str, str]:
    """Makes copies of a photo, and returns the kind of each by its name."""
    with Image.open(photo) as opened:
        picture = ImageOps.exif_transpose(opened).convert("RGB")
    made = {}
    for kind in kinds:
        change, quality = COPIES[kind]
        name = f"{photo.stem}-{kind.replace(' ', '')}.jpg"
        change(picture, chance).save(to / name, quality=quality)
        made[name] = kind
    return made


def pairs(report: dict) -> list[tuple[str, str]]:
    """The near-duplicates of a report, by file name."""
    return [(Path(p["a"]).name, Path(p["b"]).name) for p in report["pairs"] if p["apart"] <= 1]


def families(links: list[Path], data: Path, alike: list[tuple[str, str]]) -> Callable[[str], str]:
    """Returns what finds the name for all photos that show one thing."""
    parent = {path.stem: path.stem for path in links}

    def find(stem: str) -> str:
        while parent[stem] != stem:
            stem = parent[stem]
        return stem

    for a, b in alike:
        parent[find(Path(a).stem)] = find(Path(b).stem)
    manifest = data / "manifest.jsonl"
    if manifest.exists():
        groups = {str((data / e["path"]).resolve()): e.get("group") for e in map(json.loads, manifest.open())}
        first: dict[str, str] = {}
        for path in links:
            if group := groups.get(str(path.resolve())):
                parent[find(path.stem)] = find(first.setdefault(group, path.stem))
    return lambda name: find(Path(name).stem.split("-")[0])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, nargs="*", help="a folder of photos")
    parser.add_argument("--headstart", type=Path, default=PROGRAM)
    parser.add_argument("--backbone", default="efficientnet-lite0")
    parser.add_argument("--photos", type=int, default=40, help="how many of each set are copied")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--list", action="store_true", help="print the pairs of the set itself, and those that are wrong")
    options = parser.parse_args()
    print(f"{'set':14}{'images':>7}{'own pairs':>10}" + "".join(f"{kind:>11}" for kind in COPIES) + f"{'pairs':>7}{'wrong':>6}{'precision':>10}")
    with tempfile.TemporaryDirectory() as drawn:
        for draw in () if options.data else (letters, castings):
            options.data.append(Path(drawn, draw.__name__))
            options.data[-1].mkdir()
            draw(options.data[-1], np.random.default_rng(options.seed), random.Random(options.seed))
        measure_all(options)


def measure_all(options: argparse.Namespace) -> None:
    """Prints a line for each set."""
    for data in options.data:
        with tempfile.TemporaryDirectory() as scratch:
            measure(data, Path(scratch), options)


def measure(data: Path, scratch: Path, options: argparse.Namespace) -> None:
    """Prints a line for one set."""

    def check(*more: str) -> dict:
        common = ["--store", scratch / "store", "--backbone", options.backbone]
        return run(options.headstart, "datasets", "check", scratch / "set", *common, *more, quiet=True)

    links = link(data, scratch / "set")
    own = pairs(check())
    family = families(links, data, own)
    chance = random.Random(options.seed)
    chosen = chance.sample(links, min(options.photos, len(links)))
    found: dict[str, float] = {}
    flagged: list[tuple[str, str]] = []
    for kinds, more in ([k for k in COPIES if k != "mirrored"], []), (["mirrored"], ["--flipped"]):
        made: dict[str, str] = {}
        for path in chosen:
            made |= copy(path, scratch / "set" / "photos", chance, kinds)
        report = check(*more)
        groups = {Path(i["path"]).name: n for n, d in enumerate(report["duplicates"]) for i in d["images"]}
        photo_of = {path.stem: path.name for path in chosen}
        for kind in kinds:
            hits = [groups.get(name, -1) == groups.get(photo_of[name.split("-")[0]], -2) for name, k in made.items() if k == kind]
            found[kind] = sum(hits) / len(hits)
        flagged += pairs(report)
        for name in made:
            (scratch / "set" / "photos" / name).unlink()
    wrong = [(a, b) for a, b in flagged if family(a) != family(b)]
    share = 1 - len(wrong) / max(1, len(flagged))
    print(f"{data.name:14}{len(links):7}{len(own):10}" + "".join(f"{found[kind]:11.3f}" for kind in COPIES) + f"{len(flagged):7}{len(wrong):6}{share:10.4f}", flush=True)
    if options.list:
        original = {path.stem: path.resolve() for path in links}
        for title, some in ("own", own), ("wrong", wrong):
            for a, b in some:
                print(f"  {title}: {a} {original[Path(a).stem.split('-')[0]]}  {b} {original[Path(b).stem.split('-')[0]]}")


if __name__ == "__main__":
    main()
