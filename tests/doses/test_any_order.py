"""Whatever the order in which reports arrive, the same doses are true (a plain oracle says which)."""

from itertools import groupby
from typing import Any

import pytest
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from register.doses import restate
from register.doses.facts import DoseCorrected, DoseRecorded, DoseReinstated
from register.doses.history import Record
from register.doses.true_doses import Source
from register.doses.writer import JOINS_LAST, Latest
from register.identities.number import Identity
from register.people import history_of
from tests.doses.sentences import ANNA, BO, Register, Report, a_dose, at_hour, given, nullified

TrueDose = tuple[str, str, str, bool, frozenset[tuple[str, ...]]]


@st.composite
def reports(draw: st.DrawFn) -> list[Report]:
    """Reports of few records, days and products, some written at the same time, in any order of arrival."""
    said = draw(
        st.lists(
            st.tuples(
                st.sampled_from([ANNA, BO]),
                st.sampled_from(["A", "B"]),
                st.sampled_from(["", "", "1", "2", "3"]),
                st.sampled_from(["2021-05-03", "2021-05-04"]),
                st.sampled_from(["Comirnaty", "Spikevax"]),
                st.sampled_from(["X1", "X2"]),
                st.sampled_from([False, False, False, True]),
                st.sampled_from([0, 1, 1]),
            ),
            max_size=10,
        )
    )
    written = []
    hour = 0
    for who, system, reference, day, product, batch, taken_back, hours_later in said:
        hour += hours_later
        report = a_dose(
            who,
            hour,
            system_name=system,
            unique_reference=reference,
            given_on=day,
            product_name=product,
            batch=batch,
        )
        written.append(nullified(report, hour) if taken_back else report)
    return written


def record_of(report: Report) -> tuple[str, ...]:
    """Which record a report is about."""
    said, who = report.fields, report.who
    assert isinstance(who, Identity)
    if said["unique_reference"]:
        return said["system_name"], said["unique_reference"]
    return said["system_name"], who.value, said["given_on"], said["product_name"], said["batch"]


def turn(report: Report) -> tuple[Any, ...]:
    """The last in this order holds: the last written, of several at a time a withdrawal, else the greatest words."""
    said = report.fields
    words = [said[name] for name in ("system_name", "given_on", "product_name", "batch")]
    return said["reported_at"], said["nullified"], words, (ANNA, BO).index(report.who)


def doses_by_oracle(heard: list[Report]) -> set[TrueDose]:
    """The true doses by the plainest reading of the rules: every record's latest word, sorted by hand."""
    latest: dict[tuple[str, ...], Report] = {}
    for report in sorted(heard, key=turn):
        latest[record_of(report)] = report
    standing = [(record, report) for record, report in latest.items() if not report.fields["nullified"]]

    def day(entry: tuple[Any, Report]) -> tuple[str, str]:
        return entry[1].who.value, entry[1].fields["given_on"]  # type: ignore[union-attr]

    found: set[TrueDose] = set()
    for (who, given_on), entries in groupby(sorted(standing, key=day), key=day):
        doses: list[tuple[str, bool, list[tuple[str, ...]]]] = []
        in_turn = sorted(entries, key=lambda entry: (not entry[1].fields["unique_reference"], turn(entry[1])))
        for record, report in in_turn:
            product, named = report.fields["product_name"], bool(report.fields["unique_reference"])
            same = [dose for dose in doses if dose[0] == product][:1]
            if same and (named or record[0] not in [source[0] for source in same[0][2]]):
                same[0][2].append(record)
            else:
                doses.append((product, named or not doses, [record]))
        found |= {(who, given_on, product, counted, frozenset(sources)) for product, counted, sources in doses}
    return found


def doses_held(register: Register, heard: list[Report]) -> set[TrueDose]:
    """The true doses as the register holds them."""
    names = {register.record_key(report): record_of(report) for report in heard}
    found: set[TrueDose] = set()
    for who, person in register.people.items():
        for dose_id, told in person.doses.told.items():
            sources = [names[key] for key, one in person.doses.records.items() if one.live and one.dose_id == dose_id]
            day, counted = told.content.given_on.isoformat(), told.suspected_duplicate_of is None
            found.add((who, day, told.content.product, counted, frozenset(sources)))
    return found


@for_all(reports(), st.randoms(use_true_random=False))
@settings(max_examples=250, deadline=None)
def test_the_true_doses_do_not_depend_on_the_order_of_arrival(said: list[Report], chance: Any) -> None:
    arriving = said + chance.choices(said, k=3) if said else []
    chance.shuffle(arriving)
    register = Register()
    # Known from before: of two persons told of at the same time the one with the greater id keeps the dose.
    assert register.history(ANNA).person_id < register.history(BO).person_id
    assert doses_held(register.when(*arriving), said) == doses_by_oracle(said)


