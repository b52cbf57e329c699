"""Peak memory of bin/headstart extract, for 1,000 files and for 20,000.

Each file is a photo with a few bytes of its own behind its end, so that no
embedding is known before. Needs about 1 GB of disk.
"""

import argparse
import os
import subprocess
import tempfile
from pathlib import Path

from headstart import PROGRAM

ROOT = Path(__file__).resolve().parent.parent
MIB = 1 << 20


def fill(folder: Path, photos: list, files: int) -> None:
    for i in range(files):
        photo = photos[i % len(photos)]
        (folder / photo.parent.name).mkdir(parents=True, exist_ok=True)
        copy = folder / photo.parent.name / f"{i}.jpg"
        copy.write_bytes(photo.read_bytes() + i.to_bytes(4, "little"))


def peak(folder: Path, store: Path) -> int:
    """Bytes that extracting folder had resident at most."""
    command = [str(PROGRAM), "extract", str(folder), "--store", str(store)]
    process = subprocess.Popen(command)
    _, status, usage = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status) != 0:
        raise SystemExit(f"{' '.join(command)} failed")
    process.returncode = 0
    return usage.ru_maxrss * (1 if os.uname().sysname == "Darwin" else 1024)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=Path, default=ROOT.parent / "shared" / "data" / "cats_vs_dogs")
    arguments = parser.parse_args()
    photos = sorted(arguments.photos.glob("*/*.jpg"))
    peaks = {}
    for files in (1_000, 20_000):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            fill(folder / "photos", photos, files)
            peaks[files] = peak(folder / "photos", folder / "store")
        print(f"{files:>6} files: peak {peaks[files] / MIB:.0f} MiB")
    few, many = peaks.values()
    print(f"difference {(many - few) / MIB:.0f} MiB")


if __name__ == "__main__":
    main()
