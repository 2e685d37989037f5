"""The read API: the same answers as the questions, in three forms, and a sentence where it cannot answer."""

import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from typing import Any

import httpx
import polars as pl
import psycopg
import pytest
from fastapi import FastAPI

from connectors.outgoing import reading
from connectors.outgoing.dashboard import DEMO
from connectors.outgoing.web import app
from projections import live
from projections.coverage.query import coverage
from projections.coverage.question import CoverageQuestion, age_bands
from register import vault
from register.access.log import accesses_of
from register.identities.number import PERSONAL_ROOT, Identity, parse_identity
from register.settings import Settings
from register.store import create_tables, open_recorder, stored
from register.vault import Keys
from tests.access.issuer import Issuer, environment, fetched_token, issuing
from tests.web.conftest import PROJECTIONS, serving
from tests.web.vaccinated import FIRST
from tests.write_side.builders import a_dose_fact

# From the tax agency's published test numbers.
NUMBER, ANOTHER_NUMBER = "192103158750", "192103288862"


@contextmanager
def client_of(application: FastAPI) -> Iterator[httpx.Client]:
    with serving(application) as address, httpx.Client(base_url=address) as client:
        yield client


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    """Whom the register believes who somebody is."""
    with issuing() as issuer:
        yield issuer


@pytest.fixture(scope="module")
def api(settings: Settings, issuer: Issuer) -> Iterator[httpx.Client]:
    with client_of(app(settings, environment(issuer))) as client:
        yield client


@pytest.fixture(scope="module")
def agency(issuer: Issuer) -> dict[str, str]:
    """The headers of the certificate agency."""
    return {"Authorization": f"Bearer {fetched_token(issuer, 'agency')}"}


@pytest.fixture(scope="module")
def coordinator(issuer: Issuer) -> dict[str, str]:
    """The headers of who may see what became of everybody's files."""
    return {"Authorization": f"Bearer {fetched_token(issuer, 'coordinator')}"}


@pytest.fixture(scope="module")
def vaccinated(filled_database: str, settings: Settings) -> int:
    """A person with two doses, whom the vault knows by NUMBER; in no figure, so that other tests' stay as they are."""
    identity = parse_identity(PERSONAL_ROOT, NUMBER, today=date(2021, 4, 18))
    assert isinstance(identity, Identity)
    [person] = settings.keys.new_persons([identity])
    create_tables(filled_database)
    with psycopg.connect(filled_database) as conn:
        vault.check_keys(conn, settings.keys)
        vault.add(conn, [person])
    recorder = open_recorder(filled_database)
    recorder.insert_events(
        [
            stored(a_dose_fact(person.person_id, number, record=bytes([number]), given_on=day, disease="COVID19"))
            for number, day in enumerate([date(2021, 1, 11), date(2021, 2, 8)], 1)
        ]
    )
    recorder.datastore.close()
    return person.person_id


@pytest.mark.parametrize(
    ("parameters", "question"),
    [
        ({}, {}),
        ({"level": "region", "at-least": "2"}, {"level": "region", "at_least": 2}),
        (
            {"level": "municipality", "area": "24", "by": "sex,dose"},
            {"level": "municipality", "area": "24", "by": ("sex", "dose")},
        ),
        ({"by": "age", "ages": "18-29,30-"}, {"by": ("age",), "ages": age_bands("18-29,30-")}),
        ({"by": "week", "cumulative": "true"}, {"by": ("week",), "cumulative": True}),
        ({"by": "cause", "known-since": "2021-03-14"}, {"by": ("cause",), "known_since": date(2021, 3, 14)}),
        (
            {"given-to": "2021-03-14", "known-on": "2021-03-17", "age-at": "2020-12-31", "ages": "70-"},
            {
                "given_to": date(2021, 3, 14),
                "known_on": date(2021, 3, 17),
                "age_at": date(2020, 12, 31),
                "ages": age_bands("70-"),
            },
        ),
    ],
)
def test_coverage_has_the_parameters_and_rows_of_the_question(
    api: httpx.Client, filled_database: str, parameters: dict[str, str], question: dict[str, Any]
) -> None:
    with live.connect(filled_database) as conn:
        today = {"given_to": date(2021, 4, 18), "known_on": date(2021, 4, 18)}
        expected = coverage(conn, CoverageQuestion(**today | question))
    answer = api.get("/api/coverage", params=parameters)
    assert answer.status_code == 200
    assert answer.json()["rows"] == expected.rows.to_dicts()
    assert answer.json()["definition"]["text"] == expected.definition.text
    assert answer.json()["notes"] == list(expected.notes)


