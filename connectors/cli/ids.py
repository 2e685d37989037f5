"""Commands about identity numbers themselves, which ask no server."""

import json
import os
import sys
from collections.abc import Iterator
from io import BufferedReader
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from register.identities.classify import Classified

File = Annotated[str, typer.Argument(metavar="[FILE]", help="the file, or - for standard input")]

# What has no end must not fill the memory: what comes at a time, and the longest line that is read as one.
CHUNK, LONGEST_LINE = 1 << 16, 100_000
MALFORMED = "IDENTITY-LINE-MALFORMED"

# Made once: it takes longer to make than to use.
_IN_JSON = json.JSONEncoder(ensure_ascii=False).encode

_ids = typer.Typer(
    help="What identity numbers are, by public rules.\n\nExample: vaxreg ids classify numbers.jsonl",
    no_args_is_help=True,
)


def add_to(app: typer.Typer) -> None:
    """The commands of this module."""
    _ids.command(name="classify")(classify)
    app.add_typer(_ids, name="ids")


def classify(file: File = "-") -> None:
    """Tell of each number its kind, issuer, birth and sex as far as they are known, or why it is none.

    In: one JSON line per number, with its value and, if known, its root: the OID of its series. Out: one JSON line for
    each, in the same order, with kind (personal, coordination, reserve, organisation, opaque or invalid), issuer,
    valid, birth_date, birth_year, sex (F, M or unknown), flags and reasons. A line that cannot be read is answered as
    invalid. The numbers themselves are not written anywhere.

    Stricter than intake: that takes a reserve number of an unpublished form, and a personal number said to be a
    coordination number or the reverse, and flags them. Here they are invalid.

    Example: echo '{"value": "19900101-2393", "root": "1.2.752.129.2.1.3.1"}' | vaxreg ids classify
    """
    if file == "-":
        _answer(sys.stdin.buffer)  # type: ignore[arg-type]  # standard input is buffered as any file
        return
    with Path(file).open("rb") as opened:
        _answer(opened)


def _answer(file: BufferedReader) -> None:
    from register.clock import clock_from, day_in_sweden  # noqa: PLC0415
    from register.identities.classify import Classified, classify  # noqa: PLC0415

    today = day_in_sweden(clock_from(os.environ)())

    def answered(line: bytes) -> str:
        said = _read(line)
        if isinstance(said, str):
            return _written(Classified("invalid", reasons=(said,)))
        return _written(classify(*said, today=today))

    for lines in _lines(file):
        sys.stdout.write("".join(map(answered, lines)))
        # Whoever asks one number at a time waits for no other.
        sys.stdout.flush()


def _lines(file: BufferedReader) -> Iterator[list[bytes]]:
    """The lines of a file as they come; of one that is too long, only enough to see that it is."""
    begun = b""
    while chunk := file.read1(CHUNK):
        *lines, begun = (begun + chunk).split(b"\n")
        begun = begun[: LONGEST_LINE + 1]
        yield lines
    if begun:
        yield [begun]


def _read(line: bytes) -> tuple[str, str] | str:
    """The value and the OID (empty: not known), or the code that says why there are none."""
    if len(line) > LONGEST_LINE:
        return "ROW-TOO-LONG"
    try:
        said = json.loads(line)
    except (ValueError, RecursionError):
        return MALFORMED
    if not isinstance(said, dict):
        return MALFORMED
    value, root = said.get("value"), said.get("root")
    if value is None:
        return "IDENTITY-MISSING"
    if not isinstance(value, str) or not isinstance(root, str | None):
        return MALFORMED
    return value, root or ""


def _written(found: "Classified") -> str:
    answer = {
        "kind": found.kind,
        "issuer": found.issuer,
        "valid": found.valid,
        "birth_date": found.birth_date.isoformat() if found.birth_date else None,
        "birth_year": found.birth_year,
        "sex": found.sex,
        "flags": found.flags,
        "reasons": found.reasons,
    }
    return f"{_IN_JSON(answer)}\n"
