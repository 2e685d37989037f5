"""A crash before and after every step of every program, one after the other in one register."""

from datetime import UTC, date, datetime
from itertools import product

import psycopg
import pytest

from tests.whole_path.at_work import STEPS, Crashes
from tests.whole_path.conftest import NewRegister
from tests.whole_path.worlds import a_dose, somebody

DAY = date(2021, 6, 1)
NOON = datetime(2021, 6, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize("program", STEPS)
def test_a_crash_at_any_step_loses_nothing_and_counts_nothing_twice(new_register: NewRegister, program: str) -> None:
    with new_register() as register:
        for told, (step, after) in enumerate(product(range(len(STEPS[program])), (False, True)), start=1):
            register.hear([a_dose(somebody(told), NOON, unique_reference=str(told))])
            crashes = {program: [Crashes(step, after, 1)]}
            register.decide(DAY, *crashes.get("intake", []))
            if program != "intake":
                register.publish(*crashes.get("relay", []))
            if program == "projection":
                register.project(*crashes["projection"])
            assert register.crashed == told, f"{STEPS[program][step][1]} was never reached"
        register.publish()
        register.project()
        with register.reading() as conn:
            assert conn.execute("SELECT sum(persons), sum(doses) FROM coverage").fetchone() == (told, told)
        with psycopg.connect(register.settings.database_url) as conn:
            kept = conn.execute("SELECT count(*), count(DISTINCT receipt) FROM register.receipts").fetchone()
        assert kept == (told, told)
        assert register.rebuild().differing == ()
