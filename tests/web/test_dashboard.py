"""The dashboard in a browser: what it shows is what the question answers, for everyone who can come to look."""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect
from psycopg import Connection

from connectors.outgoing.words import Words
from projections import live
from projections.coverage.query import coverage
from projections.coverage.question import CoverageQuestion, age_bands
from tests.web.conftest import Visit

LAST = date(2021, 4, 18)
EARLIER = date(2021, 2, 28)
SWEDISH, ENGLISH = Words("sv"), Words("en")
Asked = Callable[..., Mapping[str, dict[str, Any]]]


@pytest.fixture(scope="module")
def conn(filled_database: str) -> Iterator[Connection[Any]]:
    with live.connect(filled_database) as reader:
        yield reader


@pytest.fixture
def asked(conn: Connection[Any]) -> Asked:
    """The answer to a question about adults, by area or by the one column asked for."""

    def ask(day: date = LAST, **question: Any) -> Mapping[str, dict[str, Any]]:
        adults = {"ages": age_bands("18-"), **question}
        rows = coverage(conn, CoverageQuestion(given_to=day, known_on=day, **adults)).rows.to_dicts()
        key = question["by"][0] if "by" in question else "area"
        return {row[key]: row for row in rows}

    return ask


def same(shown: str, written: str) -> bool:
    """Whether a browser's text is what was written, whatever spaces it made of hard ones."""
    return re.sub(r"\s", " ", shown).strip() == re.sub(r"\s", " ", written)


def figures_of(row: Locator) -> list[str]:
    return [re.sub(r"\s", " ", text).strip() for text in row.locator(".share, .persons").all_inner_texts()]


def expected(words: Words, *rows: Mapping[str, Any]) -> list[str]:
    """Share and persons of at least one and at least two doses, as the page writes them."""
    texts = [text for row in rows for text in (words.share(row["share"]), words.count(row["persons"]))]
    return [re.sub(r"\s", " ", text) for text in texts]


def test_the_headline_shows_swedens_figures_of_the_last_day(visit: Visit, asked: Asked) -> None:
    page = visit("/")
    one, two = asked(at_least=1)["00"], asked(at_least=2)["00"]
    assert same(page.locator("#share-1").inner_text(), SWEDISH.share(one["share"]))
    assert same(page.locator("#share-2").inner_text(), SWEDISH.share(two["share"]))
    assert same(page.locator("#doses").inner_text(), SWEDISH.count(one["doses"]))
    expect(page.locator("h1")).to_have_text("Vaccinerade mot covid-19 i Sverige")
    expect(page.locator(".dated")).to_contain_text("Som det var känt 18 april 2021")
    expect(page.locator(".dated")).to_contain_text("Doser givna till och med söndag 18 april 2021 (vecka 15)")
    expect(page.locator(".dated")).to_contain_text("Befolkning 31 december 2020")


@pytest.mark.parametrize("day", [LAST, EARLIER])
def test_every_region_shows_its_figures_in_the_table(visit: Visit, asked: Asked, day: date) -> None:
    page = visit(f"/?known-on={day}")
    one, two = (asked(day, level="region", at_least=number) for number in (1, 2))
    assert len(one) == 22
    for code in one:
        shown = page.locator(f"#regions tr[data-code='{'unknown' if code == '00' else code}']").first
        assert figures_of(shown) == expected(SWEDISH, one[code], two[code])


@pytest.mark.parametrize("number", [1, 2])
def test_the_map_names_every_region_with_its_share_and_colours_more_darker(
    visit: Visit, asked: Asked, number: int
) -> None:
    page = visit(f"/?lang=en&dose={number}")
    shares = {
        row["area_name"]: row["share"] for code, row in asked(level="region", at_least=number).items() if code != "00"
    }
    links = page.locator(".map svg a")
    assert links.count() == 21
    lightness = {}
    for link in links.all():
        name, _, share = str(link.get_attribute("aria-label")).partition(": ")
        assert share == ENGLISH.share(shares.pop(name))
        colour = str(link.locator("path").get_attribute("fill"))
        lightness[float(share.rstrip("%"))] = sum(bytes.fromhex(colour[1:]))
    assert shares == {}
    by_share = [lightness[share] for share in sorted(lightness)]
    assert by_share == sorted(by_share, reverse=True)


def test_the_curve_has_its_figures_week_by_week(visit: Visit, asked: Asked) -> None:
    page = visit("/?area=24&lang=en")
    page.get_by_text("The same figures as a table").click()
    one, two = (asked(level="region", area="24", by=("week",), cumulative=True, at_least=n) for n in (1, 2))
    assert len(one) >= 14
    for week in one:
        assert figures_of(page.locator(f"#weeks tr[data-code='{week.replace('-W', '')}']")) == expected(
            ENGLISH, one[week], two[week]
        )


