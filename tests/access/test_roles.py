"""The table of roles, cell by cell: what stands in it is allowed, everything else is denied."""

import ast
import csv
from itertools import product
from pathlib import Path

import pytest

from register.access import Allowed, Denied, decide
from register.access.roles import SCOPES, actions, implied_purpose, table
from register.codes import meanings

# Read here once more, by other means than the register's.
ROWS = list(csv.reader(Path("register/access/roles.csv").read_text(encoding="utf-8").splitlines()[1:], delimiter=";"))
ROLES, PURPOSES = sorted({row[0] for row in ROWS}), sorted({row[1] for row in ROWS})
# Own and asked region: the own one, another, none asked about, none of one's own, and neither.
REGIONS = {"own": ("24", "24"), "other": ("24", "23"), "none": ("24", ""), "homeless": ("", "23"), "neither": ("", "")}
WITHIN = {
    "own": {"own"},
    "any": {"own", "other", "none", "homeless", "neither"},
    "none": {"none", "neither"},
}
NEEDED = {
    *("care-professional", "region", "municipality", "statistician", "coordinator", "certificate-issuer"),
    *("registrar", "protection-officer", "reviewer", "person", "register-administrator"),
}


def test_every_cell_of_role_purpose_action_and_region_is_answered_as_the_table_says() -> None:
    allowed = {(*row[:3], where) for row in ROWS for where in WITHIN[row[3]]}
    cells = list(product([*ROLES, "stranger"], [*PURPOSES, "curiosity"], [*actions(), "everything"], REGIONS))
    assert len(cells) > 10_000
    for role, purpose, action, where in cells:
        answer = decide(role, purpose, action, *REGIONS[where])
        assert isinstance(answer, Allowed) == ((role, purpose, action, where) in allowed), (
            role,
            purpose,
            action,
            where,
        )


def test_the_table_is_whole() -> None:
    assert all(len(row) == 5 and all(row) for row in ROWS)
    assert len({tuple(row[:3]) for row in ROWS}) == len(ROWS) == len(table())
    assert {row[2] for row in ROWS} <= actions().keys()
    assert {row[3] for row in ROWS} <= set(SCOPES)
    assert set(ROLES) >= NEEDED


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
