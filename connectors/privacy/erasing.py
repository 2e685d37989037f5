"""An order of erasure on the command line: allowed, written down, confirmed, carried out, and what is left said."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import psycopg
from psycopg import Connection

from connectors.cli.asker_allowed import allowed, identity_asked_about
from connectors.cli.failures import BrokenOption
from connectors.cli.readiness import make_ready
from connectors.cli.register import register
from connectors.privacy.erased_in_log import erased_in_log
from register import quarantine, vault
from register.access import reading_by
from register.access.reader import LONGEST
from register.erasure.again import erase_again
from register.erasure.carry_out import carry_out, finish
from register.erasure.erase import Order
from register.erasure.sweep import Swept
from register.links.store import identities_of, root_of
from register.settings import Settings
from register.store import FactRecorder, open_recorder

ERASE = "erase"
TERMINAL = "/dev/tty"
AGAIN = (
    "{count} reports that hold a number of this person are not decided yet: intake will make them a person anew."
    " When it has decided them (vaxreg status), run this command again."
)


def erase_person(order: str, role: str, purpose: str, who: str, unit: str, *, confirmed: bool) -> bool:
    """Erase the person whose identity stands on standard input; whether nothing is left to do."""
    reader, reference = allowed(ERASE, role, purpose, who, unit), _reference(order)
    with _opened() as (settings, conn, recorder):
        identity = identity_asked_about(settings)
        person_id = reading_by(conn, settings.keys, reader, ERASE, identity, at=datetime.now(UTC))
        count = 0 if person_id is None else len(identities_of(conn, root_of(conn, person_id)))
        if not confirmed and not _asked_on_terminal(count, reference):
            print("nothing was erased")
            return False
        done = carry_out(settings, conn, recorder, identity, Order(reference, reader.who, reader.role))
    if done.erased.persons:
        print(f"erased: one person's {len(done.erased.persons)} identities; their doses stay counted")
    elif done.begun_before:
        print("erased before: an erasure that was broken off, or held up by reports, has gone on")
    else:
        print("nobody was erased: the register knows nobody by this identity, or no longer")
    _tell(done.swept)
    return not done.swept.undecided and bool(done.erased.persons or done.begun_before)


def reapply(*, from_log: bool) -> bool:
    """Erase again what a restored backup brought back, and go on with erasures that reports still held up."""
    with _opened() as (settings, conn, _):
        also = erased_in_log(settings.kafka("vaxreg-scan")) if from_log else []
        back = erase_again(conn, settings.keys, settings.clock(), also)
        swept = finish(settings, conn)
    print(f"erased again: {back} identities")
    _tell(swept)
    return not swept.undecided


def _tell(swept: Swept) -> None:
    print(f"reports on Kafka: {swept.deleted} deleted; in quarantine: {swept.blanked} blanked")
    if swept.undecided:
        print(AGAIN.format(count=swept.undecided))


def _reference(order: str) -> str:
    reference = order.strip()
    if not reference or len(reference) > LONGEST or not reference.isprintable():
        raise BrokenOption(f"--order must name the order, in at most {LONGEST} characters")
    return reference


def _asked_on_terminal(count: int, reference: str) -> bool:
    """Ask whoever sits there, since standard input holds the identity; raises BrokenOption where nobody does."""
    try:
        with open(TERMINAL, "w", encoding="utf-8") as asks, open(TERMINAL, encoding="utf-8") as answers:
            whom = f"one person with {count} identities" if count else "whatever was sent about somebody nobody knows"
            print(f"Erase {whom} by order {reference}, for good? Type yes: ", file=asks)
            return answers.readline().strip().lower() == "yes"
    except OSError:
        raise BrokenOption("there is no terminal to confirm on: add --yes") from None


@contextmanager
def _opened() -> Iterator[tuple[Settings, Connection[Any], FactRecorder]]:
    with register() as settings:
        make_ready(settings)
        recorder = open_recorder(settings.database_url)
        try:
            with psycopg.connect(settings.database_url, autocommit=True) as conn:
                vault.check_keys(conn, settings.keys)
                quarantine.seal_old(conn, settings.keys)
                yield settings, conn, recorder
        finally:
            recorder.datastore.close()
