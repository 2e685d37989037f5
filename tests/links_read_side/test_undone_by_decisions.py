"""The register's own decisions, in the real tables: a link and its end change no answer of any projection."""

from datetime import UTC, date, datetime
from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from projections.fingerprint import Fingerprint, fingerprint
from projections.links import Links
from projections.municipality_uploads import MunicipalityUploads
from projections.people.project import People
from projections.projection import Projection
from projections.supply.project import Supply
from tests.coverage.histories import batch
from tests.links_read_side.facts import Conn, empty, links_batch, tell
from tests.links_read_side.test_undone import held
from tests.whole_path.in_memory import WriteSide
from tests.whole_path.reckoning import people_together
from tests.whole_path.worlds import Report, World, a_change, a_link, worlds

EVERY: tuple[Projection, ...] = (People(), Links(), Supply(), MunicipalityUploads())
DAY = date(2022, 4, 1)


def answers(conn: Conn) -> dict[str, Fingerprint]:
    with conn.transaction():
        return {table: fingerprint(conn, rows) for one in EVERY for table, rows in one.answers().items()}


def hear(register: WriteSide, conn: Conn, *said: Report) -> None:
    before = len(register.facts)
    register.hear(said, DAY)
    tell(conn, register.facts[before:])


@settings(max_examples=14, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(worlds(links=True, reports=12, least=1), st.data())
def test_a_link_and_its_end_change_no_answer_and_live_is_rebuilt(
    register: Conn, world: World, data: st.DataObject
) -> None:
    empty(register)
    with register.transaction():
        for one in EVERY[2:]:
            one.create_tables(register)
            one.create_indexes(register)
    decided: Any = WriteSide()
    for day, said in world.days:
        decided.hear(said, day)
    tell(register, decided.facts)
    written = datetime(2021, 1, 1, tzinfo=UTC)
    hear(decided, register, *(a_change(one, written, "moved", "1999-01-01") for one in world.people))
    assume(len(world.people) > 1)
    kept, absorbed = data.draw(st.permutations(world.people))[:2]
    together = people_together(world.arrivals)
    assume(together.get(kept, kept) != together.get(absorbed, absorbed))
    before = answers(register)
    hear(decided, register, a_link(kept, absorbed, datetime(2022, 3, 1, tzinfo=UTC)))
    hear(decided, register, a_link(kept, absorbed, datetime(2022, 3, 2, tzinfo=UTC), "unlinked"))
    assert answers(register) == before

    lived = held(register)
    empty(register)
    register.execute("DROP SCHEMA live CASCADE; CREATE SCHEMA live")
    with register.transaction():
        for one in EVERY[:2]:
            one.create_tables(register)
        People().rebuild(register, batch(each for each in decided.facts if each[0] in People.reads))
        Links().rebuild(register, links_batch(decided.facts))
    assert held(register) == lived
