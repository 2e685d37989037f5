"""The table of roles, cell by cell: what stands in it is allowed, everything else is denied."""

import ast
import csv
from itertools import product
from pathlib import Path

import pytest

from register.access import Allowed, Denied, Reader, decide
from register.access.roles import SCOPES, actions, implied_purpose, table
from register.codes import meanings

# What each role may ask for which purpose, and about whom: the own region or sender, any, or none. What does not stand
# here is denied. Written by hand and not read from the register: who widens a row there has to say it here.
MAY: dict[str, dict[str, dict[str, str]]] = {
    "anyone": {"information": {"coverage": "any", "supply": "any", "status": "any"}},
    "care-professional": {
        "care": {"doses": "any"},
        "quality": {"doses-of-region": "own"},
        "registration": {"register-number": "own", "receipts": "own"},
    },
    "region": {"reporting": {"uploads": "own", "receipts": "own"}, "quality": {"doses-of-region": "own"}},
    "municipality": {"reporting": {"uploads": "own", "receipts": "own"}},
    "statistician": {"statistics": {"coverage": "any", "supply": "any", "status": "any"}},
    "coordinator": {"coordination": {"coverage": "any", "supply": "any", "status": "any", "uploads": "any"}},
    "certificate-issuer": {"certificate": {"eligibility": "none"}},
    "registrar": {
        "registration": {
            "register-number": "own",
            "receipts": "own",
            "candidates": "any",
            "link": "none",
            "unlink": "none",
            "tell-apart": "none",
        },
        "own-data": {"extract": "none", "access-report": "none"},
    },
    "protection-officer": {"protection": {"alarms": "none", "access-report": "none", "extract": "none"}},
    "reviewer": {"log-review": {"access-sample": "none", "access-reviewed": "none", "access-report": "none"}},
    "person": {"own-data": {"own-extract": "none", "own-access-report": "none"}},
    "register-administrator": {"administration": {"status": "any", "uploads": "any"}, "erasure": {"erase": "none"}},
}
EVERY_PURPOSE = {purpose for of_role in MAY.values() for purpose in of_role}
EVERY_ACTION = {action for of_role in MAY.values() for of_purpose in of_role.values() for action in of_purpose}
OF_A_SENDER = {"uploads", "receipts"}  # their own is the sender, of everything else it is the region

ROWS = list(csv.reader(Path("register/access/roles.csv").read_text(encoding="utf-8").splitlines()[1:], delimiter=";"))
# Who is asked about: oneself, somebody else, nobody; and by whom: somebody of a region and a sender, or of neither.
CELLS = ("own", "other", "nobody", "other, by the homeless", "nobody, by the homeless")
WITHIN = {"own": CELLS[:1], "any": CELLS, "none": ("nobody", "nobody, by the homeless")}


def asked_about(cell: str, action: str) -> str:
    own, other = ("north", "south") if action in OF_A_SENDER else ("24", "23")
    return {"own": own, "other": other, "nobody": ""}[cell.partition(",")[0]]


def test_of_all_cells_of_role_purpose_action_and_region_only_those_written_here_are_allowed() -> None:
    expected = {
        (role, purpose, action, cell)
        for role, of_role in MAY.items()
        for purpose, of_purpose in of_role.items()
        for action, scope in of_purpose.items()
        for cell in WITHIN[scope]
    }
    found, tried = set(), 0
    for role, purpose, homeless in product([*MAY, "stranger"], [*EVERY_PURPOSE, "curiosity", ""], [False, True]):
        home = ("", "") if homeless else ("24", "north")
        reader = Reader("somebody", role, purpose, region=home[0], sender=home[1])
        cells = [cell for cell in CELLS if cell.endswith("homeless") == homeless]
        for action, cell in product([*EVERY_ACTION, "everything", ""], cells):
            tried += 1
            if isinstance(reader.may(action, asked_about(cell, action)), Allowed):
                found.add((role, purpose, action, cell))
    assert found == expected
    assert tried == (len(MAY) + 1) * (len(EVERY_PURPOSE) + 2) * (len(EVERY_ACTION) + 2) * len(CELLS) > 15_000


