"""Links on real tables: both histories in one transaction, and two decisions about one person never both win."""

import threading
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from kafka import TopicPartition
from psycopg.errors import UniqueViolation

from register import batch, store, vault
from register.identities.number import PERSONAL_ROOT, Identity, parse_identity
from register.ids import stream
from register.intake import Intake
from register.known import Overtaken
from register.links.store import identities_of, root_of
from register.people import History, history_of
from register.positions import intake_positions
from register.reports import read
from register.settings import Settings
from tests.write_side.asked import Asked
from tests.write_side.builders import a_dose_report, a_link_report, a_person_number

Conn = psycopg.Connection[Any]
# Three partitions of one sender, which three intakes may read.
HERE, THERE, ELSEWHERE = (TopicPartition("reports.north", partition) for partition in range(3))
PAIRS_OF_FOUR = ((0, 1), (2, 3), (1, 2))


@pytest.fixture
def recorder(settings: Settings) -> Iterator[store.FactRecorder]:
    opened = store.open_recorder(settings.database_url)
    yield opened
    opened.datastore.close()


def decided(conn: Conn, settings: Settings, place: TopicPartition, *reports: bytes, first: int = 0) -> batch.Outcome:
    found = [read(place.topic, place.partition, offset, value) for offset, value in enumerate(reports, first)]
    return batch.decide(conn, settings.keys, found, settings.clock())


def person(conn: Conn, settings: Settings, number: int) -> int:
    identity = parse_identity(PERSONAL_ROOT, a_person_number(number), today=settings.clock().date())
    assert isinstance(identity, Identity)
    found = vault.person_of(conn, settings.keys, identity)
    assert found is not None
    return found


def history(conn: Conn, person_id: int) -> History:
    facts = store.histories(conn, [stream(1, person_id)])[stream(1, person_id)]
    return history_of(person_id, facts)  # type: ignore[arg-type]


def test_a_link_and_its_end_move_the_doses_there_and_back(
    settings: Settings, conn: Conn, recorder: store.FactRecorder
) -> None:
    doses = (a_dose_report(1), a_dose_report(2, given_on="2021-04-25"))
    batch.write(conn, recorder, decided(conn, settings, HERE, *doses), {HERE: None}, {HERE: 2})
    kept, absorbed = person(conn, settings, 1), person(conn, settings, 2)

    batch.write(conn, recorder, decided(conn, settings, THERE, a_link_report(1, 2)), {THERE: None}, {THERE: 1})
    assert len(history(conn, kept).doses.told) == 2
    assert history(conn, absorbed).doses.told == {}
    assert (root_of(conn, absorbed), root_of(conn, kept)) == (kept, kept)
    assert identities_of(conn, kept) == [kept, absorbed]

    parted = a_link_report(1, 2, 2, event="unlinked")
    batch.write(conn, recorder, decided(conn, settings, THERE, parted, first=1), {THERE: 1}, {THERE: 2})
    assert [len(history(conn, one).doses.told) for one in (kept, absorbed)] == [1, 1]
    assert (root_of(conn, absorbed), identities_of(conn, kept)) == (absorbed, [kept])


def test_in_one_batch_doses_links_and_doses_on_the_old_number_come_to_one_person(
    settings: Settings, conn: Conn, recorder: store.FactRecorder
) -> None:
    later = a_dose_report(3, identity_value=a_person_number(2), given_on="2021-04-27")
    outcome = decided(conn, settings, HERE, a_dose_report(2), a_link_report(1, 2), later, a_dose_report(1))
    batch.write(conn, recorder, outcome, {HERE: None}, {HERE: 4})
    kept = history(conn, person(conn, settings, 1))
    assert {told.content.given_on.isoformat() for told in kept.doses.told.values()} == {"2021-04-20", "2021-04-27"}
    corrected = {"given_on": "2021-04-27", "batch": "EX9", "reported_at": settings.clock()}
    correction = a_dose_report(3, identity_value=a_person_number(2), **corrected)
    batch.write(conn, recorder, decided(conn, settings, ELSEWHERE, correction), {ELSEWHERE: None}, {ELSEWHERE: 1})
    assert {"EX1", "EX9"} == {
        told.content.batch for told in history(conn, person(conn, settings, 1)).doses.told.values()
    }


