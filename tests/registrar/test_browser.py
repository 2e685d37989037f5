"""The desk in a real browser: login at the issuer, a reserve number by keyboard, logout; and what other sites try."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from connectors.outgoing import code_flow
from connectors.outgoing.web import app
from tests.access.issuer import environment
from tests.registrar.conftest import REGISTRAR, Desk
from tests.web.conftest import serving

SERIES = "2.25.4711"


@pytest.fixture(scope="module")
def address(desk: Desk) -> Iterator[str]:
    """The desk's register with login. Its site is not the issuer's: browsers tell localhost and 127.0.0.1 apart."""
    desk.issuer.people["ros-lund"] = REGISTRAR
    env = environment(desk.issuer) | {code_flow.CLIENT: "register-pages"}
    with serving(app(desk.settings, env)) as address:
        yield address.replace("127.0.0.1", "localhost")


@pytest.fixture
def window(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(locale="en-GB")
    yield context
    context.close()


def log_in(page: Page, who: str = "ros-lund") -> None:
    """At the issuer, by keyboard."""
    expect(page).to_have_title("Issuer")
    page.keyboard.type(who)
    page.keyboard.press("Enter")


def tab_to(page: Page, name: str) -> None:
    """Go on with the tab key, as somebody without a mouse, to a field."""
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.name") == name:
            return
    raise AssertionError(f"the tab key never comes to {name}")


def fill_in(page: Page, number: str) -> None:
    """A registration of a reserve number, by keyboard alone."""
    tab_to(page, "series")
    page.keyboard.press("End")  # another series, whose OID is typed
    for name, text in (("root", SERIES), ("value", number), ("birth_year", "1984"), ("evidence", "passport seen")):
        tab_to(page, name)
        page.keyboard.type(text)


def test_a_registrar_logs_in_registers_a_number_by_keyboard_and_logs_out(
    desk: Desk, address: str, window: BrowserContext
) -> None:
    page = window.new_page()
    visited: list[str] = []
    page.on("request", lambda request: visited.append(request.url))
    page.goto(f"{address}/desk")
    log_in(page)
    expect(page).to_have_url(f"{address}/desk")
    fill_in(page, "R-7001")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Recorded.")
    found = desk.post("/api/extract", {"root": SERIES, "value": "R-7001"}).json()
    assert [one["value"] for one in found["identities"]] == ["R-7001"]

    page.goto(f"{address}/person")
    page.get_by_label("Kind of number").select_option("other")
    page.get_by_role("textbox", name="Another series").fill(SERIES)
    page.get_by_label("Number", exact=True).fill("R-7001")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Who has read")).to_be_visible()
    assert not any("7001" in url for url in visited), "no number in an address"

    page.get_by_role("link", name="Log out").press("Enter")
    expect(page.get_by_role("heading", name="You are logged out")).to_be_visible()
    assert "vaxreg" not in {cookie["name"] for cookie in window.cookies()}
    page.goto(f"{address}/desk")
    expect(page).to_have_title("Issuer")


def test_from_the_figures_one_logs_in_and_finds_every_page_that_one_may_open(
    address: str, window: BrowserContext
) -> None:
    page = window.new_page()
    page.goto(f"{address}/?lang=en")
    header = page.get_by_role("banner")
    header.get_by_role("link", name="Log in").click()
    log_in(page)
    expect(page).to_have_url(f"{address}/?lang=en")
    pages = header.get_by_role("navigation", name="Pages").get_by_role("link")
    expect(pages).to_have_text(["Statistics", "Reserve numbers and links", "Extracts"])
    for name in ("Reserve numbers and links", "Extracts", "Statistics"):
        header.get_by_role("link", name=name).click()
        expect(header.locator("[aria-current=page]")).to_have_text(name)
    header.get_by_role("link", name="Log out").click()
    expect(page.get_by_role("heading", name="You are logged out")).to_be_visible()


def test_scripts_do_not_see_the_token_and_other_sites_bring_no_form_with_it(
    desk: Desk, address: str, window: BrowserContext, elsewhere: str
) -> None:
    page = window.new_page()
    page.goto(f"{address}/desk")
    log_in(page)
    expect(page).to_have_url(f"{address}/desk")
    [kept] = [cookie for cookie in window.cookies() if cookie["name"] == "vaxreg"]
    assert (kept["httpOnly"], kept["sameSite"]) == (True, "Lax")
    assert "vaxreg" not in page.evaluate("document.cookie")
    page.goto(f"{elsewhere}?{address}")
    page.get_by_role("button", name="Win a prize").click()
    expect(page.get_by_text("sent from another site")).to_be_visible()
    assert desk.post("/api/extract", {"root": SERIES, "value": "R-7003"}).status_code == 404


def test_what_was_written_while_the_token_ran_out_is_sent_after_a_new_login(
    address: str, window: BrowserContext
) -> None:
    page = window.new_page()
    page.goto(f"{address}/desk")
    log_in(page)
    expect(page).to_have_url(f"{address}/desk")
    fill_in(page, "R-7002")
    window.clear_cookies(name="vaxreg")
    page.keyboard.press("Enter")
    expect(page.get_by_text("has not been saved")).to_be_visible()
    with window.expect_page() as opened:
        page.get_by_role("link", name="Log in in a new tab").click()
    expect(opened.value).to_have_url(f"{address}/desk?lang=en")  # the issuer still knows who it is
    page.reload()
    expect(page.get_by_role("status")).to_contain_text("Recorded.")


def test_who_mistypes_a_number_is_told_so_in_the_readers_language_and_types_no_more_than_the_mistake(
    desk: Desk, address: str, window: BrowserContext
) -> None:
    page = window.new_page()
    page.goto(f"{address}/person?lang=sv")
    log_in(page)
    page.get_by_label("Nummer", exact=True).fill("R/1")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Ingen hittades: numret har inte formen för sitt slag")
    expect(page.get_by_label("Nummer", exact=True)).to_have_value("R/1")
    refused = desk.post("/api/extract", {"value": "R/1"})
    assert (refused.status_code, "IDENTITY-MALFORMED" in refused.json()["detail"]) == (422, True)


@pytest.mark.parametrize("path", ["/", "/desk", "/person", "/logged-out"])
def test_no_page_is_wider_than_a_telephone(browser: Browser, address: str, path: str) -> None:
    context = browser.new_context(locale="sv-SE", viewport={"width": 360, "height": 800})
    page = context.new_page()
    page.goto(address + path)
    if path in ("/desk", "/person"):
        log_in(page)
        expect(page.get_by_role("link", name="Logga ut")).to_be_visible()
    page.wait_for_load_state()  # with its style
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    context.close()


@pytest.fixture
def elsewhere() -> Iterator[str]:
    """Another site, with a form that is sent to the register that its address names."""

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            register = self.path.partition("?")[2]
            fields = {"series": "other", "root": SERIES, "value": "R-7003", "region": "24", "evidence": "none"}
            hidden = "".join(f'<input type="hidden" name="{name}" value="{text}">' for name, text in fields.items())
            form = f'<form method="post" action="{register}/desk/registrations">{hidden}<button>Win a prize</button>'
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(f"<!doctype html><title>Elsewhere</title>{form}</form>".encode())

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/"
    server.shutdown()
    server.server_close()
    thread.join(10)