def test_rows_in_which_nothing_was_counted_are_left_out_where_asked(api: httpx.Client) -> None:
    every = api.get("/api/coverage", params={"level": "municipality"}).json()["rows"]
    some = api.get("/api/coverage", params={"level": "municipality", "without-zeros": "true"}).json()["rows"]
    assert some == [row for row in every if row["persons"] or row["doses"]]
    assert 0 < len(some) < len(every)


def test_coverage_comes_as_csv_and_parquet_too(api: httpx.Client) -> None:
    asked = {"level": "region", "at-least": "1", "ages": "18-"}
    rows = api.get("/api/coverage", params=asked).json()["rows"]
    csv = api.get("/api/coverage", params=asked | {"format": "csv"})
    assert csv.headers["content-type"] == "text/csv; charset=utf-8"
    assert csv.text.splitlines()[0] == "area;area_name;persons;doses;population;share"
    assert len(csv.text.splitlines()) == 1 + len(rows)
    parquet = api.get("/api/coverage", params=asked | {"format": "parquet"})
    assert pl.read_parquet(io.BytesIO(parquet.content)).to_dicts() == rows


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ("level=county", "level must be 'nation', 'region', 'municipality' or 'deso'"),
        ("at-least=0", "at-least must be greater than or equal to 1"),
        ("at-least=two", "at-least must be a valid integer"),
        ("known-on=1618704000", "known-on must be a day of the calendar, written YYYY-MM-DD"),
        ("given-to=2021-02-30", "given-to must be a day of the calendar, written YYYY-MM-DD"),
        ("ages=old", "An age band is written 18-29 or 65-, not 'old'"),
        (
            "by=colour",
            "Levels are nation, region, municipality, deso; rows can be by week, age, sex, dose, product, cause",
        ),
        ("cumulative=true", "Running sums need rows by week"),
        ("area=Ume%C3%A5", "An area is a region (24), a municipality (2480) or a DeSO (2480A0010)"),
        ("disease=MEASLES", "The register counts COVID19"),
        ("format=xml", "format must be 'json', 'csv' or 'parquet'"),
        (
            "known_on=2021-04-15&level=region",
            "Unknown parameter known_on: the parameters are level, area, by, ages, at-least, given-to, known-on,"
            " known-since, cumulative, age-at, disease, without-zeros, format",
        ),
    ],
)
def test_a_broken_parameter_is_answered_with_a_sentence(api: httpx.Client, parameters: str, sentence: str) -> None:
    answer = api.get(f"/api/coverage?{parameters}")
    assert answer.status_code == 422
    assert answer.json() == {"detail": sentence}


def test_an_answer_as_known_on_a_day_to_come_says_so(api: httpx.Client) -> None:
    notes = {
        day: api.get("/api/coverage", params={"known-on": day}).json()["notes"] for day in ("2021-04-18", "2021-04-19")
    }
    assert not any("is to come" in note for note in notes["2021-04-18"])
    assert "2021-04-19 is to come (today is 2021-04-18)" in notes["2021-04-19"][-1]


def test_supply_uploads_and_status_answer(api: httpx.Client, coordinator: dict[str, str]) -> None:
    assert api.get("/api/supply", params={"region": "24", "known-on": "2021-04-15"}).json() == {"rows": []}
    assert api.get("/api/uploads", headers=coordinator).json() == {"rows": []}
    assert api.get("/api/uploads/no-such-upload", headers=coordinator).json() == {"rows": []}
    status = api.get("/api/status").json()
    assert status["first_day_known"] >= FIRST.isoformat()
    assert status["last_day_known"] == "2021-04-18"
    assert status["tables"] == "projections_1"