def test_the_table_by_age_shows_each_age_group(visit: Visit, asked: Asked) -> None:
    page = visit("/?area=2480&lang=en")
    bands = age_bands("18-29,30-39,40-49,50-59,60-69,70-79,80-89,90-")
    one, two = (asked(level="municipality", area="2480", by=("age",), ages=bands, at_least=n) for n in (1, 2))
    for band in bands:
        row = page.locator(f"#by-age tr[data-code='{band.text}']")
        assert figures_of(row) == expected(ENGLISH, one[band.text], two[band.text])
        assert row.locator("td.population").inner_text() == ENGLISH.count(one[band.text]["population"])


def test_a_reader_goes_down_to_a_region_and_a_municipality_and_up_again(visit: Visit, asked: Asked) -> None:
    page = visit("/?known-on=2021-02-28&lang=sv")
    page.locator(".map svg a[aria-label^='Västerbotten']").click()
    expect(page.locator("h1")).to_have_text("Vaccinerade mot covid-19 i Västerbotten")
    one, two = (asked(EARLIER, level="municipality", area="24", at_least=number) for number in (1, 2))
    assert len(one) == 16
    for code in one:
        shown = page.locator(f"#municipalities tr[data-code='{code}']").first
        assert figures_of(shown) == expected(SWEDISH, one[code], two[code])
    expect(page.locator("#municipalities tr[data-code='2400'] th")).to_have_text("Okänd kommun")
    page.locator("#municipalities").get_by_role("link", name="Umeå").click()
    expect(page.locator("h1")).to_have_text("Vaccinerade mot covid-19 i Umeå")
    assert same(page.locator("#share-1").inner_text(), SWEDISH.share(one["2480"]["share"]))
    crumbs = page.get_by_role("navigation", name="Plats")
    crumbs.get_by_role("link", name="Sverige").click()
    expect(page.locator("h1")).to_have_text("Vaccinerade mot covid-19 i Sverige")
    assert "known-on=2021-02-28" in page.url


def test_the_slider_goes_by_keyboard_to_what_was_known_the_day_before(visit: Visit, asked: Asked) -> None:
    page = visit("/?lang=en&known-on=2021-03-14")
    slider = page.get_by_role("slider")
    for _ in range(40):
        page.keyboard.press("Tab")
        if slider.evaluate("node => node === document.activeElement"):
            break
    expect(slider).to_be_focused()
    for _ in range(7):
        page.keyboard.press("ArrowLeft")
    day = date(2021, 3, 7)
    expect(slider).to_have_attribute("aria-valuetext", "Sunday 7 March 2021")
    expect(page.locator(".dated")).to_contain_text("As known on 7 March 2021")
    one, two = asked(day, at_least=1)["00"], asked(day, at_least=2)["00"]
    assert page.locator("#share-1").inner_text() == ENGLISH.share(one["share"])
    assert page.locator("#share-2").inner_text() == ENGLISH.share(two["share"])
    expect(page.get_by_role("status")).to_contain_text("Sweden, 7 March 2021: at least 1 dose")
    expect(slider).to_be_focused()
    assert "known-on=2021-03-07" in page.url
    # What was put in place goes on working: its links lead to the same day.
    page.locator(".map svg a[aria-label^='Skåne']").click()
    expect(page.locator(".dated")).to_contain_text("As known on 7 March 2021")


def test_without_scripts_the_slider_has_a_button(visit: Visit, asked: Asked) -> None:
    page = visit("/?area=24&lang=en", scripts=False)
    page.get_by_role("slider").press("Home")
    page.locator("form.when button").click()
    expect(page.locator("h1")).to_have_text("Vaccinated against COVID-19 in Västerbotten")
    first = date.fromisoformat(re.findall(r"known-on=([\d-]+)", page.url)[0])
    assert page.locator("#doses").inner_text() == str(asked(first, level="region", area="24")["24"]["doses"])


def test_a_day_and_ages_can_be_chosen_with_fields(visit: Visit, conn: Connection[Any]) -> None:
    page = visit("/?lang=en", scripts=False)
    page.get_by_label("Date", exact=True).fill("2021-02-28")
    page.get_by_label("Age", exact=True).select_option("70-")
    page.locator("form.choices button").click()
    question = CoverageQuestion(given_to=EARLIER, known_on=EARLIER, ages=age_bands("70-"))
    [row] = coverage(conn, question).rows.to_dicts()
    assert page.locator("#share-1").inner_text() == ENGLISH.share(row["share"])
    assert page.locator("#by-age tbody tr").count() == 3


def test_a_share_that_cannot_be_reckoned_is_a_dash_with_the_reason(visit: Visit) -> None:
    page = visit("/?lang=sv&ages=all")
    expect(page.locator("#share-1")).to_have_text("–")
    expect(page.locator(".about")).to_contain_text("räcker inte till alla åldrar")
    assert page.locator(".map svg path").first.get_attribute("fill") == "#ececec"


