"""What the desk says of what it did not take, and what it offers: in the reader's language, and within their rights."""

from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from connectors.channel import NotSent, SenderUnknown
from connectors.outgoing.identity_asked import NamesNobody
from connectors.outgoing.words import Words
from connectors.registrar.forms import LinkForm, RegistrationForm
from connectors.registrar.page import _may_register_in
from connectors.registrar.refusals import RULES, refusals
from connectors.registrar.texts import DESK_TEXTS
from connectors.registrar.words import Link, Registration
from register.access import Denied, Reader
from register.areas import region_names

REGISTRAR = Reader("ros-lund", "registrar", "registration", region="24", sender="region-24")


def texts(failure: Exception, language: Any = "sv") -> list[str]:
    return [" ".join((code, text)).strip() for text, code, _ in refusals(failure, Words(language))[1]]


def broken(form: RegistrationForm | LinkForm) -> ValidationError:
    with pytest.raises(ValidationError) as found:
        form.read(REGISTRAR)
    return found.value


def test_fields_at_fault_are_told_in_the_readers_language_all_at_once() -> None:
    form = RegistrationForm(value="R-1", birth_date="1984-02-30", birth_year="nitton", sex="K")
    assert texts(broken(form)) == [
        "födelsedatum: ska vara en dag som finns, skriven ÅÅÅÅ-MM-DD",
        "födelseår: ska vara ett år med fyra siffror, 1800–2200",
        "kön: är inget av det som kan väljas",
    ]
    assert texts(broken(RegistrationForm(value="R-1", birth_year="1700")), "en") == [
        "birth year: must be a year in four digits, 1800–2200"
    ]


def test_a_number_that_names_nobody_and_a_right_that_is_lacking_are_told_by_their_codes() -> None:
    assert texts(NamesNobody(("IDENTITY-CHECK-DIGIT",))) == [
        "IDENTITY-CHECK-DIGIT kontrollsiffran stämmer inte med numret"
    ]
    assert texts(Denied("OTHER-REGION")) == [
        "OTHER-REGION rollen får fråga detta bara om sin egen region eller avsändare"
    ]


@pytest.mark.parametrize("failure", [SenderUnknown("sender x is not known"), NotSent("Kafka did not take it")])
def test_what_could_not_be_sent_is_told_without_the_words_of_machines(failure: Exception) -> None:
    [swedish], [english] = texts(failure), texts(failure, "en")
    assert swedish != english
    assert str(failure) not in swedish + english


def test_every_field_and_rule_of_the_forms_has_words() -> None:
    forms: tuple[type[BaseModel], ...] = (Registration, Link)
    fields = {name for form in forms for name in form.model_fields} - {"kept", "absorbed", "registered_on", "nullified"}
    assert {f"desk_field_{field}" for field in fields} <= DESK_TEXTS.keys()
    assert set(RULES.values()) <= DESK_TEXTS.keys()


def test_only_regions_in_which_the_reader_may_register_are_offered() -> None:
    assert [code for code in region_names() if _may_register_in(REGISTRAR, code)] == ["24"]
