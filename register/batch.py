"""One batch of reports: decided against what is known, then written in one transaction, or not at all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from eventsourcing.persistence import StoredEvent
from kafka import TopicPartition
from psycopg import Connection, Cursor

from register import quarantine, receipts, vault
from register.access import tried
from register.access.tried import Tried
from register.binary_copy import copy
from register.entitled import Entitled
from register.erasure.again import erase_again
from register.erasure.records import RECORD_ERASED
from register.known import Known, Overtaken
from register.links import store as links
from register.links.decide import NOT_ALLOWED
from register.own_words import words_in
from register.positions import move_intake
from register.quarantine import Quarantined
from register.receipts import Receipt, receipt_for
from register.reports import Report, Unreadable
from register.store import FactRecorder, stored
from register.systems.owners import Owners
from register.understanding import Told, Understood, not_decidable, understand_all
from register.vault import Keys, NewPerson, births, texts
from register.vault.births import SealedBirth
from register.vault.texts import SealedText


@dataclass(frozen=True, slots=True)
class Outcome:
    """Everything that a batch leads to, encoded and sealed before the transaction that writes it begins."""

    facts: list[StoredEvent]
    receipts: list[Receipt]
    new_people: list[NewPerson]
    births: list[SealedBirth]
    texts: list[SealedText]
    tried: list[Tried]
    known_records: list[tuple[bytes, UUID]]
    new_records: list[tuple[bytes, UUID]]
    moved_records: list[tuple[bytes, UUID]]
    relinked: list[tuple[int, int]]
    quarantined: list[Quarantined]


def decide(conn: Connection[Any], keys: Keys, reports: Sequence[Report | Unreadable], now: datetime) -> Outcome:
    """Decide each report in order, with the histories as they are now and as the batch makes them."""
    owners, entitled = Owners(conn, reports), Entitled(conn, reports)
    understood = list(understand_all(reports, keys, now, owners.holder))
    known = _known(conn, keys, [report for report in understood if not isinstance(report, Told)], now)
    facts: list[StoredEvent] = []
    words: dict[tuple[str, int], str] = {}
    tries: list[Tried] = []
    answers: list[Receipt] = []
    quarantined: list[Quarantined] = []
    for report in map(entitled.checked, map(owners.checked, understood)):
        if isinstance(report, Told):
            told = report
        elif known.was_erased(report):
            told = Told(report.report, "refused", (RECORD_ERASED,))
        else:
            persons = known.concerned(report)
            try:
                decision = known.decide(report)
                facts += [stored(fact) for fact in decision.facts]
            except Exception as failure:
                told = not_decidable(report.report, failure)
            else:
                known.accept(report, decision)
                if NOT_ALLOWED in decision.codes:
                    tries += tried.tries(report.report.place.sender, known.both(report), now)
                if report.words:
                    words |= words_in(decision.facts, report.words, known.identity_of)
                told_of = decision.outcome, decision.codes, decision.dose_id
                answers.append(receipt_for(report.report, *told_of, now, persons=persons))
                continue
        answers.append(receipt_for(told.report, told.outcome, told.codes, None, now))
        if told.outcome == "quarantined":
            quarantined.append(quarantine.seal(keys, told.report.place, told.report.value, told.codes[0], now))
    new_people = known.new_people()
    return Outcome(
        facts,
        answers,
        new_people,
        births.seal(conn, keys, known.births, new_people),
        texts.seal(conn, keys, words, new_people),
        tried.once(tries),
        known.homes.before(),
        known.homes.new(),
        known.homes.moved(),
        known.relinked(),
        quarantined,
    )


def _known(conn: Connection[Any], keys: Keys, reports: Sequence[Understood], now: datetime) -> Known:
    """What is known; numbers of the erased that came back with a backup of the vault lead to nobody again first."""
    known = Known(conn, keys, reports)
    if known.came_back:
        erase_again(conn, keys, now)
        known = Known(conn, keys, reports)
    return known


def write(
    conn: Connection[Any],
    recorder: FactRecorder,
    outcome: Outcome,
    expected: Mapping[TopicPartition, int | None],
    reached: Mapping[TopicPartition, int],
) -> None:
    """All of it or nothing. Raises UniqueViolation or Overtaken where another process decided meanwhile, and Fenced."""
    with conn.transaction(), conn.cursor() as curs:
        move_intake(conn, expected, reached)
        vault.add(conn, outcome.new_people)
        if outcome.births:
            births.write(conn, outcome.births)
        if outcome.texts:
            texts.write(conn, outcome.texts)
        _write_records(curs, outcome)
        if outcome.relinked:
            links.write(conn, outcome.relinked)
        quarantine.write(curs, outcome.quarantined)
        # Last, because it takes the lock that every writer of facts waits for.
        recorder.append(curs, outcome.facts)
        receipts.write(curs, outcome.receipts)
        if outcome.tried:
            # After the facts, so that no reader who waits for the log of accesses waits for the event store as well.
            tried.write(conn, outcome.tried)


def _write_records(curs: Cursor[Any], outcome: Outcome) -> None:
    _hold_known_records(curs, outcome)
    # In the same order everywhere: two intakes that meet the same records cannot wait for each other.
    new = ((record, stream.bytes) for record, stream in sorted(outcome.new_records))
    copy(curs, ("register", "records"), ("record", "stream"), new)
    if outcome.moved_records:
        moves = [(stream, record) for record, stream in sorted(outcome.moved_records)]
        curs.executemany("UPDATE register.records SET stream = %s WHERE record = %s", moves)


def _hold_known_records(curs: Cursor[Any], outcome: Outcome) -> None:
    """Nobody may have moved a record since it was read: the two histories would both hold it true."""
    if not outcome.known_records:
        return
    records, streams = zip(*outcome.known_records, strict=True)
    held = curs.execute(
        "SELECT record FROM register.records JOIN unnest(%s::bytea[], %s::uuid[]) AS read (record, stream)"
        " USING (record, stream) ORDER BY record FOR UPDATE OF records",
        (list(records), list(streams)),
    )
    if held.rowcount != len(records):
        raise Overtaken
