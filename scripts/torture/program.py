"""The rows of torture that the built program makes, as its users run it."""

import json
import os
import random
import re
import shutil
import signal
import subprocess
import time

import files as hostile
import stage


def foreign_files(t):
    s = stage.Stage(t)
    with t.row("a user's files in the folder of --store") as r:
        for name in (".tmp-important/thesis.txt", "thesis.txt", ".tmp-1/keep", "vectors.npy.tmp/keep"):
            folder = t.path("home")
            path = t.path("home", name)
            path.write_text("years of work")
            old = time.time() - 86400
            for each in (path, path.parent, folder):
                os.utime(each, (old, old))
            for command in (("extract", s.data, "--backbone", stage.BACKBONE), ("store", "verify"), ("store", "verify", "--repair"), ("store", "info"), ("store", "drop", "--all")):
                t(*command, "--store", folder)
                r.expect(path.exists(), f"store {command[0]} removed {name}")
            shutil.rmtree(folder)
        for drop in ("0" * 32, "mine"):
            path = t.path("home", drop, "spec.json")
            path.write_text("{}")
            path.with_name("thesis.txt").write_text("years of work")
            for arguments in (("--store", t.folder / "home", drop), ("--store", s.store, path.parent), ("--store", t.folder / "home" / drop, ".")):
                t("store", "drop", *arguments)
                r.expect(path.with_name("thesis.txt").exists(), f"store drop removed {drop}/thesis.txt")
            shutil.rmtree(t.folder / "home")


def rows_in(t, s):
    run = t("store", "info", "--json", "--store", s)
    try:
        return sum(e["images"] + e["unreadable"] for e in json.loads(run.out)["embeddings"])
    except (ValueError, KeyError, TypeError):
        return -1


def kills(t):
    s, chance = stage.Stage(t), random.Random(1)
    more = t.path("more")
    for i in range(1500):
        hostile.photo(t.path("more", f"{i:04}.png"), i + 100)
    command = ("extract", more, "--backbone", stage.BACKBONE, "--workers", 1)
    whole = t(*command, "--store", t.path("whole")).seconds
    with t.row("kills of extract") as r:
        store, before, stored = t.path("killed"), 0, 0
        for _ in range(100):
            t(*command, "--store", store, signals=[(chance.uniform(0, whole), signal.SIGKILL)])
            rows = rows_in(t, store) if store.exists() else 0
            r.expect(rows >= before, f"{before} rows became {rows}")
            before = max(rows, 0)
            stored = max(stored, before)
            if before == 1500:
                verify = t("store", "verify", "--store", store)
                r.expect(verify.status == 0, f"verify: {verify}")
                shutil.rmtree(store)
                before = 0
        last = t(*command, "--store", store, "--json")
        r.expect(last.status == 0 and json.loads(last.out)["cached"] >= before, f"in the end: {last}")
        r.expect(stored > 0, "no kill came after a commit")
        r.notes.append(f"up to {stored} rows were there, and all stayed")


