"""Runs one command of the program."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Sequence
from typing import IO

from headstart._errors import error_from
from headstart._program import BINARY, environment, make_backbone

LINES = 100  # of standard error that are kept
SOME_UNREADABLE = 3  # exit status: done, and the result lists them


def start(arguments: Sequence[str], stdin: int) -> subprocess.Popen[bytes]:
    """Starts the program. Ctrl-C reaches this process alone, which decides what to do."""
    variables = environment(arguments)
    make_backbone(arguments, variables)
    return subprocess.Popen(
        [BINARY, *arguments],
        env=variables,
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


class Listener:
    """Reads standard error as it comes, keeps the last lines, and shows them or not.

    They are shown by sys.stderr, which in a notebook is the cell's output.
    """

    def __init__(self, stream: IO[bytes], show: bool) -> None:
        self.lines: deque[str] = deque(maxlen=LINES)
        self._stream, self._show = stream, show
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        for raw in self._stream:
            line = raw.decode(errors="replace").rstrip("\n")
            self.lines.append(line)
            if self._show and not line.startswith(("headstart: ", "hint: ")):  # the exception has these
                print(line, file=sys.stderr, flush=True)

    def end(self) -> None:
        """Waits for the last line."""
        self._thread.join()


def run(arguments: Sequence[str]) -> bytes:
    """Returns what a command prints; shows its progress."""
    process = start(arguments, subprocess.DEVNULL)
    assert process.stdout and process.stderr
    listener = Listener(process.stderr, show=True)
    with process:
        try:
            output = process.stdout.read()
            status = process.wait()
        except BaseException:
            process.send_signal(signal.SIGINT)  # embeddings that were made are kept
            process.wait()
            raise
        finally:
            listener.end()
    if status not in (0, SOME_UNREADABLE):
        raise error_from(listener.lines, status)
    return output
