"""People in a test's register: known, protected, linked, by the facts and tables that say so."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from psycopg import Connection

from register import vault
from register.identities.number import PERSONAL_ROOT, Identity, parse_identity
from register.links import store as links
from register.persons.facts import PersonProtected
from register.store import open_recorder, stored
from register.vault import Keys

KEYS = Keys(b"v" * 32, b"l" * 32)
# From the tax agency's published test numbers.
NUMBERS = ("192103158750", "192103288862")
THEN = datetime(2026, 1, 5, 12, tzinfo=UTC)


def identity(number: str) -> Identity:
    read = parse_identity(PERSONAL_ROOT, number, today=date(2026, 3, 2))
    assert isinstance(read, Identity)
    return read


@dataclass(frozen=True)
class Register:
    """What a test writes into its register."""

    database_url: str
    conn: Connection[Any]

    def knows(self, number: str, keys: Keys = KEYS) -> int:
        """The id of a person whom the vault knows by this number from now on."""
        [person] = keys.new_persons([identity(number)])
        with self.conn.transaction():
            vault.check_keys(self.conn, keys)
            vault.add(self.conn, [person])
        return person.person_id

    def protects(self, person_id: int, grade: str, version: int = 1) -> None:
        """The population register says from now on that the person is protected; an empty grade ends it."""
        fact = PersonProtected(person_id, version, THEN, "r-1", THEN, THEN.date(), grade)
        recorder = open_recorder(self.database_url)
        recorder.insert_events([stored(fact)])
        recorder.datastore.close()

    def links(self, root: int, *others: int) -> None:
        """These identities are one person; the first keeps the doses."""
        with self.conn.transaction():
            links.write(self.conn, [(each, root) for each in (root, *others)])

    def unlinks(self, *identities: int) -> None:
        """Each of these is a person for itself again."""
        with self.conn.transaction():
            links.write(self.conn, [(each, each) for each in identities])
