"""Every code that a sender can be shown says in words what it means."""

import re
from pathlib import Path

from connectors.outgoing.words import ALL_TEXTS
from register.codes import in_words, meanings
from register.deliveries import rules as deliveries
from register.doses import rules as doses
from register.persons import rules as persons
from register.rules import Rule

IN_QUOTES = re.compile(r"\"([A-Z][A-Z0-9]+(?:-[A-Z0-9]+)+)\"")


def test_every_rule_of_a_table_is_put_in_words() -> None:
    tables = [t for module in (doses, persons, deliveries) for t in vars(module).values() if isinstance(t, tuple)]
    codes = {rule.code for table in tables for rule in table if isinstance(rule, Rule)}
    assert len(codes) > 30
    assert codes <= meanings().keys()


def test_every_code_of_receipts_files_and_certificates_is_put_in_words() -> None:
    sources = [
        *(source for source in Path("register").rglob("*.py") if "kafka_access" not in source.parts),
        *Path("connectors/incoming").glob("*.py"),
        *Path("projections/certificate_eligibility").glob("*.py"),
    ]
    codes = {code for source in sources for code in IN_QUOTES.findall(source.read_text(encoding="utf-8"))}
    assert codes <= meanings().keys()


def test_words_name_the_field_and_the_rule() -> None:
    assert in_words("SEX-MALFORMED") == "SEX-MALFORMED (sex: F, M or empty)"
    assert in_words("NEVER-HEARD-OF") == "NEVER-HEARD-OF"


def test_no_meaning_is_empty() -> None:
    assert all(meaning.en and meaning.sv for meaning in meanings().values())


def test_in_swedish_two_identities_are_always_joined_by_the_same_word() -> None:
    said = [meaning.sv for meaning in meanings().values()] + [swedish for swedish, _ in ALL_TEXTS.values()]
    assert [text for text in said if "länk" in text.lower()] == []
    assert len([text for text in said if "koppl" in text.lower()]) > 10
