"""Whatever is linked and unlinked, in whatever order it arrives: the same people, the same doses, and the way back."""

from itertools import groupby
from typing import Any

from hypothesis import assume, settings
from hypothesis import given as for_all
from hypothesis import strategies as st

from register.doses.history import DoseHistory
from register.identities.number import Identity
from register.people import history_of
from tests.doses.sentences import ANNA, BO, CLEO, DAN, Register, Report, a_change, a_dose, a_link, given, nullified

EVERYBODY = (ANNA, BO, CLEO, DAN)
TrueDose = tuple[frozenset[str], str, str, bool, frozenset[tuple[str, ...]]]


@st.composite
def doses(draw: st.DrawFn) -> list[Report]:
    """Dose reports of four identities, few records, days and products, each written at an hour of its own."""
    said = draw(
        st.lists(
            st.tuples(
                st.sampled_from(EVERYBODY),
                st.sampled_from(["A", "B"]),
                st.sampled_from(["", "1", "2", "3"]),
                st.sampled_from(["2021-05-03", "2021-05-04"]),
                st.sampled_from(["Comirnaty", "Spikevax"]),
                st.sampled_from([False, False, False, True]),
            ),
            max_size=8,
        )
    )
    written = []
    for hour, (who, system, reference, day, product, taken_back) in enumerate(said):
        report = a_dose(who, hour, system_name=system, unique_reference=reference, given_on=day, product_name=product)
        written.append(nullified(report, hour) if taken_back else report)
    return written


@st.composite
def links(draw: st.DrawFn) -> list[Report]:
    """Words on pairs of the four, each written at an hour of its own."""
    said = draw(
        st.lists(
            st.tuples(
                st.permutations(EVERYBODY), st.sampled_from(["linked", "linked", "linked", "unlinked", "different"])
            ),
            max_size=6,
        )
    )
    return [a_link(two[0], two[1], 20 + hour, event=event) for hour, (two, event) in enumerate(said)]


def a_register() -> Register:
    """One in which all four were met before."""
    return given(*(a_change(who, on="2021-01-01") for who in EVERYBODY))


def name_of(report: Report) -> str:
    assert isinstance(report.who, Identity)
    return report.who.value


def people_by_oracle(heard: list[Report]) -> dict[str, frozenset[str]]:
    """Whom each identity is one person with: the latest word on every pair, then all that hang together."""
    latest: dict[frozenset[str], str] = {}
    for report in sorted(heard, key=lambda report: report.fields["reported_at"]):
        if report.absorbed is not None:
            pair = frozenset((report.fields["identity_value"], report.fields["absorbed_value"]))
            latest[pair] = report.fields["event"]
    people = {who.value: frozenset((who.value,)) for who in EVERYBODY}
    for pair in [pair for pair, event in latest.items() if event == "linked"]:
        together = frozenset().union(*(people[one] for one in pair))
        people |= dict.fromkeys(together, together)
    return people


def keepers_by_oracle(heard: list[Report]) -> dict[str, str]:
    """Who keeps whose doses: of the last words on all pairs the one written last says it, whenever each arrived."""
    latest: dict[frozenset[str], Report] = {}
    for report in sorted(heard, key=lambda report: report.fields["reported_at"]):
        if report.absorbed is not None:
            latest.pop(pair := frozenset((report.fields["identity_value"], report.fields["absorbed_value"])), None)
            latest[pair] = report
    keeper = {who.value: who.value for who in EVERYBODY}
    for said in [report.fields for report in latest.values() if report.fields["event"] == "linked"]:
        stays, goes = keeper[said["identity_value"]], keeper[said["absorbed_value"]]
        keeper |= {who: stays for who, kept_by in keeper.items() if kept_by == goes}
    return keeper


def keepers_held(register: Register) -> dict[str, str]:
    names = {history.person_id: who for who, history in register.people.items()}
    return {who: names[register._person(history).root.person_id] for who, history in register.people.items()}


def record_of(report: Report) -> tuple[str, ...]:
    said = report.fields
    if said["unique_reference"]:
        return said["system_name"], said["unique_reference"]
    return said["system_name"], name_of(report), said["given_on"], said["product_name"]


