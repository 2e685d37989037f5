"""Logging in with a browser: only what this browser began at the issuer, once, for this register, and no further."""

import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from connectors.outgoing import code_flow
from connectors.outgoing.cookies import LONGEST, MOST_BEGUN
from connectors.outgoing.issuer import document
from connectors.outgoing.login import web_address_from
from connectors.outgoing.login_pages import page_after
from connectors.outgoing.tokens import tokens_from
from connectors.outgoing.web import app
from register.settings import SettingBroken, Settings
from register.vault import Keys
from tests.access.issuer import Issuer, environment, issuing
from tests.access.people import NUMBERS
from tests.web.conftest import serving

REGISTRAR = {"role": "registrar", "region": "24", "unit": "Desk 3", "sender": "region-24"}
CLIENT = "register-pages"
COOKIE = "vaxreg"


@pytest.fixture(scope="module")
def settings(database_url: str) -> Settings:
    return Settings(database_url, (), Keys(os.urandom(32), os.urandom(32)), lambda: datetime.now(UTC))


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    with issuing() as issuer:
        issuer.people = {
            "ros-lund": REGISTRAR,
            "stat-ek": {"role": "statistician"},
            "elsewhere": REGISTRAR | {"aud": "another-service"},
            "long": REGISTRAR | {"groups": ["x" * 40] * (LONGEST // 40)},
        }
        yield issuer


@pytest.fixture(scope="module")
def address(settings: Settings, issuer: Issuer) -> Iterator[str]:
    with serving(app(settings, environment(issuer) | {code_flow.CLIENT: CLIENT})) as address:
        yield address


@pytest.fixture
def browser(address: str) -> Iterator[httpx.Client]:
    """A browser that goes one step at a time."""
    with httpx.Client(base_url=address) as browser:
        yield browser


def led(browser: httpx.Client, page: str = "/desk") -> dict[str, str]:
    """What the issuer is asked when somebody opens a page."""
    to_login = browser.get(page)
    assert to_login.status_code == 303
    at_issuer = browser.get(to_login.headers["location"])
    assert at_issuer.status_code == 303, at_issuer.text
    return {name: values[0] for name, values in parse_qs(urlsplit(at_issuer.headers["location"]).query).items()}


def back(browser: httpx.Client, issuer: Issuer, who: str = "ros-lund", page: str = "/desk") -> httpx.Response:
    """What the register answers to a browser that comes back from the issuer."""
    return browser.get(issuer.login(led(browser, page), who))


def refused(answer: httpx.Response) -> str:
    assert answer.status_code == 400
    assert answer.headers["content-type"].startswith("text/html")
    assert COOKIE not in [cookie.partition("=")[0] for cookie in answer.headers.get_list("set-cookie")]
    return answer.text


def test_who_opens_a_page_is_led_to_the_issuer_and_back_to_the_page(browser: httpx.Client, issuer: Issuer) -> None:
    asked = led(browser, "/person?lang=en")
    assert asked["response_type"] == "code"
    assert asked["code_challenge_method"] == "S256"
    assert asked["redirect_uri"] == f"{browser.base_url}/login/back"
    assert asked["ui_locales"] == "en"
    landed = browser.get(issuer.login(asked, "ros-lund"))
    assert (landed.status_code, landed.headers["location"]) == (303, "/person?lang=en")
    shown = browser.get("/person?lang=en")
    assert shown.status_code == 200
    assert "Log out" in shown.text
    assert "ros-lund" in shown.text


def test_the_token_lies_in_a_cookie_that_scripts_and_other_sites_do_not_get_as_long_as_it_lives(
    browser: httpx.Client, issuer: Issuer
) -> None:
    answer = back(browser, issuer)
    kept, forgotten = answer.headers.get_list("set-cookie")
    assert kept.startswith(f"{COOKIE}=ey")
    attributes = {part.strip().lower() for part in kept.split(";")[1:]}
    assert {"httponly", "samesite=lax", "path=/"} <= attributes
    [age] = [int(part.partition("=")[2]) for part in attributes if part.startswith("max-age")]
    assert 290 <= age <= 300
    assert "Max-Age=0" in forgotten
    assert answer.headers["cache-control"] == "no-store"


def test_on_https_the_cookies_belong_to_this_host_alone(settings: Settings, issuer: Issuer) -> None:
    env = environment(issuer) | {code_flow.CLIENT: CLIENT, "VAXREG_WEB_ADDRESS": "https://register.example/"}
    with serving(app(settings, env)) as address, httpx.Client(base_url=address) as browser:
        begun = browser.get("/login?to=/desk")
        asked = {k: v[0] for k, v in parse_qs(urlsplit(begun.headers["location"]).query).items()}
        assert asked["redirect_uri"] == "https://register.example/login/back"
        [kept] = begun.headers.get_list("set-cookie")
        assert kept.startswith("__Host-vaxreg-login-")
        assert "; Secure" in kept
        path = "/login/back?" + urlsplit(issuer.login(asked, "ros-lund")).query
        done = browser.get(path, headers={"Cookie": kept.partition(";")[0]})
        token = done.headers.get_list("set-cookie")[0]
        assert token.startswith("__Host-vaxreg=")
        assert "; Secure" in token
        assert "domain" not in token.lower()
        held = token.partition(";")[0]
        assert browser.get("/desk", headers={"Cookie": held}).status_code == 200
        # One without the prefix may have been set by another host of the same domain.
        assert browser.get("/desk", headers={"Cookie": held.removeprefix("__Host-")}).status_code == 303


def test_an_answer_to_a_login_that_this_browser_did_not_begin_is_none(
    browser: httpx.Client, issuer: Issuer, address: str
) -> None:
    with httpx.Client(base_url=address) as attacker:
        sent = issuer.login(led(attacker), "ros-lund")
    asked = issuer.asked.count("/token")
    assert "Börja om" in refused(browser.get(sent))
    for state in ("", "forged", "x" * 5_000, "a.b", "å"):
        refused(browser.get("/login/back", params={"code": "c", "state": state}))
    assert issuer.asked.count("/token") == asked


def test_a_code_is_taken_once(browser: httpx.Client, issuer: Issuer) -> None:
    sent = issuer.login(led(browser), "ros-lund")
    begun = dict(browser.cookies)
    assert browser.get(sent).status_code == 303
    refused(browser.get(sent))
    browser.cookies.update(begun)  # whoever kept the cookie still has a code that the issuer gives nothing for
    refused(browser.get(sent))


def test_a_code_of_another_login_is_refused_by_its_verifier_and_a_token_by_its_nonce(
    browser: httpx.Client, issuer: Issuer, address: str
) -> None:
    with httpx.Client(base_url=address) as attacker:
        stolen = parse_qs(urlsplit(issuer.login(led(attacker), "ros-lund")).query)["code"][0]
    refused(browser.get("/login/back", params={"code": stolen, "state": led(browser)["state"]}))
    issuer.nonce = "of-another-login"
    try:
        refused(back(browser, issuer))
    finally:
        issuer.nonce = None


def test_what_another_issuer_sends_is_not_taken(browser: httpx.Client, issuer: Issuer) -> None:
    sent = issuer.login(led(browser), "ros-lund")
    refused(browser.get(sent.replace("iss=http", "iss=https")))
    cancelled = {"error": "access_denied", "error_description": "<b>no", "state": led(browser)["state"]}
    assert "<b>no" not in refused(browser.get("/login/back", params=cancelled))


def test_a_token_for_another_service_opens_nothing(browser: httpx.Client, issuer: Issuer) -> None:
    assert "inte tillgång" in refused(back(browser, issuer, "elsewhere"))
    browser.cookies.set(COOKIE, issuer.token("ros-lund", **REGISTRAR | {"aud": "another-service"}))
    assert browser.get("/desk").status_code == 303


def test_a_token_that_browsers_would_throw_away_is_told_of(browser: httpx.Client, issuer: Issuer) -> None:
    assert "för stort" in refused(back(browser, issuer, "long"))


@pytest.mark.parametrize("kept", ["expired", "rubbish", "a b", "ID"])
def test_a_cookie_that_holds_no_valid_token_leads_to_login(browser: httpx.Client, issuer: Issuer, kept: str) -> None:
    tokens = {
        "expired": issuer.token("ros-lund", **REGISTRAR, exp=int(time.time()) - 60),
        "ID": issuer.token("ros-lund", aud=CLIENT),
    }
    answer = browser.get("/desk", headers={"Cookie": f"{COOKIE}={tokens.get(kept, kept)}"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/login?to=%2Fdesk")


def test_a_login_opens_pages_only_and_a_token_in_the_header_goes_first(browser: httpx.Client, issuer: Issuer) -> None:
    back(browser, issuer)
    assert browser.get("/desk").status_code == 200
    for path in ("/api/candidates", "/api/own-extract", "/api/uploads"):
        assert browser.get(path).status_code == 401
    assert browser.post("/api/extract", json={"value": NUMBERS[0]}).status_code == 401
    for header in ("Bearer rubbish", "Basic YTpi", ""):
        assert browser.get("/desk", headers={"Authorization": header}).status_code == 401


@pytest.mark.parametrize(
    "to",
    [
        "https://elsewhere.example/desk",
        "//elsewhere.example/desk",
        "/\\elsewhere.example",
        "/\t/elsewhere.example",
        "\\\\elsewhere.example",
        "/%2f/elsewhere.example",
        "javascript:alert(1)",
        "http://[",
        "/desk\r\nSet-Cookie: a=b",
        f"/person/{NUMBERS[0]}",
        "",
    ],
)
def test_a_login_leads_to_no_other_server(browser: httpx.Client, issuer: Issuer, to: str) -> None:
    begun = browser.get("/login", params={"to": to})
    asked = {k: v[0] for k, v in parse_qs(urlsplit(begun.headers["location"]).query).items()}
    assert browser.get(issuer.login(asked, "ros-lund")).headers["location"] == "/desk"
    assert page_after(to) == "/desk"


def test_a_page_put_into_the_browser_by_somebody_else_leads_to_no_other_server(
    browser: httpx.Client, issuer: Issuer
) -> None:
    asked = led(browser)
    [(name, kept)] = browser.cookies.items()
    browser.cookies.set(name, ".".join((*kept.split(".")[:2], "Ly9lbHNld2hlcmUuZXhhbXBsZQ")), domain="127.0.0.1")
    answer = browser.get(issuer.login(asked, "ros-lund"), headers={"Cookie": f"{name}={browser.cookies[name]}"})
    assert answer.headers["location"] == "/desk"


def test_an_identity_number_in_an_address_goes_no_further(browser: httpx.Client) -> None:
    answer = browser.get("/person", params={"value": NUMBERS[0], "lang": "en"})
    assert answer.headers["location"] == "/login?to=%2Fperson%3Flang%3Den"


def test_two_windows_log_in_at_the_same_time_and_many_leave_no_heap(browser: httpx.Client, issuer: Issuer) -> None:
    first, second = led(browser, "/desk"), led(browser, "/person")
    assert browser.get(issuer.login(first, "ros-lund")).headers["location"] == "/desk"
    browser.cookies.delete(COOKIE)
    assert browser.get(issuer.login(second, "ros-lund")).headers["location"] == "/person"
    browser.cookies.delete(COOKIE)
    for _ in range(20):
        led(browser)
    assert len(browser.cookies) <= MOST_BEGUN


def test_rubbish_among_the_cookies_stops_no_login(browser: httpx.Client) -> None:
    names = ["a b", "ä", "x" * 300, ";", "[]", "{}", ",", "a/b"]
    rubbish = "; ".join(f"{COOKIE}-login-{name}=a.b.Lw" for name in names).encode("latin-1")
    assert browser.get("/login", headers={b"Cookie": rubbish}).status_code == 303
    for name in names:
        answer = browser.get("/login/back", params={"state": name, "code": "c"}, headers={b"Cookie": rubbish})
        assert answer.status_code == 400
    broken = {"Cookie": f"{COOKIE}-login-{'s' * 22}=a.b.____"}
    assert browser.get("/login/back", params={"state": "s" * 22, "code": "c"}, headers=broken).status_code == 400


def test_who_may_not_see_a_page_is_told_so_in_the_readers_language(browser: httpx.Client, issuer: Issuer) -> None:
    back(browser, issuer, "stat-ek")
    for language, told in (("sv", "Detta får du inte göra"), ("en", "You may not do this")):
        answer = browser.get(f"/desk?lang={language}")
        assert answer.status_code == 403
        assert told in answer.text
        assert "stat-ek" in answer.text
        assert f'href="/logout?lang={language}"' in answer.text
    assert browser.get("/me").status_code == 403


def test_a_form_is_taken_from_a_login_only_where_it_is_said_from_where_it_was_sent(
    browser: httpx.Client, issuer: Issuer
) -> None:
    back(browser, issuer)
    here = {"Origin": str(browser.base_url)}
    assert browser.post("/desk/pair", data={}, headers=here).status_code == 200
    assert browser.post("/desk/pair", data={}).status_code == 401
    for elsewhere in ({"Origin": "https://elsewhere.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "same-site"}):
        assert browser.post("/desk/pair", data={}, headers=elsewhere).status_code == 403


def test_logging_out_forgets_the_token_here_and_at_the_issuer_unless_another_site_asks(
    browser: httpx.Client, issuer: Issuer
) -> None:
    back(browser, issuer)
    asked = browser.get("/logout?lang=en", headers={"Sec-Fetch-Site": "cross-site"})
    assert "Do you want to log out" in asked.text
    assert COOKIE in browser.cookies
    left = browser.get("/logout?lang=en", headers={"Sec-Fetch-Site": "same-origin"})
    assert left.headers["location"].startswith(f"{issuer.address}/leave?client_id={CLIENT}")
    assert COOKIE not in browser.cookies
    shown = browser.get("/logged-out?lang=en")
    assert "You are logged out" in shown.text
    assert browser.get("/desk").status_code == 303


def test_without_a_client_the_pages_say_how_to_get_in(settings: Settings, issuer: Issuer) -> None:
    for env in ({}, environment(issuer)):
        with serving(app(settings, env)) as address:
            for path in ("/desk", "/person", "/me", "/login"):
                answer = httpx.get(address + path, headers={"Accept-Language": "en"})
                assert answer.status_code == 401
                assert "Login is not set up" in answer.text
            assert httpx.get(f"{address}/logout").headers["location"] == "/logged-out?lang=sv"


def test_while_the_issuer_is_silent_the_pages_say_so(settings: Settings) -> None:
    with issuing() as issuer:
        issuer.silent = True
        with serving(app(settings, environment(issuer) | {code_flow.CLIENT: CLIENT})) as address:
            held = {"Cookie": f"{COOKIE}={issuer.token()}"}
            for answer in (httpx.get(f"{address}/login"), httpx.get(f"{address}/desk", headers=held)):
                assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")
                assert "Inloggningstjänsten svarar inte" in answer.text
            assert httpx.get(f"{address}/logout").status_code == 303


def test_nobody_logs_in_where_others_can_listen(browser: httpx.Client) -> None:
    answer = browser.get("/login", headers={"Host": "register.example"})
    assert answer.status_code == 503
    assert "VAXREG_WEB_ADDRESS" in answer.text
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("ways", [None, ["client_secret_basic", "client_secret_post"]])
def test_a_secret_is_sent_to_the_token_endpoint_alone(settings: Settings, issuer: Issuer, ways: Any) -> None:
    issuer.secret, issuer.described = "a secret:%", {"token_endpoint_auth_methods_supported": ways} if ways else {}
    env = environment(issuer) | {code_flow.CLIENT: CLIENT}
    try:
        for secret, status in (("a secret:%", 303), ("wrong", 400), ("", 400)):
            served = serving(app(settings, env | {code_flow.SECRET: secret}))
            with served as address, httpx.Client(base_url=address) as browser:
                assert back(browser, issuer).status_code == status
    finally:
        issuer.secret, issuer.described = "", {}
    assert not any("secret" in path for path in issuer.asked)


def test_settings_that_could_open_a_hole_are_refused(issuer: Issuer) -> None:
    tokens = tokens_from(environment(issuer))
    for env in ({code_flow.SECRET: "s"}, {code_flow.SECRET: "s", code_flow.CLIENT: " "}):
        with pytest.raises(SettingBroken):
            code_flow.client_from(env, tokens)
    with pytest.raises(SettingBroken):
        code_flow.client_from({code_flow.CLIENT: CLIENT}, None)
    for broken in ("http://register.example", "register.example", "https://a@b.example", "https://b.example/x"):
        with pytest.raises(SettingBroken):
            web_address_from({"VAXREG_WEB_ADDRESS": broken})
    found = code_flow.client_from({code_flow.CLIENT: CLIENT, code_flow.SECRET: "hidden"}, tokens)
    assert "hidden" not in repr(found)


def test_a_code_is_redeemed_only_over_a_safe_line(settings: Settings) -> None:
    with issuing() as issuer:
        issuer.people = {"ros-lund": REGISTRAR}
        issuer.described = {"token_endpoint": "http://elsewhere.example/token"}
        served = serving(app(settings, environment(issuer) | {code_flow.CLIENT: CLIENT}))
        with served as address, httpx.Client(base_url=address) as browser:
            assert back(browser, issuer).status_code == 503
        assert document(f"{issuer.address}/keys")["keys"]
