"""A field that the desk does not know is refused by its name: who misspells one must not believe that it was heard."""

from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from connectors.outgoing.eligibility import Asked
from connectors.outgoing.identity_asked import Named
from connectors.outgoing.parameters import WRITTEN_DAY, sentences
from connectors.registrar.words import Link, Registration
from tests.registrar.test_desk import a_link, a_registration
from tests.write_side.builders import a_person_number


def told(model: type[BaseModel], said: dict[str, Any]) -> list[str]:
    """What the API answers to a body that the model does not take."""
    with pytest.raises(ValidationError) as found:
        model.model_validate(said)
    return sentences({**error, "loc": ("body", *error["loc"])} for error in found.value.errors())


@pytest.mark.parametrize(
    ("model", "said", "sentences"),
    [
        (Registration, a_registration("R-1", birthdate="1984-02-29"), ["birthdate is no field of this question"]),
        (Registration, a_registration("R-1", unique_reference="a"), ["unique_reference is no field of this question"]),
        (Registration, a_registration("R-1", birth_date="1"), [f"birth_date {WRITTEN_DAY}"]),
        (Link, a_link("1", "2") | {"evidnce": "id"}, ["evidnce is no field of this question"]),
        (Link, a_link("1", "2") | {"kept": {"valeu": "1", "value": "1"}}, ["kept.valeu is no field of this question"]),
        (Link, a_link("1", "2") | {"absorbed": {}}, ["absorbed.value must be given"]),
        (Named, {"value": "1", "oid": "2"}, ["oid is no field of this question"]),
        (Asked, {"value": "1", "on": "2021-01-01", "On": ""}, ["On is no field of this question"]),
    ],
)  # fmt: skip
def test_a_field_that_is_not_known_is_refused_by_its_name(
    model: type[BaseModel], said: dict[str, Any], sentences: list[str]
) -> None:
    assert told(model, said) == sentences


def test_a_number_sent_as_the_name_of_a_field_is_not_repeated() -> None:
    number = a_person_number(3)
    [refused] = told(Named, {"value": "1", number: ""})
    assert number not in refused
