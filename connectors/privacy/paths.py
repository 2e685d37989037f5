"""Log files, exports and folders, whatever they hold; what is packed is unpacked on the way, also within another."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from connectors.privacy.finding import UNREADABLE, Finding, finding
from connectors.privacy.looking import Looker
from connectors.privacy.unpacking import HEAD, Joined, Part, kind_of

CHUNK = 4 << 20  # bytes in memory
LONGEST = 1 << 16  # bytes looked at as one line
PART = 1 << 10  # bytes of what has no lines that are looked at closely at a time
OVERLAP = 128  # bytes: longer than any number is written
DEEPEST = 6  # packed files within each other
Heard = Callable[[int], None]
Skip = Callable[[Path], bool]


def scan_paths(paths: list[Path], looker: Looker, heard: Heard, skip: Skip = lambda _: False) -> Iterator[Finding]:
    """Where numbers stand in files and in all that lies in folders; `heard` is told how many bytes were looked at."""
    roots = [path.resolve() for path in paths]
    # Who names a link means what it leads to.
    for path, root in zip(paths, roots, strict=True):
        yield from _scan_path(root if path.is_symlink() else path, roots, looker, heard, skip)


def _scan_path(path: Path, roots: list[Path], looker: Looker, heard: Heard, skip: Skip) -> Iterator[Finding]:
    if skip(path):
        return
    if looker.text(path.name):
        yield finding(str(path.parent), path.name, "its name")
    try:
        if path.is_symlink():
            # What lies within is looked at where it lies.
            if path.exists() and not any(path.resolve().is_relative_to(root) for root in roots):
                yield finding(str(path), "a link that leads elsewhere", UNREADABLE)
        elif path.is_dir():
            for inner in sorted(path.iterdir()):
                yield from _scan_path(inner, roots, looker, heard, skip)
        elif path.is_file():
            with path.open("rb") as opened:
                for where, what in _scan_opened(opened, path.name, looker, heard, DEEPEST):
                    yield finding(str(path), where, what)
        elif not path.exists():
            yield finding(str(path), "", UNREADABLE)
    except FileNotFoundError:  # gone meanwhile
        return
    except OSError as failure:
        yield finding(str(path), type(failure).__name__, UNREADABLE)


def _scan_opened(opened: Any, name: str, looker: Looker, heard: Heard, deeper: int) -> Iterator[tuple[str, str]]:
    """Where numbers stand in something of this name, and what cannot be looked into."""
    try:
        head = opened.read(HEAD)
        whole, opens = Joined(head, opened), kind_of(head, name)
        if opens is None:
            yield from ((where, "") for where in _scan_bytes(whole, looker, heard))
        elif not deeper:
            yield "packed too deep", UNREADABLE
        else:
            for part in opens(whole):
                for where, what in _scan_part(part, name, looker, heard, deeper):
                    yield f"{part.name} {where}".strip(), what
    except FileNotFoundError:
        raise
    except Exception as failure:  # each kind of file has its own errors, and none may end the scan
        yield type(failure).__name__, UNREADABLE


def _scan_part(part: Part, name: str, looker: Looker, heard: Heard, deeper: int) -> Iterator[tuple[str, str]]:
    if part.name and looker.text(part.name):
        yield "", "its name"
    if part.failure:
        yield part.failure, UNREADABLE
    elif part.rows is not None:
        yield from _scan_rows(part.rows, looker, heard)
    elif part.as_written:
        yield from ((where, "") for where in _scan_bytes(part.opened, looker, heard))
    elif part.opened is not None:
        inner = part.name or name.rpartition(".")[0]
        yield from _scan_opened(part.opened, inner, looker, heard, deeper - 1)


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


def _scan_rows(batches: Any, looker: Looker, heard: Heard) -> Iterator[tuple[str, str]]:
    row = 0
    for batch in batches:
        heard(batch.nbytes)
        for number, record in enumerate(batch.to_pylist(), row + 1):
            for field in looker.fields(record):
                yield f"row {number}", f"column {field}"
        row += batch.num_rows
