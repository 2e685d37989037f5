"""A person as they stand at one moment: who is one with whom, and the doses of all, read together."""

from typing import Any, cast

from psycopg import Connection

from register import store
from register.facts import PersonFact
from register.ids import PERSON_TAG, stream
from register.links.store import identities_of, root_of
from register.people import Person, history_of


def person_with(conn: Connection[Any], person_id: int) -> Person:
    """The person whose identity this is; the connection is outside transactions.

    A link moves doses in two histories, which are projected apart from each other. Here both and the link itself are
    seen before it or after it, never between.
    """
    with conn.transaction():
        conn.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        identities = identities_of(conn, root_of(conn, person_id))
        found = store.histories(conn, [stream(PERSON_TAG, one) for one in identities])
    members = {
        one: history_of(one, cast(list[PersonFact], found.get(stream(PERSON_TAG, one), []))) for one in identities
    }
    first, *_ = members.values()
    return Person(members[person_id], first, tuple(members.values()))
