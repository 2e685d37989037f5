"""One's own extract in a browser: in the reader's language, also where there is none, and then who gives it."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import psycopg
import pytest

from connectors.outgoing.tokens import CLIENT as CLIENT_SETTING
from connectors.outgoing.web import app
from register.receipts import Receipt, write
from register.settings import Settings
from register.store import create_tables
from schemas import schema
from tests.access.issuer import Issuer, environment, issuing
from tests.access.people import KEYS, NUMBERS, THEN, Register
from tests.access.test_login import CLIENT, COOKIE
from tests.web.conftest import serving

IDENTITY_CLAIM = "https://id.oidc.se/claim/personalIdentityNumber"
KNOWN, UNKNOWN = NUMBERS


def receipt_of(number: str, sender: str, system_name: str) -> Receipt:
    """What the register noted of a report."""
    said = {
        **dict.fromkeys(("kind", "unique_reference", "report_topic"), "x"),
        **dict.fromkeys(("report_partition", "report_offset"), 0),
        **dict.fromkeys(("dose_id", "upload", "upload_name", "row", "reported_at")),
        "receipt": number,
        "sender": sender,
        "system_name": system_name,
        "outcome": "recorded",
        "codes": (),
        "recorded_at": THEN,
    }
    return Receipt(number, sender, b"k", schema("Receipt.v1").encode(said))


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    with issuing() as issuer:
        yield issuer


@pytest.fixture
def browser(fresh_database: str, issuer: Issuer) -> Iterator[httpx.Client]:
    """A browser, and a register that knows of one person that the population register protected and ended it."""
    create_tables(fresh_database)
    with psycopg.connect(fresh_database, autocommit=True) as conn:
        register = Register(fresh_database, conn)
        person_id = register.knows(KNOWN)
        register.protects(person_id, "SM")
        register.protects(person_id, "", version=2)
        with conn.transaction(), conn.cursor() as curs:
            write(curs, [receipt_of("r-1", "population", "Population register")])
    settings = Settings(fresh_database, (), KEYS, lambda: datetime.now(UTC))
    env = environment(issuer) | {CLIENT_SETTING: CLIENT}
    with serving(app(settings, env)) as address, httpx.Client(base_url=address) as browser:
        yield browser


def page(browser: httpx.Client, issuer: Issuer, language: str, number: str | None) -> httpx.Response:
    claims: dict[str, Any] = {IDENTITY_CLAIM: number}
    token = issuer.token("somebody", role="person", **claims)
    return browser.get(f"/me?lang={language}", headers={"Cookie": f"{COOKIE}={token}"})


@pytest.mark.parametrize(
    ("number", "status", "told"),
    [
        (UNKNOWN, 404, ("Registret har inga uppgifter om dig", "The register holds nothing about you")),
        (None, 403, ("Inloggningen anger inget personnummer", "Your login names no personal identity number")),
    ],
)
def test_who_has_no_extract_here_is_told_so_and_who_gives_it_and_may_log_out(
    browser: httpx.Client, issuer: Issuer, number: str | None, status: int, told: tuple[str, str]
) -> None:
    registrar = "En registrator i din region", "A registrar of your region"
    for language, why, who_gives_it in zip(("sv", "en"), told, registrar, strict=True):
        answer = page(browser, issuer, language, number)
        assert answer.status_code == status
        assert answer.headers["content-type"].startswith("text/html")
        assert answer.headers["cache-control"] == "no-store"
        assert why in answer.text
        assert who_gives_it in answer.text
        assert f'href="/logout?lang={language}"' in answer.text
        assert UNKNOWN not in answer.text


def test_ones_own_extract_names_who_said_what_and_grades_by_their_names(browser: httpx.Client, issuer: Issuer) -> None:
    for language, grades, heading in (
        ("sv", ("Grad: sekretessmarkering", "Grad: inga skyddade personuppgifter"), "Källa och kvitto"),
        ("en", ("Grade: confidentiality marking", "Grade: no protected identity"), "Source and receipt"),
    ):
        answer = page(browser, issuer, language, KNOWN)
        assert answer.status_code == 200
        assert [grade for grade in grades if grade not in answer.text] == []
        assert heading in answer.text
        assert "population, Population register" in answer.text
    token = issuer.token("somebody", role="person", **{IDENTITY_CLAIM: KNOWN})
    told = browser.get("/api/own-extract", headers={"Authorization": f"Bearer {token}"}).json()["told"]
    assert [(one["sender"], one["system_name"], one["words"]["grade"]) for one in told] == [
        ("population", "Population register", "confidentiality-marking"),
        ("population", "Population register", "none"),
    ]
