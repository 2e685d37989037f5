"""Over HTTP: who is not known is asked who (401), who is and may not is told so (403), and nothing is repeated."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import httpx
import psycopg
import pytest

from connectors.outgoing.web import app
from register import vault
from register.access import log
from register.access.store import fact_from
from register.identities.number import PERSONAL_ROOT, Identity, parse_identity
from register.settings import Settings
from register.store import create_tables
from tests.access.issuer import Issuer, environment, fetched_token, issuing
from tests.web.conftest import serving

NUMBER = "192103158750"
ASKED = {"value": NUMBER, "on": "2021-07-01"}
REALM = 'Bearer realm="vaxreg"'


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    with issuing() as issuer:
        yield issuer


@pytest.fixture(scope="module")
def register(filled_database: str, settings: Settings) -> Settings:
    """The small country, where accesses can be written down."""
    create_tables(filled_database)
    with psycopg.connect(filled_database) as conn:
        vault.check_keys(conn, settings.keys)
    return settings


@pytest.fixture(scope="module")
def api(register: Settings, issuer: Issuer) -> Iterator[httpx.Client]:
    with serving(app(register, environment(issuer))) as address, httpx.Client(base_url=address) as client:
        yield client


def bearer(token: str, **headers: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"} | headers


def length(settings: Settings) -> int:
    with psycopg.connect(settings.database_url) as conn:
        return log.verify(conn).head.number


@pytest.mark.parametrize(
    "path", ["/", "/health", "/api", "/api/coverage", "/api/supply", "/api/status", "/openapi.json"]
)
def test_what_is_public_stays_open_also_to_a_token_that_holds_no_longer(
    api: httpx.Client, issuer: Issuer, path: str
) -> None:
    assert api.get(path).status_code == 200
    assert api.get(path, headers=bearer(issuer.token(exp=1))).status_code == 200


@pytest.mark.parametrize("sent", [{}, {"Authorization": ""}, {"Authorization": "Basic YTpi"}], ids=str)
def test_who_does_not_say_who_or_in_another_way_is_asked_for_a_token(api: httpx.Client, sent: dict[str, str]) -> None:
    answer = api.post("/api/eligibility", headers=sent, json=ASKED)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == REALM


@pytest.mark.parametrize(
    ("headers", "status", "error"),
    [
        ([("Authorization", "Bearer rubbish")], 401, "invalid_token"),
        ([("Authorization", "bearer rubbish")], 401, "invalid_token"),
        ([("Authorization", "Bearer a b")], 401, "invalid_token"),
        ([("Authorization", 'Bearer "')], 401, "invalid_token"),
        ([("Authorization", "Bearer")], 400, "invalid_request"),
        ([("Authorization", "Basic YTpi"), ("Authorization", "Bearer a")], 400, "invalid_request"),
        ([("Authorization", "Bearer a"), ("Authorization", "Bearer b")], 400, "invalid_request"),
    ],
)
def test_what_is_no_token_is_answered_as_the_standard_says(
    api: httpx.Client, headers: list[tuple[str, str]], status: int, error: str
) -> None:
    answer = api.post("/api/eligibility", headers=headers, json=ASKED)
    assert answer.status_code == status
    assert f'error="{error}"' in answer.headers["www-authenticate"]
    assert "rubbish" not in answer.text + answer.headers["www-authenticate"]
    assert NUMBER not in answer.text


def test_tokens_that_expired_or_are_for_others_are_answered_401_and_nothing_is_read(
    api: httpx.Client, issuer: Issuer, register: Settings
) -> None:
    before = length(register)
    with issuing() as other:
        forged = [issuer.token(exp=1), issuer.token(aud="other"), issuer.token(iss="https://x.example"), other.token()]
    for token in forged:
        answer = api.post("/api/eligibility", headers=bearer(token), json=ASKED)
        assert answer.status_code == 401
        assert 'error="invalid_token"' in answer.headers["www-authenticate"]
        assert token not in answer.text
    assert length(register) == before


def test_nothing_between_keeps_an_answer_to_somebody_who_is_known(api: httpx.Client, issuer: Issuer) -> None:
    answer = api.post("/api/eligibility", headers=bearer(fetched_token(issuer, "agency")), json=ASKED)
    assert answer.headers["cache-control"] == "no-store"


def test_a_body_longer_than_any_question_is_turned_away_from_anybody(api: httpx.Client) -> None:
    answer = api.post("/api/eligibility", content=b"x" * 100_000)
    assert (answer.status_code, answer.headers["x-content-type-options"]) == (413, "nosniff")


@pytest.mark.parametrize(
    ("known", "code"),
    [
        (("doctor", "care"), "QUESTION-NOT-OF-ROLE"),
        (("doctor", "certificate"), "PURPOSE-NOT-OF-ROLE"),
        (("doctor", ""), "QUESTION-NOT-OF-ROLE"),
        (("statistician", "statistics"), "QUESTION-NOT-OF-ROLE"),
        (("agency", "care"), "PURPOSE-NOT-OF-ROLE"),
        (("agency", "x" * 5_000), "PURPOSE-NOT-OF-ROLE"),
        (("agency", "certificate'; DROP TABLE register.accesses; --"), "PURPOSE-NOT-OF-ROLE"),
    ],
)
def test_who_is_known_and_may_not_is_answered_403_and_nothing_is_read(
    api: httpx.Client, issuer: Issuer, register: Settings, known: tuple[str, str], code: str
) -> None:
    (client, purpose), before = known, length(register)
    headers = bearer(fetched_token(issuer, client), **({"X-Purpose": purpose} if purpose else {}))
    answer = api.post("/api/eligibility", headers=headers, json=ASKED)
    assert answer.status_code == 403
    assert answer.headers["www-authenticate"] == f'{REALM}, error="insufficient_scope"'
    assert answer.json()["detail"].startswith(code)
    assert "DROP" not in answer.text
    assert length(register) == before


@pytest.mark.parametrize("purpose", ["", "certificate"])
def test_who_may_is_answered_and_the_purpose_is_written_down(
    api: httpx.Client, issuer: Issuer, register: Settings, purpose: str
) -> None:
    before = length(register)
    headers = bearer(fetched_token(issuer, "agency"), **({"X-Purpose": purpose} if purpose else {}))
    assert api.post("/api/eligibility", headers=headers, json=ASKED).status_code == 200
    with psycopg.connect(register.database_url) as conn:
        [(last,)] = conn.execute("SELECT fact FROM register.accesses ORDER BY number DESC LIMIT 1").fetchall()
    assert length(register) == before + 1
    assert getattr(fact_from(last), "purpose") == "certificate"  # noqa: B009


HOSTILE = [
    "'; DROP TABLE register.accesses; --",
    "%s %(who)s {0} $1",
    "<script>alert(1)</script>",
    "åäö 王 🩺",
    "x" * 200,
    "\\\"'",
]


@pytest.mark.parametrize("word", HOSTILE, ids=range(len(HOSTILE)))
def test_words_in_a_token_are_words_and_nothing_else(
    api: httpx.Client, issuer: Issuer, register: Settings, word: str
) -> None:
    token = issuer.token(sub=word, unit=word)
    assert api.post("/api/eligibility", headers=bearer(token), json=ASKED).status_code == 200
    assert api.post("/api/eligibility", headers=bearer(issuer.token(role=word)), json=ASKED).status_code == 403
    assert api.get("/api/uploads", headers=bearer(issuer.token("umea", sender=word))).json() == {"rows": []}
    with psycopg.connect(register.database_url) as conn:
        [(last,)] = conn.execute("SELECT fact FROM register.accesses ORDER BY number DESC LIMIT 1").fetchall()
        assert log.verify(conn).breaks == []
    assert getattr(fact_from(last), "who") == word  # noqa: B009


@pytest.mark.parametrize("said", [{"sub": "x" * 201}, {"unit": "a\u0000b"}, {"unit": "\ud800"}, {"role": ["a", "b"]}])
def test_claims_that_nothing_can_be_made_of_are_answered_401(
    api: httpx.Client, issuer: Issuer, said: dict[str, str]
) -> None:
    answer = api.post("/api/eligibility", headers=bearer(issuer.token(**said)), json=ASKED)
    assert answer.status_code == 401
    assert json.dumps(next(iter(said.values())))[1:-1] not in answer.text


def test_without_an_issuer_nobody_may_ask_what_is_not_public(register: Settings, issuer: Issuer) -> None:
    with serving(app(register, {})) as address, httpx.Client(base_url=address) as client:
        for headers in ({}, bearer(issuer.token()), {"Authorization": "Bearer"}):
            assert client.post("/api/eligibility", headers=headers, json={}).status_code == 401
            assert client.get("/api/uploads", headers=headers).status_code == 401
        assert client.get("/api/coverage").status_code == 200


def test_while_the_issuer_is_silent_what_is_not_public_waits(register: Settings) -> None:
    with issuing() as silent:
        silent.silent = True
        token = silent.token()
        with serving(app(register, environment(silent))) as address, httpx.Client(base_url=address) as client:
            answer = client.post("/api/eligibility", headers=bearer(token), json=ASKED)
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")
            assert client.get("/api/coverage").status_code == 200


def test_where_no_access_can_be_written_down_nothing_is_answered(
    register: Settings, issuer: Issuer, fresh_database: str
) -> None:
    nothing_made = replace(register, database_url=fresh_database)
    with serving(app(nothing_made, environment(issuer))) as address, httpx.Client(base_url=address) as client:
        answer = client.post("/api/eligibility", headers=bearer(issuer.token()), json=ASKED)
    assert answer.status_code == 503
    assert NUMBER not in answer.text


ANOTHER = "199001019802"  # made up: the birth number is one of those kept for tests
IDENTITY_CLAIM = "https://id.oidc.se/claim/personalIdentityNumber"


def test_a_person_is_told_who_has_read_and_nobody_is_told_of_others(
    api: httpx.Client, issuer: Issuer, register: Settings
) -> None:
    read = parse_identity(PERSONAL_ROOT, ANOTHER, today=date(2021, 4, 18))
    assert isinstance(read, Identity)
    with psycopg.connect(register.database_url) as conn:
        vault.add(conn, register.keys.new_persons([read]))
    agency, asked = bearer(issuer.token()), {"value": ANOTHER, "on": "2021-07-01"}
    assert api.post("/api/eligibility", headers=agency, json=asked).status_code == 200

    oneself = bearer(issuer.token(sub="p-1", role="person", unit=None, **{IDENTITY_CLAIM: ANOTHER}))
    told = api.get("/api/own-access-report", headers=oneself).json()["accesses"]
    read = [(each["who"], each["action"]) for each in told]
    assert read == [("agency", "eligibility"), ("the person", "own-access-report")]

    registrar = bearer(issuer.token(sub="reg-1", role="registrar"), **{"X-Purpose": "own-data"})
    told = api.post("/api/access-report", headers=registrar, json={"value": ANOTHER}).json()["accesses"]
    assert [each["who"] for each in told] == ["agency", "the person", "reg-1"]

    for headers in (oneself, agency):
        assert api.post("/api/access-report", headers=headers, json={"value": ANOTHER}).status_code == 403
    nobody = bearer(issuer.token(sub="p-2", role="person"))
    assert api.get("/api/own-access-report", headers=nobody).status_code == 403
    broken = api.post("/api/access-report", headers=registrar, json={"value": ANOTHER[:-1]})
    assert broken.status_code == 422
    assert ANOTHER[:-1] not in broken.text
