"""Torments the built program, and the packages that have the most to lose, and
prints one row per kind of harm: how often, what became of it, how long it took, and
the most memory that one process used. The exit status is 1 if anything was lost.

    torture bin/headstart                   all of it
    torture bin/headstart --only flips,zips some of it (comma-separated)
    torture OTHER --program                 another build, without the tests

Each process may use 2 GiB of memory: more writable memory is refused to it (as
by ulimit -d), and one that holds more than that has lost. Only Python's standard
library is needed; the network is testdata/tiny-backbone.onnx.
"""

import argparse
import pathlib
import shutil
import sys
import time

import program
import stage
import tests


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("headstart", type=pathlib.Path)
    parser.add_argument("--only", default="")
    parser.add_argument("--program", action="store_true", help="leave the packages' tests out")
    options = parser.parse_args()
    t = stage.Torture(options.headstart.resolve(), not options.program)
    begin = time.monotonic()
    try:
        for name, torment in {**program.ALL, **({} if options.program else tests.ALL)}.items():
            if not options.only or name in options.only.split(","):
                torment(t)
    finally:
        shutil.rmtree(t.folder, ignore_errors=True)
    print(f"\n{len(t.rows)} kinds of harm in {time.monotonic() - begin:.0f} s; {t.lost} of them lost something")
    return 1 if t.lost else 0


if __name__ == "__main__":
    sys.exit(main())
