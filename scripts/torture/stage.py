"""What torments have in common: processes within limits, rows of the table, and
something to lose."""

import contextlib
import os
import pathlib
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

import files as hostile

LIMIT = 2 << 30  # bytes of memory
SOURCE = pathlib.Path(__file__).resolve().parent.parent.parent
BACKBONE = SOURCE / "testdata" / "tiny-backbone.onnx"


class Run:
    """One process that has ended: its status, output, seconds and peak memory (which
    is never less than that of Python, from which it is forked)."""

    def __init__(self, command, *, files=None, signals=(), patience=120, env=None):
        def limit():
            resource.setrlimit(resource.RLIMIT_DATA, (LIMIT, LIMIT))
            if files:
                resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))

        begin = time.monotonic()
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            process = subprocess.Popen(list(map(str, command)), stdout=out, stderr=err, preexec_fn=limit,
                                       env={**os.environ, "ORT_DISABLE_TELEMETRY": "1", **(env or {})})
            self.timed_out = False

            def overdue():
                self.timed_out = True
                process.kill()

            timers = [threading.Timer(after, process.send_signal, [which]) for after, which in signals]
            timers.append(threading.Timer(patience, overdue))
            for timer in timers:
                timer.start()
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            for timer in timers:
                timer.cancel()
            out.seek(0), err.seek(0)
            self.out, self.err = out.read().decode(errors="replace"), err.read().decode(errors="replace")
        self.status, self.seconds, self.memory = process.returncode, time.monotonic() - begin, usage.ru_maxrss << 10

    @property
    def crashed(self):
        """Go's traces, and signals that nobody sent."""
        return self.timed_out or self.status in (-6, -7, -11) or re.search(r"^(panic|fatal error|goroutine \d|runtime:)", self.err, re.M)

    def __str__(self):
        if self.timed_out:
            return f"killed after {self.seconds:.0f} s"
        line = next((l for l in self.err.splitlines() if l.strip()), "")
        return f"status {self.status}: {line[:150]}"


class Torture:
    def __init__(self, program, tests):
        self.program, self.rows, self.lost, self.tests = program, [], 0, tests
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="headstart-torture-", dir=os.environ.get("TMPDIR")))
        self.peak = 0

    def __call__(self, *arguments, **options):
        run = Run([self.program, *arguments], **options)
        self.peak = max(self.peak, run.memory)
        return run

    def path(self, *parts):
        path = self.folder.joinpath(*parts)
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    @contextlib.contextmanager
    def row(self, what):
        """Adds a row to the table, of which the block says how many and what happened."""
        begin, self.peak = time.monotonic(), 0
        result = Result()
        yield result
        if self.peak > LIMIT:
            result.losses.append("over 2 GiB of memory")
        self.add(what, result.count, result.text(), bool(result.losses), time.monotonic() - begin, self.peak)

    def add(self, what, count, result, lost, seconds, memory):
        self.lost += lost
        self.rows.append((what, count, result, lost))
        print(f"{'LOST' if lost else 'held':4}  {what:44} {count:>7}  {seconds:6.1f} s  {memory >> 20:5} MiB  {result}", flush=True)


class Result:
    def __init__(self):
        self.count, self.losses, self.notes = 0, [], []

    def expect(self, sound, loss):
        """Counts one more attempt, and its loss unless it is sound."""
        self.count += 1
        if not sound:
            self.losses.append(str(loss))

    def text(self):
        if not self.losses:
            return "; ".join(self.notes) or "nothing lost"
        return "; ".join([f"{len(self.losses)} lost, the first: {self.losses[0]}"] + self.notes)


class Stage:
    """Photos, a store with their embeddings, and a head: what is there to lose."""

    def __init__(self, t):
        self.t = t
        self.data = t.path("photos")
        for i in range(60):
            hostile.photo(t.path("photos", ("red", "green", "blue")[i % 3], f"{i:02}.png"), i)
        self.store, self.head = t.path("store"), t.path("head.onnx")
        for command in (("extract", self.data), ("train-head", self.data, "-o", self.head)):
            run = t(*command, *self.common)
            if run.status:
                sys.exit(f"torture: {command[0]}: {run}")
        self.files = {path: path.read_bytes() for path in sorted(self.store.rglob("*")) if path.is_file()}
        self.want = self.score().out

    @property
    def common(self):
        return "--store", self.store, "--backbone", BACKBONE

    def score(self):
        return self.t("score", self.head, self.data, *self.common)

    def restore(self):
        shutil.rmtree(self.store)
        for path, content in self.files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)

    def check(self, result, what):
        """Expects the same scores as before, byte for byte."""
        run = self.score()
        result.expect(not run.crashed and run.status == 0 and run.out == self.want,
                      f"{what}: {run}" + ("" if run.status or run.crashed else " but other scores"))
