"""What goes wrong, as exceptions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class HeadstartError(Exception):
    """The program's message, its hint ("" where there is none) and its exit status."""

    def __init__(self, message: str, hint: str = "", status: int = 1) -> None:
        super().__init__(message, hint, status)
        self.message, self.hint, self.status = message, hint, status

    def __str__(self) -> str:
        return f"{self.message}\nhint: {self.hint}" if self.hint else self.message


def error_from(lines: Iterable[str], status: int) -> HeadstartError:
    """Returns the error that the program wrote to standard error before it ended."""
    message, hint = "", ""
    for line in lines:
        if line.startswith("headstart: "):
            message, hint = line.removeprefix("headstart: "), ""
        elif line.startswith("hint: "):
            hint = line.removeprefix("hint: ")
    return HeadstartError(message or f"headstart ended with status {status}", hint, status)


class UnreadableImagesError(HeadstartError):
    """Some images could not be read: `errors` has the reasons by position.

    `embeddings` has the rows of the others; those of unreadable images are NaN.
    """

    def __init__(self, errors: Mapping[int, str], embeddings: NDArray[np.float32]) -> None:
        position, reason = next(iter(errors.items()))
        super().__init__(f"{len(errors)} of {len(embeddings)} images could not be read; number {position}: {reason}")
        self.errors, self.embeddings = dict(errors), embeddings
