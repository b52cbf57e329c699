"""Long-lived workers: one process for each set of options."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa

from headstart._errors import error_from
from headstart._images import Image, row
from headstart._run import Listener, start

SCHEMA = pa.schema([("content", pa.binary()), ("path", pa.string())])
BATCH = 64  # images that are sent at once
QUIET = 2.0  # seconds without progress


class Worker:
    """Answers images, in order. It starts when it is first needed, and again after it was stopped."""

    def __init__(self, arguments: Sequence[str]) -> None:
        self._arguments = ["worker", *arguments]
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._stream: Any = None  # of answers

    def answers(self, images: Sequence[Image]) -> Iterator[Any]:
        """Yields a record batch per 64 images, and shows progress."""
        began, done, shown = time.monotonic(), 0, False
        for begin in range(0, len(images), BATCH):
            batch = images[begin : begin + BATCH]
            answer = self._answer([row(image) for image in batch])
            done += len(batch)
            if time.monotonic() - began > QUIET and (shown or done < len(images)):
                shown = True
                print(f"\rembedding: {done} of {len(images)} images", end="", file=sys.stderr, flush=True)
            yield answer
        if shown:
            print(file=sys.stderr)

    def _answer(self, rows: Sequence[dict[str, Any]]) -> Any:
        with self._lock:
            try:
                process = self._process or self._start()
                assert process.stdin
                self._requests.write_batch(pa.RecordBatch.from_pylist(list(rows), schema=SCHEMA))
                process.stdin.flush()
                if self._stream is None:  # its schema comes with the first answer
                    self._stream = pa.ipc.open_stream(process.stdout)
                return self._stream.read_next_batch()
            except (OSError, pa.ArrowException, StopIteration):
                raise self._failure() from None
            except BaseException:  # Ctrl-C: an answer would be left over
                self._stop()
                raise

    def _start(self) -> subprocess.Popen[bytes]:
        process = start(self._arguments, subprocess.PIPE)
        assert process.stdin and process.stderr
        self._process, self._stream = process, None
        self._listener = Listener(process.stderr, show=False)
        self._requests = pa.ipc.new_stream(process.stdin, SCHEMA)
        return process

    def _failure(self) -> Exception:
        process = self._process
        if process is None:
            return RuntimeError("the worker did not start")
        try:
            status = process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            status = 1
        self._stop()
        self._listener.end()
        return error_from(self._listener.lines, status)

    def _stop(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()


_workers: dict[tuple[int, tuple[str, ...]], Worker] = {}


def worker(arguments: Sequence[str]) -> Worker:
    """Returns this process's worker with these options; it ends with the process."""
    return _workers.setdefault((os.getpid(), tuple(arguments)), Worker(arguments))
