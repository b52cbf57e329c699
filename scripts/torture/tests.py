"""The rows of torture that packages' own tests make, enlarged by variables."""

import os
import re
import subprocess
import time

import stage

SETTINGS = {  # name: package, tests, variables, what is counted in the log
    "kills of a process that fills a store": ("./extractor/store", "^TestKilledAtAnyMoment", {"HEADSTART_STORE_KILLS": "400"}, r"(\d+) images acknowledged"),
    "all bits of a small store": ("./extractor/store", "^TestEachFlippedBit", {"HEADSTART_STORE_FLIP_EVERY": "1"}, r"(\d+) flips"),
    "files of a store damaged": ("./extractor/store", "^TestAnyDamageToAFile|^TestTwoRepairs", {"HEADSTART_STORE_DAMAGE": "10000"}, r"(\d+) of \d+ images were served"),
    "power cuts (writes dropped, torn, reordered)": ("./extractor/store", "^TestAPowerCut", {"HEADSTART_STORE_CUTS": "1000"}, None),
    "each failing call of the disk": ("./extractor/store", "^TestAFailed|^TestADisk|^TestAStoreThatDidNotFit|^TestVectorsCutShort", {}, None),
    "bad servers": ("./internal/download", ".", {}, None),
    "zips, IDX and manifests that lie": ("./dataset", "Zip|ZIP|IDX|Manifest|Deep|Holds|Endless|Claimed", {}, None),
    "damaged images, bombs, memory of decoders": ("./extractor/imageio", "Damage|Memory|Reservations|Scans|Stops|Limit|Leaves|Refus", {}, None),
    "networks with hidden weights or odd names": ("./internal/onnxgraph", "External|Whole|Validate|Parse", {}, None),
    "sessions that end or fail": ("./internal/ort", ".", {}, None),
    "backbones replaced while they load": ("./extractor", "Replaced|Reach|Ends|Descriptors|Interrupted", {}, None),
}
FUZZ = {  # package and function: seconds
    ("./extractor/imageio", "FuzzTensor"): 30,
    ("./internal/onnxgraph", "FuzzParse"): 15,
    ("./head", "FuzzRead"): 15,
    ("./dataset", "FuzzManifest"): 10,
    ("./dataset", "FuzzZipNames"): 10,
    ("./dataset", "FuzzIDX"): 10,
}


def measured(arguments, **variables):
    """Runs go test, and returns its status, output, seconds and peak memory."""
    begin = time.monotonic()
    process = subprocess.Popen(["go", "test", "-count=1", *arguments], cwd=stage.SOURCE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                               text=True, errors="replace", env={**os.environ, "ORT_DISABLE_TELEMETRY": "1", **variables})
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return process.returncode, output, time.monotonic() - begin, usage.ru_maxrss << 10


def first_failure(output):
    return next((line.strip() for line in output.splitlines() if re.search(r"_test.go:\d+: |panic|FAIL:|no tests to run", line)), output[-200:])


def tests(t):
    for package in sorted({s[0] for s in SETTINGS.values()} | {p for p, _ in FUZZ}):
        measured(["-run", "^$", package])  # compiles, which is not to be measured
    for what, (package, names, variables, counter) in SETTINGS.items():
        status, output, seconds, memory = measured(["-v", "-run", names, package], **variables)
        passed = len(re.findall(r"^\s*--- PASS", output, re.M))
        skipped = len(re.findall(r"^\s*--- SKIP", output, re.M))
        counted = re.search(counter, output) if counter else None
        count = next(iter(variables.values()), passed)
        result = f"{passed} tests passed"
        if counted:
            result += f"; {counted[0]}"
            count = counted[1] if "flips" in counter else count
        if skipped:
            result += f"; {skipped} skipped"
        lost = status != 0 or passed == 0
        t.add(what, count, first_failure(output) if lost else result, lost, seconds, memory)


def fuzz(t):
    for (package, name), seconds in FUZZ.items():
        status, output, took, memory = measured(["-run", "^$", "-fuzz", f"^{name}$", "-fuzztime", f"{seconds}s", package])
        executions = max(map(int, re.findall(r"execs: (\d+)", output)), default=0)
        lost = status != 0 or executions == 0
        result = first_failure(output) if lost else f"{executions / seconds:.0f} executions/s"
        t.add(name, executions, result, lost, took, memory)


ALL = {"tests": tests, "fuzz": fuzz}
