"""Neither the extract of a secret identity nor that of the former one leads to the other, not by a single word."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from connectors.person.whole import whole
from register.access import Reader, readings
from register.access.log import accesses_numbered
from register.identities.number import Identity
from register.ids import show_id
from register.settings import Settings
from register.store import open_recorder, stored
from tests.access.conftest import DOCTOR, NOW, register
from tests.access.people import KEYS, Register
from tests.doses.sentences import ANNA, CLEO, a_change, a_dose, a_link, a_registration, given, nullified

__all__ = ["register"]
REGISTRAR = Reader("r-ek", "registrar", "registration", region="24")
PROTECTED = a_change(CLEO, event="protected", on="2021-05-01", protection="FP", hour=5)


@pytest.fixture(params=["secret now", "secret once", "secret once, and kept the doses"])
def told(request: pytest.FixtureRequest, register: Register) -> Any:
    """The extracts of Anna and of Cleo, who were one person until Cleo was given a secret identity."""
    taken_back = a_dose(CLEO, system_name="Journal B", unique_reference="9", given_on="2021-04-01")
    said = given(a_registration(), a_dose(CLEO, system_name="Journal B"), a_dose(unique_reference="2"), taken_back)
    annas = a_dose(unique_reference="8", given_on="2021-04-02")
    said.when(nullified(taken_back, hour=2), annas, nullified(annas, hour=2))
    kept, absorbed = (CLEO, ANNA) if "kept" in request.param else (ANNA, CLEO)
    said.when(a_link(kept, absorbed, hour=3))
    ids = {who: said.history(who).person_id for who in (ANNA, CLEO)}
    register.links(ids[kept], ids[absorbed])
    readings(register.conn, REGISTRAR, "link", list(ids.values()), NOW)
    for number, person_id in enumerate(ids.values()):
        doctor = replace(DOCTOR, who=f"dr-{number}")
        readings(register.conn, doctor, "doses", [person_id], NOW + timedelta(minutes=number))
    said.when(a_dose(CLEO, unique_reference="3", given_on="2021-06-20", hour=4), PROTECTED)
    if "once" in request.param:
        said.when(a_change(CLEO, event="protected", on="2021-05-20", protection="ended", hour=6))
    register.unlinks(*ids.values())
    recorder = open_recorder(register.database_url)
    recorder.insert_events([stored(fact) for fact in said.facts])
    recorder.datastore.close()
    settings = Settings(register.database_url, (), KEYS, lambda: NOW)

    def extract_of(who: Identity) -> dict[str, Any]:
        return whole(register.conn, settings, ids[who])

    return ids, extract_of(ANNA), extract_of(CLEO)


def every(value: Any, key: str) -> set[str]:
    """All that stands under a key, anywhere."""
    match value:
        case dict():
            here = {value[key]} if isinstance(value.get(key), str) else set[str]()
            return here.union(*(every(one, key) for one in value.values()))
        case list():
            return set[str]().union(*(every(one, key) for one in value))
    return set()


def test_no_link_and_no_id_of_the_one_stands_in_the_extract_of_the_other(told: Any) -> None:
    ids, annas, cleos = told
    assert annas["links"] == cleos["links"] == []
    assert show_id(ids[CLEO]) not in repr(annas)
    assert show_id(ids[ANNA]) not in repr(cleos)


def test_each_has_their_own_doses_and_no_receipt_stands_in_both(told: Any) -> None:
    _, annas, cleos = told
    assert [dose["content"]["given_on"] for dose in annas["doses"] if dose["true"]] == ["2021-05-03"]
    assert [dose["content"]["given_on"] for dose in cleos["doses"] if dose["true"]] == ["2021-05-03", "2021-06-20"]
    shared = every(annas, "receipt") & every(cleos, "receipt")
    assert shared <= {""}
    assert every(annas["doses"], "dose").isdisjoint(every(cleos["doses"], "dose"))
    assert not every([annas, cleos], "cause") & {"linked", "unlinked"}


def test_no_reading_stands_in_both(told: Any) -> None:
    _, annas, cleos = told
    assert [read["who"] for read in annas["read_by"]] == ["dr-0"]
    assert [read["who"] for read in cleos["read_by"]] == ["dr-1"]


def test_who_reviews_readings_sees_of_a_secret_identity_only_the_one_asked_about(register: Register, told: Any) -> None:
    ids, _, _ = told
    drawn = accesses_numbered(register.conn, range(3, 5))
    assert [(access.who, persons) for access, persons in drawn] == [("dr-0", (ids[ANNA],)), ("dr-1", (ids[CLEO],))]
