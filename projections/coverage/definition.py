"""What the numbers of an answer mean, in words and dates, and what a reader must know beside them."""

from datetime import date

from projections.coverage.question import CoverageQuestion, Definition
from register.definitions import counting_rules, dead_leave_from, disease_named


def definition(question: CoverageQuestion, vintage: date | None, *, by_birth_year: bool = False) -> Definition:
    """The definition that an answer goes out with; `by_birth_year` says how the population was compared."""
    disease = disease_named(question.disease)
    code, name = (disease.code, disease.name_en) if disease else (question.disease, question.disease)
    rules = tuple(
        f"dose {rule.dose}: given from {rule.given_from}, at least {rule.min_days_after_previous} days after the dose"
        f" that counted before it; else the person stays at the lower level ({rule.source})"
        for rule in counting_rules()
        if rule.disease == code
    )
    reached = date(question.age_year, 12, 31)
    parts = [
        f"Persons with at least {question.at_least} dose{'s' if question.at_least > 1 else ''} against {name}",
        f"given up to {question.last_sunday}, {_known(question)}",
        f"age reached by {reached}" if question.bands else "all ages",
        "doses by the level that they led to" if "dose" in question.by else "doses: all that were given",
        "residence on the day of vaccination",
        f"from {dead_leave_from()} without the dead",
    ]
    if vintage is not None:
        compared = "of the same birth years" if by_birth_year else f"by age at the end of {vintage.year}"
        parts.append(f"population of {vintage}, {compared}")
    return Definition(
        "; ".join(parts) + ".",
        question.at_least,
        reached,
        question.last_sunday,
        question.known_on,
        rules,
        vintage,
        question.known_since,
    )


def _known(question: CoverageQuestion) -> str:
    if question.known_since is None:
        return f"as known on {question.known_on}"
    return f"as known on {question.known_on} less as known on {question.known_since}"


def notes_on(question: CoverageQuestion) -> tuple[str, ...]:
    """Notes that follow from the question alone."""
    if question.last_sunday == question.given_to:
        return ()
    year, week, _ = question.last_sunday.isocalendar()
    return (
        f"Doses are counted by ISO week: those given up to {question.last_sunday}, the end of week {year}-W{week:02d}.",
    )