@pytest.mark.parametrize(
    ("role", "purpose"), [(role, purpose) for role, purposes in MAY.items() for purpose in purposes]
)
def test_at_a_door_whoever_may_ask_anything_of_it_comes_in_and_nobody_else(role: str, purpose: str) -> None:
    reader = Reader("somebody", role, purpose, region="24", sender="north")
    let_in = {action for action in EVERY_ACTION if isinstance(reader.may_at_all(action), Allowed)}
    assert let_in == MAY[role][purpose].keys()
    homeless = Reader("somebody", role, purpose)
    let_in = {action for action in EVERY_ACTION if isinstance(homeless.may_at_all(action), Allowed)}
    assert let_in == {action for action, scope in MAY[role][purpose].items() if scope != "own"}


def test_the_table_of_the_tests_names_every_role_purpose_and_question() -> None:
    assert {row[0] for row in ROWS} == MAY.keys()
    assert {row[1] for row in ROWS} == EVERY_PURPOSE
    assert actions().keys() == EVERY_ACTION
    assert {name for name, action in actions().items() if action.concerns == "sender"} == OF_A_SENDER


def test_the_table_is_whole() -> None:
    assert all(len(row) == 5 and all(row) for row in ROWS)
    assert len({tuple(row[:3]) for row in ROWS}) == len(ROWS) == len(table())
    assert {row[2] for row in ROWS} <= actions().keys()
    assert {row[3] for row in ROWS} <= set(SCOPES)


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (("stranger", "care", "doses", "24", "24"), "ROLE-UNKNOWN"),
        (("", "", "", "", ""), "ROLE-UNKNOWN"),
        (("care-professional", "statistics", "doses", "24", "24"), "PURPOSE-NOT-OF-ROLE"),
        (("care-professional", "", "doses", "24", "24"), "PURPOSE-MISSING"),
        (("care-professional", "", "coverage", "24", "24"), "QUESTION-NOT-OF-ROLE"),
        (("care-professional", "quality", "doses", "24", "24"), "QUESTION-NOT-OF-ROLE"),
        (("care-professional", "quality", "doses-of-region", "24", "23"), "OTHER-REGION"),
    ],
)
def test_a_denial_says_which_part_does_not_fit(asked: tuple[str, str, str, str, str], code: str) -> None:
    answer = decide(*asked)
    assert isinstance(answer, Denied)
    assert answer.code == code
    assert meanings()[code].sv


def test_who_names_no_purpose_is_told_which_there_are() -> None:
    answer = decide("registrar", "", "extract", "", "")
    assert str(answer) == "PURPOSE-MISSING (name a purpose): one of own-data"
    answer = decide("protection-officer", "", "access-report", "", "")
    assert str(answer).endswith("one of protection")


def test_everything_that_can_be_asked_is_asked_by_some_program() -> None:
    sources = [*Path("connectors").rglob("*.py"), Path("register/access/review.py")]
    said = {
        node.value
        for source in sources
        if source.name != "texts.py"
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    assert set(actions()) <= said, set(actions()) - said
    assert set(actions()) == {row[2] for row in ROWS}


def test_all_of_a_persons_doses_are_for_care_alone() -> None:
    assert {(row[0], row[1]) for row in ROWS if row[2] == "doses"} == {("care-professional", "care")}


@pytest.mark.parametrize("role", ["statistician", "coordinator", "municipality", "anyone"])
def test_who_counts_or_sends_sees_no_person(role: str) -> None:
    assert {actions()[row[2]].concerns for row in ROWS if row[0] == role} <= {"nobody", "sender"}


def test_anyone_may_ask_for_nothing_but_figures() -> None:
    assert {row[2] for row in ROWS if row[0] == "anyone"} == {"coverage", "supply", "status"}


def test_what_concerns_oneself_is_for_the_person_alone_and_the_person_may_ask_nothing_else() -> None:
    assert {row[0] for row in ROWS if actions()[row[2]].concerns == "own"} == {"person"}
    assert {actions()[row[2]].concerns for row in ROWS if row[0] == "person"} == {"own"}


def test_who_reads_the_log_to_review_it_does_not_read_records() -> None:
    assert {row[2] for row in ROWS if row[0] == "reviewer"} == {"access-sample", "access-reviewed", "access-report"}


def test_a_purpose_is_implied_only_where_there_is_one() -> None:
    assert implied_purpose("certificate-issuer", "eligibility") == "certificate"
    assert implied_purpose("certificate-issuer", "doses") == ""
    assert implied_purpose("stranger", "eligibility") == ""