@for_all(reports(), st.randoms(use_true_random=False))
@settings(max_examples=150, deadline=None)
def test_everything_that_was_ever_known_can_be_folded_again_from_the_facts(said: list[Report], chance: Any) -> None:
    chance.shuffle(said)
    register = Register()
    seen: list[tuple[int, dict[str, Any]]] = []
    for report in said:
        register.when(report)
        seen.append((len(register.facts), dict(register.people)))
    for length, people in seen:
        for person in people.values():
            facts = [fact for fact in register.facts[:length] if fact.person_id == person.person_id]  # type: ignore[union-attr]
            assert history_of(person.person_id, facts) == person  # type: ignore[arg-type]


@for_all(reports(), st.randoms(use_true_random=False))
@settings(max_examples=150, deadline=None)
def test_every_suspected_duplicate_repeats_a_counted_dose_of_the_same_day(said: list[Report], chance: Any) -> None:
    chance.shuffle(said)
    for person in given(*said).people.values():
        told = person.doses.told
        for dose in told.values():
            if dose.suspected_duplicate_of is not None:
                counted = told[dose.suspected_duplicate_of]
                assert counted.suspected_duplicate_of is None
                assert counted.content.given_on == dose.content.given_on


@for_all(reports(), st.randoms(use_true_random=False))
@settings(max_examples=150, deadline=None)
def test_a_dose_id_belongs_to_one_person_and_every_retry_finds_nothing_to_do(said: list[Report], chance: Any) -> None:
    chance.shuffle(said)
    register = given(*said)
    owners = {(fact.dose_id, fact.person_id) for fact in register.facts if hasattr(fact, "dose_id")}
    assert len({dose_id for dose_id, _ in owners}) == len(owners)
    for report in said:
        register.when(report).then_nothing()


@for_all(reports(), st.randoms(use_true_random=False))
@settings(max_examples=200, deadline=None)
def test_what_a_report_leads_to_does_not_depend_on_how_much_else_of_the_person_is_looked_at(
    said: list[Report], chance: Any
) -> None:
    further = [a_dose(ANNA, 1, system_name="C", unique_reference=str(n), given_on=f"2021-05-{n:02d}") for n in (2, 5)]
    said = said + further
    chance.shuffle(said)

    def facts(few: int) -> list[Any]:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(restate, "FEW", few)
            return given(*said).facts

    assert facts(0) == facts(1_000)


def test_a_report_on_somebody_with_many_doses_looks_at_the_days_beside_its_own_only() -> None:
    days = [f"2021-{month:02d}-{day:02d}" for month in range(1, 6) for day in range(1, 29)]
    person = given(*(a_dose(unique_reference=day, given_on=day) for day in days)).history(ANNA)
    record = person.doses.records[next(iter(person.doses.records))]
    assert record.content is not None
    again = Record(b"another record..", 0, at_hour(2), "sender", record.content, (), True, JOINS_LAST)
    latest = Latest(again.key, at_hour(2), Source(again, record.content), "reported")
    looked_at, _ = restate.concerned(person.doses, {again.key: latest})
    assert [one.content.given_on.day for one in looked_at if one.content] == [1, 2]


@for_all(st.permutations([1, 2, 3]), st.sampled_from([1, 2, 3]))
def test_doses_one_and_two_stand_whatever_happens_to_dose_three(order: list[int], taken_back: int) -> None:
    three = {n: a_dose(unique_reference=str(n), given_on=f"2021-0{n}-15", dose_number=str(n)) for n in order}
    register = given(*(three[n] for n in order)).when(nullified(three[taken_back]))
    assert {day for day, _, counted, _ in register.true_doses() if counted} == {
        f"2021-0{n}-15" for n in (1, 2, 3) if n != taken_back
    }
    register.when(Report("DoseReport.v1", three[taken_back].fields | {"reported_at": at_hour(9)}, ANNA))
    assert len(register.true_doses()) == 3


_WORDS = st.text(max_size=120).filter(lambda text: all(not 0xD800 <= ord(letter) <= 0xDFFF for letter in text))


@for_all(
    st.fixed_dictionaries(
        {},
        optional=dict.fromkeys(
            (
                "system_name",
                "unique_reference",
                "npl_id",
                "product_name",
                "batch",
                "care_provider",
                "care_unit",
                "care_unit_municipality",
                "setting",
                "campaign",
            ),
            _WORDS,
        ),
    )
)
@settings(deadline=None)
def test_no_rule_refuses_a_dose_for_words_that_do_not_say_who_when_and_against_what(words: dict[str, str]) -> None:
    register = given().when(a_dose(**words)).then(DoseRecorded, outcome="recorded")
    assert isinstance(register.last, DoseRecorded | DoseCorrected | DoseReinstated)
