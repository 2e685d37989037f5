"""The header of every page leads to the pages that the role of who is logged in may open, and to no others."""

import pytest

from connectors.outgoing.navigation import PAGES, leads
from connectors.outgoing.words import Words
from register.access import Reader


@pytest.mark.parametrize(
    ("role", "paths"),
    [
        ("registrar", ["/", "/desk", "/person"]),
        ("protection-officer", ["/", "/person"]),
        ("person", ["/", "/me"]),
        ("statistician", ["/"]),
        ("nobody-knows", ["/"]),
    ],
)
def test_a_role_is_led_to_what_it_may_open(role: str, paths: list[str]) -> None:
    found = leads(Reader("somebody", role, "", region="24"), "/person", Words("en"))
    assert [lead.address for lead in found] == [f"{path}?lang=en" for path in paths]
    assert [lead.address for lead in found if lead.current] == [
        f"{path}?lang=en" for path in paths if path == "/person"
    ]


def test_every_page_has_its_name_in_both_languages() -> None:
    reader = Reader("somebody", "registrar", "", region="24")
    swedish, english = ([lead.text for lead in leads(reader, "/", Words(each))] for each in ("sv", "en"))
    assert all(one != other for one, other in zip(swedish, english, strict=True))
    assert len(PAGES) == len({key for _, key, _ in PAGES})