def test_a_batch_of_many_links_asks_the_database_no_more_than_one_of_a_few(
    settings: Settings, conn: Conn, recorder: store.FactRecorder
) -> None:
    doses = decided(conn, settings, HERE, *(a_dose_report(n) for n in range(40)))
    batch.write(conn, recorder, doses, {HERE: None}, {HERE: 40})
    counts = []
    for many in (4, 40):
        # Four become one, so that a link meets what others of the batch have made.
        links = [a_link_report(n + kept, n + absorbed) for n in range(0, many, 4) for kept, absorbed in PAIRS_OF_FOUR]
        with Asked.connect(settings.database_url, autocommit=True) as asked:
            outcome = decided(asked, settings, HERE, *links, first=40)
            counts.append(asked.count)
        assert len(outcome.moved_records) == many * 3 // 4
    assert counts[0] == counts[1]


@pytest.mark.parametrize("first", ["link", "dose"])
def test_a_link_and_a_dose_decided_at_once_are_not_both_written(
    settings: Settings, conn: Conn, recorder: store.FactRecorder, first: str
) -> None:
    batch.write(conn, recorder, decided(conn, settings, HERE, a_dose_report(2)), {HERE: None}, {HERE: 1})
    link = decided(conn, settings, THERE, a_link_report(1, 2))
    dose = decided(
        conn, settings, ELSEWHERE, a_dose_report(4, identity_value=a_person_number(2), given_on="2021-04-29")
    )
    in_turn = [(THERE, link), (ELSEWHERE, dose)] if first == "link" else [(ELSEWHERE, dose), (THERE, link)]
    (place, outcome), (other_place, other) = in_turn
    batch.write(conn, recorder, outcome, {place: None}, {place: 1})
    with pytest.raises((UniqueViolation, Overtaken)):
        batch.write(conn, recorder, other, {other_place: None}, {other_place: 1})


def test_a_record_that_went_to_somebody_else_is_left_alone_by_a_link(
    settings: Settings, conn: Conn, recorder: store.FactRecorder
) -> None:
    taken_back = a_dose_report(2, nullified=True)
    elsewhere = a_dose_report(2, identity_value=a_person_number(5), reported_at=settings.clock())
    outcome = decided(conn, settings, HERE, taken_back, elsewhere)
    batch.write(conn, recorder, outcome, {HERE: None}, {HERE: 2})
    batch.write(conn, recorder, decided(conn, settings, THERE, a_link_report(1, 2)), {THERE: None}, {THERE: 1})
    assert len(history(conn, person(conn, settings, 5)).doses.told) == 1


class Record:
    """What a consumer hands over."""

    def __init__(self, offset: int, value: bytes) -> None:
        self.offset, self.value = offset, value


def test_three_intakes_that_link_unlink_and_dose_the_same_people_agree(settings: Settings, conn: Conn) -> None:
    """Chains and circles at the same moment: every report is decided once, and the last word on each pair holds."""
    pairs = [(1, 2), (2, 3), (3, 1), (4, 3), (4, 5), (5, 1)]
    said: dict[TopicPartition, list[bytes]] = {HERE: [], THERE: [], ELSEWHERE: []}
    for turn, place in enumerate(said):
        for number in range(20):
            one, other = pairs[(number + turn) % len(pairs)]
            event = "unlinked" if number % 3 == turn else "linked"
            said[place].append(a_link_report(one, other, 10 + 3 * number + turn, event=event))
            reference = f"{turn}-{number}"
            day = f"2021-04-{number + 1:02d}"
            said[place].append(
                a_dose_report(number % 5 + 1, unique_reference=reference, given_on=day, system_name=place.topic)
            )
    last = [a_link_report(one, other, 200) for one, other in ((1, 2), (2, 3), (3, 4), (4, 5))]

    def take(place: TopicPartition, reports: list[bytes]) -> None:
        recorder = store.open_recorder(settings.database_url)
        try:
            with psycopg.connect(settings.database_url, autocommit=True) as own:
                intake = Intake(settings, recorder, own, consumer=None)
                for offset, value in enumerate(reports):
                    # As intake does: what was overtaken too often is read again.
                    while intake_positions(own).get(place, 0) == offset:
                        intake._positions = {place: offset} if offset else {}
                        intake.take({place: [Record(offset, value)]})
        finally:
            recorder.datastore.close()

    threads = [threading.Thread(target=take, args=each) for each in said.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    take(TopicPartition("reports.last", 0), last)

    counted = conn.execute("SELECT count(*) FROM register.receipts").fetchone()
    assert counted == (3 * 40 + 4,)
    histories = [history(conn, person(conn, settings, number)) for number in range(1, 6)]
    keepers = [one for one in histories if one.doses.told]
    assert len(keepers) == 1
    live = [record for record in keepers[0].doses.records.values() if record.live]
    assert len(live) == 60
    assert {root_of(conn, one.person_id) for one in histories} == {keepers[0].person_id}
