"""Files on the command line: `-` is standard input, and bytes that are no UTF-8 cost a row and not the file."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import TextIOWrapper
from pathlib import Path
from typing import BinaryIO

from connectors.incoming.rows import LONGEST_ROW


@contextmanager
def opened(path: str) -> Iterator[tuple[Iterator[str], BinaryIO]]:
    """The lines of a file, and the bytes below them, whose position tells how far it has been read."""
    if path == "-":
        yield _lines(sys.stdin.buffer), sys.stdin.buffer
        return
    with Path(path).open("rb") as file:
        yield _lines(file), file


def name_of(path: str) -> str:
    """The file's name as uploads show it, without its folders."""
    return "(standard input)" if path == "-" else Path(path).name


def size_of(path: str) -> int | None:
    """Its size in bytes, if it is a file that can be measured."""
    return None if path == "-" or not Path(path).is_file() else Path(path).stat().st_size


def _lines(file: BinaryIO) -> Iterator[str]:
    """A line longer than any row may be is cut off: what has no end must not fill the memory."""
    text = TextIOWrapper(file, encoding="utf-8-sig", errors="surrogateescape", newline="")
    try:
        while line := text.readline(LONGEST_ROW + 1):
            rest = line
            while len(rest) > LONGEST_ROW and not rest.endswith(("\n", "\r")):
                rest = text.readline(LONGEST_ROW + 1)
            yield line
    finally:
        with suppress(ValueError):  # closed already
            text.detach()  # the file is closed by who opened it
