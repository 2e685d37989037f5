"""Packed files, told by what they begin with: what lies in them, or that nobody here can read it."""

import bz2
import gzip
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from io import BytesIO, FileIO
from typing import Any, NamedTuple

import lz4.frame
import pyarrow.parquet as pq
import zstandard
from pypdf import PdfReader

HEAD = 1 << 10  # bytes that tell the kind
HELD = 256 << 20  # bytes of a packed file within another that are held in memory
_PDF_STREAM = b"stream"


class TooLarge(Exception):
    """A packed file within another is larger than what is held in memory."""


class Part(NamedTuple):
    """Something that lies in a packed file: its name there, and how to read it; or rows, where it is a table.

    `as_written`: the packed file itself, which is not to be unpacked once more.
    """

    name: str
    opened: Any = None
    rows: Any = None
    failure: str = ""
    as_written: bool = False


class Joined:
    """A stream whose beginning was looked at, whole again; it goes forward only."""

    def __init__(self, head: bytes, rest: Any) -> None:
        self._head, self._rest = head, rest

    def read(self, size: int = -1) -> bytes:
        """The next bytes; all that are left without a size."""
        if not self._head:
            return bytes(self._rest.read(size))
        if size < 0:
            head, self._head = self._head, b""
            return head + bytes(self._rest.read())
        head, self._head = self._head[:size], self._head[size:]
        return head + bytes(self._rest.read(size - len(head)))

    def whole(self) -> Any:
        """The same, in memory if it is not a file, so that it can be read in any order; raises TooLarge."""
        if isinstance(self._rest, BytesIO) or isinstance(getattr(self._rest, "raw", None), FileIO):
            self._rest.seek(0)
            return self._rest
        data = self.read(HELD + 1)
        if len(data) > HELD:
            raise TooLarge
        return BytesIO(data)


def _single(opens: Callable[[Any], Any]) -> Callable[[Joined], Iterator[Part]]:
    def parts(packed: Joined) -> Iterator[Part]:
        with opens(packed) as opened:
            yield Part("", opened)

    return parts


def _zip(packed: Joined) -> Iterator[Part]:
    with zipfile.ZipFile(packed.whole()) as opened:
        yield Part("comment", BytesIO(opened.comment))
        for entry in opened.infolist():
            yield Part(f"{entry.filename} comment", BytesIO(entry.comment))
            try:
                with opened.open(entry) as one:
                    yield Part(entry.filename, one)
            except (RuntimeError, NotImplementedError) as failure:  # a password, or a way to pack that Python lacks
                yield Part(entry.filename, failure=type(failure).__name__)


def _tar(packed: Joined) -> Iterator[Part]:
    # Zeros end an archive; behind them another may stand, as `cat` makes them.
    with tarfile.open(fileobj=packed, mode="r|", ignore_zeros=True) as opened:  # type: ignore[call-overload]
        for entry in opened:
            about = "\n".join((entry.uname, entry.gname, *entry.pax_headers.values()))
            yield Part(f"{entry.name} header", BytesIO(about.encode("utf-8", "replace")))
            one = opened.extractfile(entry) if entry.isreg() else BytesIO(entry.linkname.encode("utf-8", "replace"))
            yield Part(entry.name, one)


def _parquet(packed: Joined) -> Iterator[Part]:
    yield Part("", rows=pq.ParquetFile(packed.whole()).iter_batches())


def _pdf(packed: Joined) -> Iterator[Part]:
    """What a reader shows, page by page, and all that is written in it or packed, such as titles and forms."""
    data = packed.whole().read(HELD + 1)
    if len(data) > HELD:
        raise TooLarge
    yield Part("", BytesIO(data), as_written=True)
    for number, page in enumerate(PdfReader(BytesIO(data)).pages, 1):
        yield Part(f"page {number}", BytesIO(page.extract_text().encode("utf-8", "replace")))
    at = 0
    while (at := data.find(_PDF_STREAM, at)) >= 0:
        at += len(_PDF_STREAM)
        begin = at + (2 if data[at : at + 2] == b"\r\n" else 1)
        try:
            yield Part(f"stream at byte {begin}", BytesIO(zlib.decompressobj().decompress(data[begin:], HELD)))
        except zlib.error:  # not packed in this way: an image, or the word endstream
            continue


def _unreadable(_: Joined) -> Iterator[Part]:
    yield Part("", failure="no reader")


def _zstd(packed: Any) -> Any:
    return zstandard.ZstdDecompressor().stream_reader(packed, read_across_frames=True)


Opens = Callable[[Joined], Iterator[Part]]
# To look into one more kind, add a row: where it begins, with what, and how it is opened.
KINDS: tuple[tuple[int, bytes, Opens], ...] = (
    (0, b"\x1f\x8b", _single(lambda packed: gzip.GzipFile(fileobj=packed))),
    (0, b"BZh", _single(bz2.BZ2File)),
    (0, b"\xfd7zXZ\0", _single(lzma.LZMAFile)),
    (0, b"\x5d\0\0", _single(lzma.LZMAFile)),
    (0, b"\x28\xb5\x2f\xfd", _single(_zstd)),
    (0, b"\x04\x22\x4d\x18", _single(lz4.frame.LZ4FrameFile)),
    (0, b"PK\x03\x04", _zip),
    (0, b"PK\x05\x06", _zip),
    (257, b"ustar", _tar),
    (0, b"PAR1", _parquet),
    (0, b"%PDF-", _pdf),
    # 7-Zip, RAR, compress, lzip, CAB, snappy, lzop, rpm, ar, OpenSSL, PGP, pg_dump, Arrow, ORC, Avro's files.
    *((0, begins, _unreadable) for begins in (b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\x07", b"\x1f\x9d")),
    *((0, begins, _unreadable) for begins in (b"\x1f\xa0", b"LZIP\x01", b"MSCF\0\0\0\0", b"\xff\x06\0\0sNaPpY")),
    *((0, begins, _unreadable) for begins in (b"\x89LZO\0", b"\xed\xab\xee\xdb", b"!<arch>\n", b"Salted__")),
    *((0, begins, _unreadable) for begins in (b"-----BEGIN PGP MESSAGE", b"PGDMP", b"ARROW1\0\0", b"Obj\x01")),
)
# What does not say itself what it is.
WITHOUT_READER = (".br", ".7z", ".rar", ".orc", ".gpg", ".age")


def kind_of(head: bytes, name: str) -> Opens | None:
    """How what begins like this is opened; None if it is not packed."""
    for at, begins, opens in KINDS:
        if head.startswith(begins, at):
            return opens
    return _unreadable if name.lower().endswith(WITHOUT_READER) else None
