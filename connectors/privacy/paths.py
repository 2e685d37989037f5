"""Log files, exports and folders, whatever they hold; a packed file is unpacked on the way."""

import gzip
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BufferedIOBase
from pathlib import Path
from typing import IO, Any

import pyarrow.parquet as pq
import zstandard

from connectors.privacy.finding import UNREADABLE, Finding, finding
from connectors.privacy.looking import Looker

CHUNK = 4 << 20  # bytes in memory
LONGEST = 1 << 16  # bytes looked at as one line
PART = 1 << 10  # bytes of what has no lines that are looked at closely at a time
OVERLAP = 128  # bytes: longer than any number is written
Heard = Callable[[int], None]
Skip = Callable[[Path], bool]

ZIPPED = (".zip", ".xlsx", ".docx", ".ods", ".jar")


def scan_paths(paths: list[Path], looker: Looker, heard: Heard, skip: Skip = lambda _: False) -> Iterator[Finding]:
    """Where numbers stand in files and in all that lies in folders; `heard` is told how many bytes were looked at."""
    for path in paths:
        if path.is_symlink() or skip(path):
            continue
        if looker.text(path.name):
            yield finding(str(path.parent), path.name, "its name")
        if path.is_dir():
            yield from scan_paths(sorted(path.iterdir()), looker, heard, skip)
        elif path.is_file():
            yield from _scan_file(path, looker, heard)
        elif not path.exists():
            yield finding(str(path), "", UNREADABLE)


def _scan_file(path: Path, looker: Looker, heard: Heard) -> Iterator[Finding]:
    try:
        if path.suffix == ".parquet":
            yield from _scan_parquet(path, looker, heard)
        elif path.suffix in ZIPPED and zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as packed:
                for name in packed.namelist():
                    with packed.open(name) as opened:
                        for where in _scan_bytes(opened, looker, heard):
                            yield finding(str(path), f"{name} {where}", "")
        else:
            with _opened(path) as opened:
                for where in _scan_bytes(opened, looker, heard):
                    yield finding(str(path), where, "")
    except FileNotFoundError:  # gone meanwhile
        return
    except Exception as failure:  # each kind of file has its own errors, and none may end the scan
        yield finding(str(path), type(failure).__name__, UNREADABLE)


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes] | BufferedIOBase | Any]:
    match path.suffix:
        case ".gz":
            with gzip.open(path) as opened:
                yield opened
        case ".zst":
            with path.open("rb") as packed, zstandard.ZstdDecompressor().stream_reader(packed) as opened:
                yield opened
        case _:
            with path.open("rb") as opened:
                yield opened


def _scan_bytes(opened: Any, looker: Looker, heard: Heard) -> Iterator[str]:
    """Lines, or places in what has no lines, where a number stands; each once."""
    begun, at, line, told = b"", 0, 1, ""
    is_text: bool | None = None
    is_new = False  # whether what was begun has not been looked at
    while chunk := opened.read(CHUNK):
        heard(len(chunk))
        is_text = b"\0" not in chunk[:LONGEST] if is_text is None else is_text
        data = begun + chunk
        cut = data.rfind(b"\n") if is_text else -1
        if cut < 0 and len(data) < LONGEST:
            begun, is_new = data, True
            continue
        whole, begun, is_new = (data[:cut], data[cut + 1 :], True) if cut >= 0 else (data, data[-OVERLAP:], False)
        for where in _of_piece(whole, looker, at, line if is_text else None):
            if where != told:
                yield where
            told = where
        at += len(data) - len(begun)
        line += data.count(b"\n") if is_text else 0
    if begun and is_new:
        yield from _of_piece(begun, looker, at, line if is_text else None)


def _of_piece(data: bytes, looker: Looker, at: int, line: int | None) -> Iterator[str]:
    """In the lines of a text, of which the first has this number; else in a part of a file, by its place."""
    lines = data.split(b"\n") if line is not None else []
    if line is not None and max(map(len, lines)) <= LONGEST:
        for place in looker.suspects(lines):
            if looker.line(lines[place].decode("utf-8", "replace")):
                yield f"line {line + place}"
        return
    parts = [data[begin : begin + PART + OVERLAP] for begin in range(0, len(data), PART)]
    for place in looker.suspects(parts):
        if looker.data(parts[place]):
            yield f"near byte {(at + place * PART) // PART * PART}"


def _scan_parquet(path: Path, looker: Looker, heard: Heard) -> Iterator[Finding]:
    row = 0
    for batch in pq.ParquetFile(path).iter_batches():
        heard(batch.nbytes)
        for number, record in enumerate(batch.to_pylist(), row + 1):
            for field in looker.fields(record):
                yield finding(str(path), f"row {number}", f"column {field}")
        row += batch.num_rows
