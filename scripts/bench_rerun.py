"""How fast a second `headstart extract` passes over files that have not changed.

Makes a folder of 100,000 files, hard links of 100 photos, extracts it twice into
a store of its own, and prints the second run's files per second: by the clock,
and by the processor time it took, which other programs disturb less.
"""

import argparse
import os
import pathlib
import resource
import shutil
import subprocess
import sys
import tempfile
import time

FILES = 100_000
PHOTOS = 100  # a file has 65,000 links at most on ext4
WANTED = 150_000  # files per second

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("headstart", help="the command")
parser.add_argument("photos", type=pathlib.Path, help="a folder with at least 100 .jpg files")
args = parser.parse_args()


def processor_time():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def extract(folder, store):
    subprocess.run([args.headstart, "extract", folder, "--store", store],
                   check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


with tempfile.TemporaryDirectory() as work:
    work = pathlib.Path(work)
    photos = sorted(args.photos.rglob("*.jpg"), key=lambda p: p.stat().st_size)[:PHOTOS]
    if len(photos) < PHOTOS:
        sys.exit(f"{args.photos} holds {len(photos)} photos, {PHOTOS} are needed")
    originals = [shutil.copy2(p, work / f"{i}.jpg") for i, p in enumerate(photos)]
    for original in originals:
        os.utime(original, (0, 0))  # what has changed just now is not remembered
    for n in range(FILES):
        folder = work / "data" / f"class{n // 10_000}"
        folder.mkdir(parents=True, exist_ok=True)
        os.link(originals[n % PHOTOS], folder / f"image_{n:06d}.jpg")
    extract(work / "data", work / "store")
    for _ in range(3):
        used, began = processor_time(), time.perf_counter()
        extract(work / "data", work / "store")
        seconds, used = time.perf_counter() - began, processor_time() - used
        print(f"{FILES / seconds:,.0f} files/s by the clock, {FILES / used:,.0f} files/s of processor time, {WANTED:,} wanted")