@pytest.mark.parametrize("path", ["/api/uploads", "/api/uploads/no-such-upload"])
def test_what_became_of_files_is_denied_to_who_is_unknown_or_asks_in_another_role(
    api: httpx.Client, path: str, agency: dict[str, str]
) -> None:
    assert api.get(path).status_code == 401
    assert api.get(path, headers={"Authorization": "Bearer wrong"}).status_code == 401
    assert api.get(path, headers=agency).status_code == 403


@pytest.mark.parametrize("path", ["/api/uploads", "/api/uploads/no-such-upload"])
def test_a_sender_sees_its_own_files_and_no_others(api: httpx.Client, issuer: Issuer, path: str) -> None:
    own = {"Authorization": f"Bearer {issuer.token('umea')}"}
    assert api.get(path, headers=own).status_code == 200
    assert api.get(path, headers=own, params={"sender": "umea"}).status_code == 200
    assert api.get(path, headers=own, params={"sender": "skelleftea"}).status_code == 403
    assert api.get(path, headers=own, params={"sender": ""}).status_code == 403
    nobodys = {"Authorization": f"Bearer {issuer.token('umea', sender=None)}"}
    assert api.get(path, headers=nobodys).status_code == 403


def test_what_no_text_can_hold_is_a_broken_parameter(api: httpx.Client, coordinator: dict[str, str]) -> None:
    assert api.get("/api/uploads?sender=%00", headers=coordinator).status_code == 422


def test_who_only_asks_whether_a_page_is_there_is_told(api: httpx.Client) -> None:
    assert [api.head(path).status_code for path in ("/", "/health")] == [200, 200]


