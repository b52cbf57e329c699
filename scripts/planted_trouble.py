"""Plants trouble in a copy of a data set, and prints how much of it a report shows at once.

Of the photos 3 % get the label of another class, 20 are saved again as JPEG beside
themselves, and 10 photos of other sets are put among the classes. Found is what the
first screen of a list of `headstart report` shows (24 photos, or groups of duplicates):
of the list for it, and of any list.
"""

import argparse
import random
import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from headstart import PROGRAM, run
from PIL import Image

FIRST_SCREEN = 24
PHOTOS = {".jpg", ".jpeg", ".png"}


@dataclass
class Planted:
    """What was planted: flipped and foreign photos, and duplicates beside their originals."""

    flipped: set[str] = field(default_factory=set)
    foreign: set[str] = field(default_factory=set)
    copies: set[frozenset[str]] = field(default_factory=set)


def photos(folder: Path) -> list[Path]:
    """Lists the photos below a folder."""
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() in PHOTOS)


def plant(data: Path, others: list[Path], to: Path, chance: random.Random) -> Planted:
    """Copies data to a folder, with trouble."""
    planted = Planted()
    classes = sorted(folder.name for folder in data.iterdir() if folder.is_dir())
    all_photos = photos(data)
    chance.shuffle(all_photos)
    flips = round(0.03 * len(all_photos))
    for n, photo in enumerate(all_photos):
        label = photo.parent.name
        if n < flips:
            label = chance.choice([other for other in classes if other != label])
        copy = to / label / photo.name
        copy.parent.mkdir(exist_ok=True)
        shutil.copyfile(photo, copy)
        if n < flips:
            planted.flipped.add(str(copy))
        elif n < flips + 20:
            again = copy.with_stem(copy.stem + "-again")
            Image.open(photo).convert("RGB").save(again, quality=chance.randint(60, 90))
            planted.copies.add(frozenset([str(copy), str(again)]))
    for n in range(10):
        photo = chance.choice(photos(others[n % len(others)]))
        foreign = to / chance.choice(classes) / f"foreign-{n}{photo.suffix}"
        shutil.copyfile(photo, foreign)
        planted.foreign.add(str(foreign))
    return planted


def shown(report: dict) -> dict[str, list[str]]:
    """Returns the paths on the first screen of each list of photos."""
    paths = [photo["path"] for photo in report["photos"]]
    lists = ["mistakes", "label_errors", "least_certain", "most_unknown"]
    return {name: [paths[i] for i in report["lists"][name]["photos"][:FIRST_SCREEN]] for name in lists}


def share(found: int, of: int) -> str:
    """Writes a share of what was planted."""
    return f"{found} of {of} ({100 * found / of:.0f} %)"


def main() -> None:
    """Plants and reports, once for each seed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="the set to plant in")
    parser.add_argument("others", type=Path, nargs="+", help="sets that foreign photos are from")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--page", help="write the last report's page to this file")
    o = parser.parse_args()
    for seed in range(o.seeds):
        with tempfile.TemporaryDirectory() as folder:
            there = Path(folder) / "data"
            there.mkdir()
            planted = plant(o.data, o.others, there, random.Random(seed))
            head, store = str(Path(folder) / "head.onnx"), ["--store", str(Path(folder) / "store")]
            run(PROGRAM, "train-head", there, "-o", head, *store, quiet=True)
            page = ["-o", o.page] if o.page else []
            report = run(PROGRAM, "report", head, there, *store, *page, quiet=True)
        lists = shown(report)
        anywhere = {path for paths in lists.values() for path in paths}
        paths = [photo["path"] for photo in report["photos"]]
        groups = [{paths[i] for i in group["photos"]} for group in report["lists"]["duplicates"]["shown"][:FIRST_SCREEN]]
        copies = sum(any(pair <= group for group in groups) for pair in planted.copies)
        print(
            f"seed {seed}: flipped {share(len(planted.flipped & set(lists['label_errors'])), len(planted.flipped))}, "
            f"in any list {share(len(planted.flipped & anywhere), len(planted.flipped))}; "
            f"duplicates {share(copies, len(planted.copies))}; "
            f"foreign {share(len(planted.foreign & set(lists['most_unknown'])), len(planted.foreign))}, "
            f"in any list {share(len(planted.foreign & anywhere), len(planted.foreign))}; "
            f"suspected {report['lists']['label_errors']['images']}, advice {', '.join(a['kind'] for a in report['advice'])}",
            flush=True,
        )


if __name__ == "__main__":
    main()
