"""Passwords: made at random, kept in files that only their owner reads, never shown by accident."""

import os
import re
import secrets
from pathlib import Path
from typing import Self

# What a password may be made of: every client writes these alike, and none of them means anything to SASL.
_ALLOWED = re.compile(r"[\x21-\x2b\x2d-\x3c\x3e-\x7e]{20,200}")


class PasswordBroken(Exception):
    """A password must have 20 to 200 characters of ASCII, without space, comma and equals sign."""


class PasswordFileBroken(Exception):
    """A file with a password is missing, is there already, or can be read by others. Messages name the file only."""


class Password(str):
    """A password that does not show itself where a client's settings are logged or printed."""

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        return super().__new__(cls, text.shown() if isinstance(text, Password) else text)

    def __repr__(self) -> str:
        return "***"

    __str__ = __repr__

    def __format__(self, _how: str) -> str:
        return "***"

    def shown(self) -> str:
        """In clear text, for the one moment in which somebody is given it."""
        return str.__str__(self)


def new_password() -> Password:
    """256 random bits."""
    return Password(secrets.token_urlsafe(32))


def checked(text: str) -> Password:
    """A password that somebody chose; raises PasswordBroken."""
    if not _ALLOWED.fullmatch(text):
        raise PasswordBroken(PasswordBroken.__doc__)
    return Password(text)


def read(path: Path) -> Password:
    """The password in a file of its own; raises PasswordFileBroken and PasswordBroken."""
    try:
        with path.open(encoding="ascii") as file:
            if os.fstat(file.fileno()).st_mode & 0o077:
                raise PasswordFileBroken(f"{path} can be read by others; give it mode 0600")
            return checked(file.read().strip())
    except (OSError, UnicodeDecodeError):
        raise PasswordFileBroken(f"{path} cannot be read") from None


def write_new(path: Path, password: Password) -> None:
    """Into a file that is not there yet; raises PasswordFileBroken."""
    try:
        _write(path, password)
    except FileExistsError:
        raise PasswordFileBroken(f"{path} exists; nothing was overwritten") from None
    except OSError:
        raise PasswordFileBroken(f"{path} cannot be written") from None


def kept(folder: Path, principal: str) -> Password:
    """The password that the embedded broker's folder holds for somebody; raises PasswordFileBroken."""
    return read(_file(folder, principal))


def is_kept(folder: Path, principal: str) -> bool:
    return _file(folder, principal).exists()


def keep(folder: Path, principal: str, password: Password) -> None:
    """Hold it in the embedded broker's folder, in place of one that is there."""
    draft = folder / f".{principal}.{secrets.token_hex(8)}"
    _write(draft, password)
    draft.replace(_file(folder, principal))


def forget(folder: Path, principal: str) -> None:
    _file(folder, principal).unlink(missing_ok=True)


def _file(folder: Path, principal: str) -> Path:
    return folder / f"{principal}.password"


def _write(path: Path, password: Password) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write(f"{password.shown()}\n")
        file.flush()
        os.fsync(file.fileno())