def test_a_demos_page_says_that_its_people_are_made_up(api: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "made-up" not in api.get("/?lang=en").text
    monkeypatch.setenv(DEMO, "Västerbotten")
    assert "Demo with made-up people: Västerbotten." in api.get("/?lang=en").text


def test_openapi_describes_every_route_and_parameter(api: httpx.Client) -> None:
    described = api.get("/openapi.json").json()
    assert {"/api/coverage", "/api/supply", "/api/uploads", "/api/status", "/api/eligibility", "/health"} <= set(
        described["paths"]
    )
    names = {parameter["name"] for parameter in described["paths"]["/api/coverage"]["get"]["parameters"]}
    assert names == {
        "level",
        "area",
        "by",
        "ages",
        "at-least",
        "given-to",
        "known-on",
        "known-since",
        "cumulative",
        "age-at",
        "disease",
        "without-zeros",
        "format",
    }
    for path, methods in described["paths"].items():
        for said in methods.values():
            assert said.get("description"), path
            assert all(parameter.get("description") for parameter in said.get("parameters", [])), path


def test_health_says_whether_the_tables_can_be_reached(
    api: httpx.Client, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "WAIT", 0.5)
    assert api.get("/health").json() == {"status": "ok"}
    nowhere = replace(settings, database_url="postgresql://127.0.0.1:1/none?connect_timeout=1")
    with client_of(app(nowhere, {})) as client:
        assert client.get("/health").status_code == 503


def test_a_register_where_nothing_has_been_projected_says_so(fresh_database: str, settings: Settings) -> None:
    with (
        serving(app(replace(settings, database_url=fresh_database), {})) as address,
        httpx.Client(base_url=address) as client,
    ):
        assert client.get("/api/coverage").status_code == 503
        page = client.get("/", headers={"Accept-Language": "sv"})
        assert page.status_code == 503
        assert "Registret har inga doser ännu" in page.text


def test_the_register_can_be_live_and_still_empty(fresh_database: str, settings: Settings) -> None:
    with psycopg.connect(fresh_database, autocommit=True) as conn:
        live.start(conn, PROJECTIONS)
    with (
        serving(app(replace(settings, database_url=fresh_database), {})) as address,
        httpx.Client(base_url=address) as client,
    ):
        page = client.get("/?lang=en")
        assert page.status_code == 200
        assert "The register holds no doses yet" in page.text


def test_eligibility_is_answered_and_written_down(
    api: httpx.Client,
    filled_database: str,
    vaccinated: int,
    agency: dict[str, str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.DEBUG):
        answer = api.post("/api/eligibility", headers=agency, json={"value": NUMBER, "on": "2021-07-01"})
    assert answer.json() == {
        "eligible": True,
        "reasons": [],
        "doses_counted": 2,
        "series_complete_on": "2021-02-08",
        "eligible_from": "2021-07-01",
        "waiting_days": 14,
    }
    too_soon = api.post("/api/eligibility", headers=agency, json={"value": NUMBER, "on": "2021-02-10"}).json()
    assert (too_soon["eligible"], bool(too_soon["reasons"])) == (False, True)
    with psycopg.connect(filled_database) as conn:
        read = accesses_of(conn, vaccinated)
    assert [each[2:] for each in read] == [
        ("agency", "certificate-issuer", "certificate", "E-hälsomyndigheten", "api", "eligibility")
    ] * 2
    assert NUMBER not in caplog.text
    assert NUMBER[2:] not in caplog.text


def test_a_person_the_register_does_not_know_is_not_eligible_and_the_question_is_written_down(
    api: httpx.Client, filled_database: str, vaccinated: int, agency: dict[str, str]
) -> None:
    assert vaccinated
    nobodys = "SELECT number FROM register.accesses WHERE role = 'certificate-issuer' AND persons = '{}'"
    with psycopg.connect(filled_database, autocommit=True) as conn:
        before = conn.execute(nobodys).fetchall()
        answer = api.post("/api/eligibility", headers=agency, json={"value": ANOTHER_NUMBER, "on": "2021-07-01"})
        assert answer.json()["reasons"] == ["PERSON-NOT-KNOWN"]
        assert len(conn.execute(nobodys).fetchall()) == len(before) + 1


def test_with_other_keys_than_the_vaults_nobody_is_told_no(
    settings: Settings, vaccinated: int, issuer: Issuer, agency: dict[str, str]
) -> None:
    assert vaccinated
    others = replace(settings, held_keys=Keys(b"o" * 32, b"t" * 32))
    with client_of(app(others, environment(issuer))) as client:
        answer = client.post("/api/eligibility", headers=agency, json={"value": NUMBER, "on": "2021-07-01"})
    assert answer.status_code == 503
    assert "other keys" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (
            {"value": NUMBER[:-1] + "1", "on": "2021-07-01"},
            "value names no person: IDENTITY-CHECK-DIGIT (patientId: the check digit does not fit the number)",
        ),
        ({"value": NUMBER, "on": "soon"}, "on must be a day of the calendar, written YYYY-MM-DD"),
        ({"value": NUMBER}, "on must be given"),
        ({"on": "2021-07-01"}, "value must be given"),
        ({"value": NUMBER * 9, "on": "2021-07-01"}, "value must have at most 64 characters"),
    ],
)
def test_a_broken_question_about_a_person_never_repeats_the_number(
    api: httpx.Client, body: dict[str, str], sentence: str, agency: dict[str, str]
) -> None:
    answer = api.post("/api/eligibility", headers=agency, json=body)
    assert answer.status_code == 422
    assert answer.json() == {"detail": sentence}


def test_every_answer_forbids_other_hosts(api: httpx.Client) -> None:
    for path in ("/", "/api/coverage", "/static/dashboard.css", "/?area=nowhere"):
        assert "default-src 'none'" in api.get(path).headers["content-security-policy"]


def test_nothing_can_be_written_through_a_reading_connection(settings: Settings) -> None:
    refused = pytest.raises(psycopg.errors.ReadOnlySqlTransaction)
    with reading.pool_of(settings.database_url) as pool, reading.reading(pool) as conn, refused:
        conn.execute("DELETE FROM coverage")