def doses_by_oracle(heard: list[Report]) -> set[TrueDose]:
    """The true doses of each person by the plainest reading of the rules."""
    people = people_by_oracle(heard)
    latest: dict[tuple[str, ...], Report] = {}
    for report in sorted(heard, key=lambda report: report.fields["reported_at"]):
        if report.absorbed is None:
            latest[record_of(report)] = report
    standing = [(record, report) for record, report in latest.items() if not report.fields["nullified"]]

    def day(entry: tuple[Any, Report]) -> tuple[list[str], str]:
        return sorted(people[name_of(entry[1])]), entry[1].fields["given_on"]

    found: set[TrueDose] = set()
    for (who, given_on), entries in groupby(sorted(standing, key=day), key=day):
        told: list[tuple[str, bool, list[tuple[str, ...]]]] = []
        for record, report in sorted(
            entries, key=lambda one: (not one[1].fields["unique_reference"], one[1].fields["reported_at"])
        ):
            product, named = report.fields["product_name"], bool(report.fields["unique_reference"])
            same = [dose for dose in told if dose[0] == product][:1]
            if same and (named or record[0] not in [source[0] for source in same[0][2]]):
                same[0][2].append(record)
            else:
                told.append((product, named or not told, [record]))
        found |= {(frozenset(who), given_on, product, counted, frozenset(of)) for product, counted, of in told}
    return found


def people_held(register: Register) -> dict[str, frozenset[str]]:
    names = {history.person_id: who for who, history in register.people.items()}
    return {
        who: frozenset(names[one.person_id] for one in register._person(history).members)
        for who, history in register.people.items()
    }


def doses_held(register: Register, heard: list[Report]) -> set[TrueDose]:
    """The true doses as the register holds them: all of a person's under one identity."""
    names = {register.record_key(report): record_of(report) for report in heard if report.absorbed is None}
    people, found = people_held(register), set[TrueDose]()
    for who, history in register.people.items():
        for dose_id, told in history.doses.told.items():
            of = [names[key] for key, one in history.doses.records.items() if one.live and one.dose_id == dose_id]
            day, counted = told.content.given_on.isoformat(), told.suspected_duplicate_of is None
            found.add((people[who], day, told.content.product, counted, frozenset(of)))
    return found


@for_all(doses(), links(), st.randoms(use_true_random=False))
@settings(max_examples=250, deadline=None)
def test_people_and_their_doses_do_not_depend_on_the_order_of_arrival(
    said: list[Report], linked: list[Report], chance: Any
) -> None:
    heard = said + linked
    arriving = heard + (chance.choices(heard, k=2) if heard else [])
    chance.shuffle(arriving)
    register = a_register().when(*arriving)
    assert people_held(register) == people_by_oracle(heard)
    assert keepers_held(register) == keepers_by_oracle(heard)
    assert doses_held(register, heard) == doses_by_oracle(heard)


@for_all(doses(), links(), st.randoms(use_true_random=False))
@settings(max_examples=150, deadline=None)
def test_only_the_root_has_doses_and_every_history_can_be_folded_again(
    said: list[Report], linked: list[Report], chance: Any
) -> None:
    heard = said + linked
    chance.shuffle(heard)
    register = a_register().when(*heard)
    for history in register.people.values():
        facts = [fact for fact in register.facts if fact.person_id == history.person_id]  # type: ignore[union-attr]
        assert history_of(history.person_id, facts) == history  # type: ignore[arg-type]
        if history.doses.told:
            assert register._person(history).root.person_id == history.person_id


def answers(register: Register) -> Any:
    """What can be asked of everybody: their doses with ids and words, who they are, whom they are one with."""

    def told(doses: DoseHistory) -> Any:
        return {
            dose_id: (dose.content, dose.flags, dose.suspected_duplicate_of) for dose_id, dose in doses.told.items()
        }

    return {
        who: (told(history.doses), history.identity.held, history.identity.residences)
        for who, history in register.people.items()
    }, people_held(register)


@for_all(doses(), links(), st.permutations(EVERYBODY))
@settings(max_examples=250, deadline=None)
def test_a_link_and_its_end_leave_everything_as_it_was(
    said: list[Report], linked: list[Report], two: list[Identity]
) -> None:
    register = a_register().when(*said, *linked)
    assume(two[1].value not in people_held(register)[two[0].value])
    before = answers(register)
    register.when(a_link(two[0], two[1], 100))
    assert people_held(register)[two[0].value] >= {two[0].value, two[1].value}
    register.when(a_link(two[0], two[1], 101, event="unlinked"))
    assert answers(register) == before


@for_all(links())
@settings(max_examples=100, deadline=None)
def test_every_word_on_a_pair_that_is_said_again_finds_nothing_to_do(linked: list[Report]) -> None:
    register = given(*linked)
    for report in linked:
        register.when(report).then_nothing()
