"""The identity vault: the only place that knows which number belongs to which person id.

Everything else in the register carries opaque random person ids. `keys` holds the cryptography, `configured` finds the
keys, `store` has the tables; sealing is done before the caller opens its transaction, so that nothing waits inside it.
"""

from register.vault.configured import configured_keys
from register.vault.keys import (
    Keys,
    KeysBroken,
    KeysMissing,
    NewPerson,
    SealBroken,
    VaultError,
    WrongKeys,
)
from register.vault.store import add, check_keys, create_tables, erase, find, overwrite, person_of, reveal, with_keys

__all__ = [
    "Keys",
    "KeysBroken",
    "KeysMissing",
    "NewPerson",
    "SealBroken",
    "VaultError",
    "WrongKeys",
    "add",
    "check_keys",
    "configured_keys",
    "create_tables",
    "erase",
    "find",
    "overwrite",
    "person_of",
    "reveal",
    "with_keys",
]
