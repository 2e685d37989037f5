"""Free texts in reports about who somebody is: facts carry a mark in their place, the vault keeps the words."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any

from register.decision import Context
from register.doses.understand import UnderstoodDose
from register.links.facts import LinkFact
from register.links.understand import UnderstoodLink
from register.persons.understand import UnderstoodRegistration
from register.vault import Keys
from register.vault.texts import MARK, mark_of

# The fields of facts in which a mark can stand.
FIELDS = ("evidence", "by", "registered_by", "reason")


def kept_apart(meaning: Any, ctx: Context, keys: Keys) -> tuple[Any, dict[str, str]]:
    """What a report means with marks in the place of its own words, and the words by their marks.

    To keep another text apart, add it here and its field to FIELDS.
    """
    words: dict[str, str] = {}

    def mark(place: str, text: str) -> str:
        if not text:
            return ""
        made = mark_of(keys, place, text)
        words[made] = text
        return made

    match meaning:
        case UnderstoodLink():
            # Of each report its own: what is forgotten with one person is nobody else's words.
            of_report = f"link {ctx.receipt}"
            meaning = meaning._replace(evidence=mark(of_report, meaning.evidence), by=mark(of_report, meaning.by))
        case UnderstoodRegistration():
            # Of each record, so that the same content sent again is known again.
            of_record, content = f"registration {ctx.record.hex()}", meaning.content
            if content is not None:
                evidence, by = mark(of_record, content.evidence), mark(of_record, content.registered_by)
                content = replace(content, evidence=evidence, registered_by=by)
            meaning = replace(meaning, content=content, reason=mark(of_record, meaning.reason))
        case UnderstoodDose() if meaning.reason:
            meaning = meaning._replace(reason=mark(f"dose {ctx.record.hex()}", meaning.reason))
    return meaning, words


def words_in(
    facts: Iterable[Any], words: Mapping[str, str], identity_of: Callable[[bytes, int], int]
) -> dict[tuple[str, int], str]:
    """The words that facts stand for, by mark and by the identities that they are about, in whose history they stand.

    `identity_of`: under which identity a record was reported, which stands in the history of this person.
    """
    return {
        (mark, person_id): words[mark]
        for fact in facts
        for mark in marks_in((fact,))
        if mark in words
        for person_id in _about(fact, identity_of)
    }


def _about(fact: Any, identity_of: Callable[[bytes, int], int]) -> tuple[int, ...]:
    if isinstance(fact, LinkFact):
        return fact.kept, fact.absorbed
    return (identity_of(fact.record, fact.person_id),)


def marks_of_both(facts: Iterable[Any], persons: Collection[int]) -> set[str]:
    """The marks of words on pairs that one of these people is in; others stand in a root's history too."""
    links = (fact for fact in facts if isinstance(fact, LinkFact))
    return marks_in(link for link in links if link.kept in persons or link.absorbed in persons)


def marks_in(facts: Iterable[Any]) -> set[str]:
    """Every mark that stands in these facts."""
    found = (getattr(fact, field, "") for fact in facts for field in FIELDS)
    return {value for value in found if isinstance(value, str) and value.startswith(MARK)}
