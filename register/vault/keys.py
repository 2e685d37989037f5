"""What the vault's keys do: how a number becomes a look-up value, how it is sealed, and how it is read again."""

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from hmac import digest
from typing import cast

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC

from register.identities.number import Identity, Kind, Sex
from register.ids import new_id

VAULT_KEY = "VAXREG_VAULT_KEY"
LOOKUP_KEY = "VAXREG_LOOKUP_KEY"


class VaultError(Exception):
    """Something is wrong with the vault. Messages hold names of settings and person ids only."""


class KeysMissing(VaultError):
    """A key is not configured and there is no data folder to keep one in."""


class KeysBroken(VaultError):
    """A configured key is no key, or its file can be read by others."""


class WrongKeys(VaultError):
    """The keys are not those which this vault was filled with."""


class SealBroken(VaultError):
    """A person's sealed number cannot be opened: changed, moved to another person, or sealed with other keys."""


@dataclass(frozen=True, slots=True)
class NewPerson:
    """A person the vault does not know yet: a random id, and the number as nobody can read it without the key."""

    person_id: int
    lookup: bytes
    wrapped_key: bytes = field(repr=False)
    sealed: bytes = field(repr=False)


class Keys:
    """The master key that seals people's own keys, and the key by which numbers are looked up."""

    __slots__ = ("_hash", "_lookup_key", "_master", "_vault_key")

    def __init__(self, vault_key: bytes, lookup_key: bytes) -> None:
        if len(vault_key) != 32 or len(lookup_key) != 32:
            raise KeysBroken(f"{VAULT_KEY} and {LOOKUP_KEY} must be 32 bytes each")
        if vault_key == lookup_key:
            raise KeysBroken(f"{VAULT_KEY} and {LOOKUP_KEY} must be two different keys")
        self._vault_key = vault_key
        self._lookup_key = lookup_key
        self._master = AESGCM(vault_key)
        self._hash = HMAC(lookup_key, SHA256())

    def __repr__(self) -> str:
        return "Keys(hidden)"

    def __reduce__(self) -> str:
        raise TypeError("keys are not copied or written anywhere")

    def lookup(self, identity: Identity) -> bytes:
        """The value under which an identity is found; without the key it tells nothing about the number."""
        return self._keyed_hash(b"identity", identity.root, identity.value)

    def record_key(self, system: str, reference: str) -> bytes:
        """Which record of which system a report is about, without the sender's own reference."""
        return self._keyed_hash(b"record", system, reference)

    def text_key(self, place: str, text: str) -> bytes:
        """What a text in a place is known by, without the text."""
        return self._keyed_hash(b"text", place, text)

    def check_value(self) -> bytes:
        """Recognises these two keys among others and tells nothing about them."""
        of_vault_key = digest(self._vault_key, b"vaxreg check value", "sha256")[:16]
        return of_vault_key + digest(self._lookup_key, b"vaxreg check value", "sha256")[:16]

    def new_persons(self, identities: Iterable[Identity]) -> list[NewPerson]:
        """A random person id, a key of their own and the sealed number, for each identity in the order given."""
        return [self._new_person(identity) for identity in identities]

    def open(self, person_id: int, wrapped_key: bytes, sealed: bytes) -> Identity:
        """The identity sealed for this person."""
        return read_back(self._opened(person_id, wrapped_key, sealed, _bytes_of(person_id)))

    def seal(self, person_id: int, wrapped_key: bytes, text: str) -> bytes:
        """A text about a person whom the vault knows, sealed with their own key."""
        own_key, nonce = self._own_key(person_id, wrapped_key), os.urandom(12)
        return nonce + AESGCM(own_key).encrypt(nonce, text.encode(), _TEXT + _bytes_of(person_id))

    def unseal(self, person_id: int, wrapped_key: bytes, sealed: bytes) -> str:
        """The text sealed about this person."""
        return self._opened(person_id, wrapped_key, sealed, _TEXT + _bytes_of(person_id)).decode()

    def seal_apart(self, bound_to: bytes, value: bytes) -> bytes:
        """Bytes that belong to no person of the vault's, or to nobody yet, sealed with the vault's own key."""
        nonce = os.urandom(12)
        return nonce + self._master.encrypt(nonce, value, _APART + bound_to)

    def unseal_apart(self, bound_to: bytes, sealed: bytes) -> bytes:
        """The bytes sealed under this name."""
        try:
            return self._master.decrypt(sealed[:12], sealed[12:], _APART + bound_to)
        except (InvalidTag, ValueError):
            raise SealBroken("what is sealed with the vault's key cannot be opened") from None

    def _opened(self, person_id: int, wrapped_key: bytes, sealed: bytes, bound_to: bytes) -> bytes:
        own_key = self._own_key(person_id, wrapped_key)
        try:
            return AESGCM(own_key).decrypt(sealed[:12], sealed[12:], bound_to)
        except (InvalidTag, ValueError):
            raise _broken(person_id) from None

    def _own_key(self, person_id: int, wrapped_key: bytes) -> bytes:
        try:
            return self._master.decrypt(wrapped_key[:12], wrapped_key[12:], _bytes_of(person_id))
        except (InvalidTag, ValueError):
            raise _broken(person_id) from None

    def _keyed_hash(self, purpose: bytes, first: str, second: str) -> bytes:
        # Lengths in front: ("1.2", "34") and ("1.23", "4") are two different things.
        one, two = first.encode(), second.encode()
        message = b"%b\0%d:%b%d:%b" % (purpose, len(one), one, len(two), two)
        # A copy is ready to go: what HMAC does with the key alone takes longer than the message.
        keyed = self._hash.copy()
        keyed.update(message)
        return keyed.finalize()[:16]

    def _new_person(self, identity: Identity) -> NewPerson:
        person_id = new_id()
        bound_to = _bytes_of(person_id)
        # One call for the random bytes of both nonces and the person's key.
        random = os.urandom(56)
        own_key, wrap_nonce, seal_nonce = random[:32], random[32:44], random[44:]
        return NewPerson(
            person_id,
            self.lookup(identity),
            wrap_nonce + self._master.encrypt(wrap_nonce, own_key, bound_to),
            seal_nonce + AESGCM(own_key).encrypt(seal_nonce, written(identity), bound_to),
        )


# A text can never be taken for a number: what each is bound to differs.
_TEXT = b"text"
# Nor what is sealed with the vault's key for a person's key, which is bound to the eight bytes of an id.
_APART = b"apart from persons"


def _broken(person_id: int) -> SealBroken:
    return SealBroken(f"person {person_id}: what is sealed cannot be opened")


def _bytes_of(person_id: int) -> bytes:
    return person_id.to_bytes(8, "big")


# Neither an OID nor a number holds a control character, so one can stand between the parts.
_BETWEEN = "\x1f"


def written(identity: Identity) -> bytes:
    """An identity as it is sealed; `read_back` is the way back."""
    # Without the flags: they tell how one report was written, and the next may be written better.
    born = identity.birth_date.isoformat() if identity.birth_date else ""
    year = str(identity.birth_year) if identity.birth_year else ""
    parts = (identity.root, identity.value, identity.kind, born, year, identity.sex)
    return _BETWEEN.join(parts).encode()


def read_back(plain: bytes) -> Identity:
    """The identity that was written."""
    root, value, kind, born, year, sex = plain.decode().split(_BETWEEN)
    return Identity(
        root,
        value,
        cast(Kind, kind),
        date.fromisoformat(born) if born else None,
        int(year) if year else None,
        cast(Sex, sex),
    )
