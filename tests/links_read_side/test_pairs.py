"""The last word on a pair of identities is known once, whichever of its histories is read first or how often."""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from projections.links import Links
from tests.coverage.histories import Fact, deliveries
from tests.links_read_side.facts import NAMES, Conn, copies, empty, identified, links_batch, tell


def held(conn: Conn) -> dict[str, list[tuple[Any, ...]]]:
    return {table: sorted(conn.execute(query).fetchall()) for table, query in Links().tables().items()}


def states(conn: Conn) -> list[tuple[int, int, str]]:
    return [(low, high, state) for low, high, _, state in held(conn)["identity_pairs"]]


def test_a_fact_that_stands_in_four_histories_is_one_pair(register: Conn) -> None:
    tell(register, copies("linked", 7, 3, 4, 1, 2, reason="new-number"))
    assert states(register) == [(3, 7, "linked")]


def test_the_last_word_holds_also_when_it_names_the_two_the_other_way_round(register: Conn) -> None:
    tell(register, copies("linked", 7, 3, 4))
    tell(register, copies("apart", 3, 7, 9))
    assert states(register) == [(3, 7, "apart")]


def test_a_fact_told_again_changes_nothing(register: Conn) -> None:
    tell(register, copies("linked", 7, 3, 4))
    tell(register, copies("unlinked", 3, 7, 9))
    tell(register, copies("linked", 7, 3, 4))
    assert states(register) == [(3, 7, "unlinked")]


@st.composite
def logs(draw: st.DrawFn) -> list[Fact]:
    """Words on the pairs of four identities, in the order in which they were said, and who they are."""
    log = [identified(person, draw(st.sampled_from(["personal", "reserve"]))) for person in range(1, 5)]
    for version in range(2, draw(st.integers(2, 12))):
        one, other = draw(st.permutations(range(1, 5)))[:2]
        log += copies(draw(st.sampled_from(["linked", "unlinked", "apart"])), one, other, version)
    return log


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_live_pairs_in_any_rounds_equal_rebuilt_ones(register: Conn, data: st.DataObject) -> None:
    log = data.draw(logs())
    empty(register)
    for part in data.draw(deliveries(log)):
        tell(register, part)
    lived = held(register)
    register.execute("TRUNCATE identity_pairs, other_identities")
    Links().rebuild(register, links_batch(log))
    assert held(register) == lived
    words = {name: state for state, name in NAMES.items()}
    last = {tuple(sorted((f["kept"], f["absorbed"]))): words[name] for name, f in log if name in words}
    assert {(low, high): state for low, high, _, state, *_ in lived["identity_pairs"]} == last
