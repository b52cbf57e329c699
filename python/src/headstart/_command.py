"""The command headstart: becomes the program."""

import os
import signal
import sys

from headstart._program import BINARY, environment, make_backbone


def main() -> None:
    """Replaces this process by the program, so that signals, status and terminal are its own."""
    arguments = sys.argv[1:]
    variables = environment(arguments)
    try:
        make_backbone(arguments, variables)
    except KeyboardInterrupt:
        sys.exit(130)
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # which Python ignores, and programs inherit
    os.execve(BINARY, ["headstart", *arguments], variables)