def flips(t):
    s, chance = stage.Stage(t), random.Random(2)
    for what, pattern, count in (("one bit of spec.json", r"spec\.json", 40), ("one bit of the rows", r"vectors\.npy", 150),
                                 ("one bit of the index of the rows", r"keys\.log|index\.db", 150), ("one bit of files.db", r"files\.db", 60)):
        paths = [p for p in s.files if re.fullmatch(pattern, p.name)]
        with t.row(what + " flipped: the same scores") as r:
            for _ in range(count):
                path = chance.choice(paths)
                content = bytearray(s.files[path])
                bit = chance.randrange(8 * len(content))
                content[bit // 8] ^= 1 << bit % 8
                path.write_bytes(content)
                s.check(r, f"bit {bit} of {path.name}")
                s.restore()


def damages(t):
    s, chance = stage.Stage(t), random.Random(3)
    kinds = {
        "cut in half": lambda b: b[:len(b) // 2],
        "empty": lambda b: b"",
        "a byte short": lambda b: b[:-1],
        "zeros in the middle": lambda b: b[:len(b) // 3] + bytes(len(b) // 3) + b[2 * (len(b) // 3):],
        "zeros": lambda b: bytes(len(b)),
        "noise": lambda b: chance.randbytes(len(b)),
        "noise behind": lambda b: b + chance.randbytes(5000),
        "a block moved": lambda b: b[:len(b) // 2] + b[:len(b) - len(b) // 2],
        "another file": lambda b: hostile.zeros(1000),
        "missing": None,
    }
    with t.row("ten kinds of damage to each file of a store") as r:
        for kind, damage in kinds.items():
            for path, content in s.files.items():
                if path.name == "headstart-store":
                    continue  # without its marker a folder is not a store: see below
                path.unlink() if damage is None else path.write_bytes(damage(content))
                # First that nothing crashes, then that a repair brings all back.
                verify = t("store", "verify", "--store", s.store)
                r.expect(not verify.crashed, f"verify, {path.name}: {kind}: {verify}")
                s.check(r, f"{path.name}: {kind}")
                repair = t("store", "verify", "--repair", "--store", s.store)
                r.expect(not repair.crashed, f"repair, {path.name}: {kind}: {repair}")
                s.check(r, f"repaired, {path.name}: {kind}")
                s.restore()
    with t.row("repairs at once, beside an extract") as r:
        vectors = next(p for p in s.files if p.name == "vectors.npy")
        for _ in range(10):
            content = bytearray(s.files[vectors])
            content[-5] ^= 1
            vectors.write_bytes(content)
            others = [subprocess.Popen([t.program, "store", "verify", "--repair", "--store", s.store], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) for _ in range(3)]
            s.check(r, "meanwhile")
            for other in others:
                other.wait()
            s.check(r, "afterwards")
            s.restore()


def stale(t):
    s = stage.Stage(t)
    with t.row("a photo replaced: same size, same time") as r:
        for path in s.data.rglob("*.png"):  # a file just written is read again anyway
            os.utime(path, (1e9, 1e9))
        t("extract", s.data, *s.common)
        for i in range(10):
            path = s.data / ("red", "green", "blue")[i % 3] / f"{i:02}.png"
            info, content = path.stat(), path.read_bytes()
            path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
            os.utime(path, ns=(info.st_atime_ns, info.st_mtime_ns))
            run = t("extract", s.data, *s.common, "--json")
            r.expect(run.status in (0, 3) and json.loads(run.out)["cached"] < 60, "the old content's embedding was served")
            path.write_bytes(content)


def bounded(t, r, *arguments, seconds=60, status=(0, 1, 3), **options):
    """Runs the program on something hostile: it must end soon, in order."""
    run = t(*arguments, patience=seconds, **options)
    r.expect(not run.crashed and run.status in status, run)
    return run


def zips(t):
    for depth, entries in ((60, 20_000), (2000, 5000)):
        path = t.path("deep.zip")
        hostile.deep_zip(path, entries, depth)
        with t.row(f"a zip of {path.stat().st_size / 1e6:.0f} MB, {depth} folders deep") as r:
            run = bounded(t, r, "datasets", "check", path)
            r.notes.append(f"{run.seconds:.1f} s")
        with t.row("the same, and Ctrl-C after 0.1 s") as r:
            run = bounded(t, r, "datasets", "check", path, signals=[(0.1, signal.SIGINT)], status=(0, 1, 3, 130, -2))
            r.expect(run.seconds < 10, f"it took {run.seconds:.0f} s")
            r.notes.append(f"{run.seconds:.1f} s")


def idx(t):
    with t.row("IDX headers that claim 2²⁵ records") as r:
        for compressed in (True, False):
            folder = t.path("idx", str(compressed))
            hostile.lying_idx(folder, 1 << 25, compressed)
            bounded(t, r, "datasets", "check", folder)
            bounded(t, r, "extract", folder, "--store", t.path("other"), "--backbone", stage.BACKBONE)


def manifests(t):
    with t.row("manifests: endless lines, a pipe, a device, a loop") as r:
        for name, begin, repeated, count in (("line.csv", "path,label\n", "a", 200 << 20), ("empty.csv", "path\n", "\n", 100 << 20),
                                             ("same.csv", "path,label\n", "red/00.png,a\n", 500_000),
                                             ("deep.jsonl", '{"path":', "[", 50 << 20), ("quote.csv", 'path\n"', "a\n", 50 << 20)):
            path = t.path("manifests", name)
            with path.open("w") as f:  # in pieces: the memory of a child begins with ours
                f.write(begin)
                while count > 0:
                    f.write(repeated * min(count, 50_000))
                    count -= 50_000
            bounded(t, r, "datasets", "check", path, seconds=120)
            path.unlink()
        pipe = t.path("manifests", "pipe.csv")
        os.mkfifo(pipe)
        bounded(t, r, "datasets", "check", pipe, seconds=20)
        (t.folder / "manifests" / "zero.csv").symlink_to("/dev/zero")
        bounded(t, r, "datasets", "check", t.folder / "manifests" / "zero.csv", seconds=20)
        (t.folder / "manifests" / "loop").symlink_to(".")
        bounded(t, r, "datasets", "check", t.folder / "manifests", seconds=20)


def images(t):
    s = stage.Stage(t)
    for i in range(6):
        hostile.progressive(t.path("scans", f"{i}.jpg"), 9000, 2500)
    size = t.path("scans", "0.jpg").stat().st_size
    with t.row(f"six progressive JPEGs of 81 MP, {size / 1e6:.0f} MB, 2,500 scans") as r:
        bounded(t, r, "score", s.head, t.folder / "scans", *s.common, seconds=150)
    shutil.rmtree(t.folder / "scans")
    folder = t.path("bombs")
    count = hostile.bombs(folder)
    with t.row(f"{count} bombs: GIF, PNG, TIFF, BMP, WebP, PPM") as r:
        run = bounded(t, r, "score", s.head, folder, *s.common, seconds=150)
        r.expect(run.out.count("\n") >= count, f"{run.out.count(chr(10)) - 1} of {count} images have a row")
    for path in folder.iterdir():
        with t.row(path.name) as r:
            bounded(t, r, "score", s.head, path, *s.common, seconds=100)
    shutil.rmtree(folder)
    for i in range(8):
        hostile.png(t.path("large", f"{i}.png"), 5000, 5000, 16, 6, hostile.zeros(5000 * (1 + 8 * 5000)) + bytes([i]))
    with t.row("eight 16-bit PNGs of 25 MP with eight workers") as r:
        bounded(t, r, "score", s.head, t.folder / "large", *s.common, "--workers", 8, seconds=150, status=(0,))


def networks(t):
    s = stage.Stage(t)
    models = sorted(p for folder in ("extractor/backbone", "internal/ort", "internal/onnxgraph") for p in (stage.SOURCE / folder / "testdata").glob("*.onnx"))
    with t.row("networks: hidden weights, failing, escape sequences") as r:
        for path in models:
            for command in (("backbones", "inspect", path), ("extract", s.data, "--store", t.path("other"), "--backbone", path)):
                run = bounded(t, r, *command, seconds=20, signals=[(5, signal.SIGINT)] if path.name in ("loop.onnx", "endless.onnx") else (), status=(0, 1, 3, 130))
                r.expect("\x1b" not in run.out + run.err, f"{path.name}: an escape sequence on the terminal")
        for name in ("external", "hidden"):
            run = t("extract", s.data, "--store", t.path("other"), "--backbone", stage.SOURCE / "extractor/backbone/testdata" / f"{name}.onnx")
            r.expect(run.status == 1, f"{name}.onnx, with weights in another file, was run")
    with t.row("networks cut short or with flipped bits") as r:
        content, chance = stage.BACKBONE.read_bytes(), random.Random(4)
        for i in range(60):
            b = bytearray(content)
            if i % 3 == 0:
                b = b[:chance.randrange(len(b))]
            else:
                for _ in range(1 + i % 5):
                    b[chance.randrange(len(b))] ^= 1 << chance.randrange(8)
            t.path("broken.onnx").write_bytes(b)
            bounded(t, r, "extract", s.data, "--store", t.path("other"), "--backbone", t.path("broken.onnx"), seconds=30)


def descriptors(t):
    s = stage.Stage(t)
    with t.row("ulimit -n 5 to 30: no image is called unreadable") as r:
        for files in range(5, 31):
            store = t.path("few", str(files))
            run = t("extract", s.data, "--store", store, "--backbone", stage.BACKBONE, files=files)
            r.expect(run.status in (0, 1, 2), f"ulimit -n {files}: {run}")
            again = t("extract", s.data, "--store", store, "--backbone", stage.BACKBONE, "--json")
            r.expect(again.status == 0 and json.loads(again.out)["unreadable"] == 0, f"after ulimit -n {files}: {again}")


def interrupts(t):
    s = stage.Stage(t)
    many = t.path("many")
    for i in range(6000):
        hostile.photo(t.path("many", f"c{i // 3:04}", f"{i}.png"), i)
    store = t.path("interrupted")
    common = ("--store", store, "--backbone", stage.BACKBONE)
    head = t.path("interrupted.onnx")
    commands = {
        "extract": (("extract", many, *common, "--workers", 1), (0.1, 0.3, 0.6)),
        "datasets check": (("datasets", "check", many), (0.02, 0.1, 0.3)),
        "train-head": (("train-head", many, "-o", head, *common), (0.5, 2, 5)),
        "train-head --head lda": (("train-head", many, "-o", head, "--head", "lda", *common), (0.5, 2, 5)),
        "train-head --head mlp": (("train-head", many, "-o", head, "--head", "mlp", *common), (0.5, 2, 5)),
        "score": (("score", s.head, many, "--store", t.path("scored"), "--backbone", stage.BACKBONE, "--workers", 1), (0.1, 0.3, 0.6)),
    }
    for name, (command, delays) in commands.items():
        if name.startswith("train"):
            t("extract", many, *common)
        for times in (1, 2):
            with t.row(f"{'Ctrl-C' if times == 1 else 'a second Ctrl-C'} during {name}") as r:
                slowest, stopped = 0.0, 0
                for delay in delays:
                    signals = [(delay + 0.05 * i, signal.SIGINT) for i in range(times)]
                    run = bounded(t, r, *command, signals=signals, status=(0, 1, 130, -2), seconds=delay + 30)
                    slowest = max(slowest, run.seconds - signals[-1][0])
                    stopped += run.status != 0
                    r.expect(not head.exists() or run.status == 0, f"{name}: half a head is left")
                    head.unlink(missing_ok=True)
                r.expect(slowest < 10, f"{name} went on for {slowest:.0f} s")
                r.notes.append(f"{stopped} of {len(delays)} stopped, within {slowest:.2f} s")
    with t.row("after all interrupts the store is sound") as r:
        for folder in (store, t.folder / "scored"):
            run = t("store", "verify", "--store", folder)
            r.expect(run.status == 0, run)


ALL = {
    "foreign": foreign_files, "kills": kills, "flips": flips, "damage": damages, "stale": stale, "zips": zips, "idx": idx,
    "manifests": manifests, "images": images, "networks": networks, "descriptors": descriptors, "interrupts": interrupts,
}