@pytest.mark.parametrize("width", [360, 768, 1280])
@pytest.mark.parametrize("path", ["/", "/?area=14", "/?area=1480&lang=en", "/api"])
def test_nothing_is_wider_than_the_screen(visit: Visit, path: str, width: int) -> None:
    page = visit(path, width=width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    curves = page.locator(".curve").all()
    assert [one.is_visible() for one in curves].count(True) == bool(curves)


@pytest.mark.parametrize(("locale", "language"), [("sv-SE", "sv"), ("en-GB", "en"), ("de-DE", "sv")])
def test_the_page_speaks_the_browsers_language(visit: Visit, locale: str, language: str) -> None:
    page = visit("/", locale=locale)
    assert page.locator("html").get_attribute("lang") == language
    expect(page.locator(".figure h2").first).to_have_text("Minst 1 dos" if language == "sv" else "At least 1 dose")


def test_the_language_can_be_changed_and_stays(visit: Visit) -> None:
    page = visit("/?area=24&known-on=2021-02-28")
    page.get_by_role("link", name="English").click()
    expect(page.locator("h1")).to_have_text("Vaccinated against COVID-19 in Västerbotten")
    page.locator("#municipalities").get_by_role("link", name="Umeå").click()
    expect(page.locator("h1")).to_have_text("Vaccinated against COVID-19 in Umeå")
    assert "known-on=2021-02-28" in page.url


def test_everything_has_a_name_for_those_who_listen(visit: Visit) -> None:
    page = visit("/?area=24&lang=en")
    assert page.title() == "Vaccinated against COVID-19 in Västerbotten, 18\u00a0April\u00a02021 – Vaccination register"
    nameless = page.evaluate(
        """() => [...document.querySelectorAll('img, svg')]
            .filter(node => !(node.getAttribute('aria-label') || node.getAttribute('alt')
                || node.closest('[aria-hidden=true]'))).length"""
    )
    assert nameless == 0
    for role in ("link", "button", "slider", "combobox", "table", "navigation", "region"):
        for one in page.get_by_role(role).all():
            assert _named(one), one.evaluate("node => node.outerHTML.slice(0, 80)")
    unlabelled = page.locator("input:not([type=hidden]), select").evaluate_all(
        "fields => fields.filter(field => field.labels.length === 0).length"
    )
    assert unlabelled == 0
    headings = page.locator("h1, h2, h3").evaluate_all("all => all.map(one => Number(one.tagName[1]))")
    assert headings[0] == 1
    assert headings.count(1) == 1
    assert all(scope for scope in page.locator("th").evaluate_all("all => all.map(one => one.scope)"))


def _named(one: Locator) -> bool:
    return bool(
        one.evaluate(
            """node => (node.getAttribute('aria-label') || node.textContent
                || [...(node.labels || [])].map(label => label.textContent).join('')
                || document.getElementById(node.getAttribute('aria-labelledby'))?.textContent || '').trim()"""
        )
    )


def test_the_keyboard_comes_to_every_region_of_the_map_and_sees_where_it_is(visit: Visit) -> None:
    page = visit("/?lang=en")
    page.locator(".map svg a").first.focus()
    before = page.locator(".map svg a path").first.evaluate("node => getComputedStyle(node).strokeWidth")
    page.keyboard.press("Tab")
    page.keyboard.press("Shift+Tab")
    after = page.locator(".map svg a path").first.evaluate("node => getComputedStyle(node).strokeWidth")
    assert float(after.removesuffix("px")) > float(before.removesuffix("px")) or float(after.removesuffix("px")) >= 3
    for _ in range(20):
        page.keyboard.press("Tab")
    assert page.locator(".map svg a").last.evaluate("node => node === document.activeElement")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).not_to_have_text("Vaccinated against COVID-19 in Sweden")


def test_an_empty_register_says_so(visit: Visit, asked: Asked) -> None:
    page = visit("/?known-on=2020-12-01&lang=en")
    # Before the first day there is nothing to show; the page goes to the first day.
    first = date.fromisoformat(str(page.get_by_role("slider").get_attribute("data-first")))
    assert page.locator("#doses").inner_text() == str(asked(first)["00"]["doses"])


@pytest.mark.parametrize(
    ("path", "status", "sentence"),
    [
        ("/?area=9999&lang=en", 404, "There is no region or municipality with the code 9999."),
        ("/?area=<b>&lang=sv", 404, "Det finns ingen region eller kommun med koden <b>."),
        ("/?known-on=tomorrow&lang=en", 422, "known-on must be a day written YYYY-MM-DD."),
        ("/?ages=5&lang=sv", 422, "ages måste vara ett av all, 12-, 18-, 70-."),
        ("/?day=x&lang=en", 422, "day must be a whole number."),
    ],
)
def test_an_address_that_means_nothing_is_answered_in_a_sentence(
    address: str, browser: Any, path: str, status: int, sentence: str
) -> None:
    page: Page = browser.new_page()
    answer = page.goto(address + path)
    assert answer is not None
    assert answer.status == status
    expect(page.locator(".lead")).to_have_text(sentence)
    page.close()


def test_the_api_page_describes_every_parameter(visit: Visit) -> None:
    page = visit("/api?lang=en")
    shown = page.locator("main").inner_text()
    for name in (
        "GET /api/coverage",
        "at-least",
        "known-on",
        "POST /api/eligibility",
        "YYYY-MM-DD",
        "One of nation, region",
    ):
        assert name in shown
