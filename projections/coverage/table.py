"""Tables of coverage: a ledger of signed changes by the day known and its cause, and the current cells, its sum.

A line's cell is municipality, DeSO, birth year, sex, disease, dose, product and ISO week given (yyyyww); each has 0
for unknown. `doses` counts doses that brought a person to level `dose` or left them there, `persons` only those that
raised the level: so persons with at least n doses are the sum of `persons` where dose = n. One ledger answers every
level of area: what a municipality's DeSOs lack is its own unknown bucket, and all sums agree because there is one of
each. `coverage` sums over DeSOs, which keeps its cells few; by DeSO the current counts are the ledger's sum itself.
"""

from projections.coverage.causes import CAUSES, LINKED, RULE_CHANGE, UNLINKED

_CELL = """
    week int NOT NULL,
    area int NOT NULL,
    birth_year smallint NOT NULL,
    sex smallint NOT NULL,
    disease smallint NOT NULL,
    dose smallint NOT NULL,
    product smallint NOT NULL,
    persons int NOT NULL,
    doses int NOT NULL
"""
_NAMES = ", ".join(f"({number}, '{name}')" for number, name in CAUSES.items())

TABLES = f"""
CREATE TABLE coverage_causes (cause smallint NOT NULL, name text NOT NULL);
INSERT INTO coverage_causes VALUES {_NAMES};
CREATE TABLE coverage_ledger (
    day_known date NOT NULL,
    cause smallint NOT NULL,
    deso int NOT NULL,
    {_CELL}
);
CREATE TABLE coverage_earlier (
    person_id bigint NOT NULL,
    day_known date NOT NULL,
    cause smallint NOT NULL,
    deso int NOT NULL,
    {_CELL}
);
CREATE TABLE coverage ({_CELL}) WITH (fillfactor = 80);
"""

CELL_KEY = ("week", "area", "birth_year", "sex", "disease", "dose", "product")

# The week comes first: new doses are of the last weeks, so a batch meets a few warm pages of the index.
INDEXES = f"""
ALTER TABLE coverage ADD PRIMARY KEY ({", ".join(CELL_KEY)});
CREATE INDEX coverage_ledger_by_day ON coverage_ledger USING brin (day_known);
CREATE INDEX coverage_earlier_of_person ON coverage_earlier (person_id);
"""

_LINE_KEY = ", ".join(("day_known", "cause", "deso", *CELL_KEY))


def _summed(table: str, key: str, where: str = "true") -> str:
    return (
        f"SELECT {key}, sum(persons)::bigint AS persons, sum(doses)::bigint AS doses FROM {table}"
        f" WHERE {where} GROUP BY {key} HAVING sum(persons) <> 0 OR sum(doses) <> 0"
    )


# What live and rebuilt must agree on, whatever the rounds the facts came in.
HELD = {
    "coverage_ledger": _summed("coverage_ledger", _LINE_KEY),
    "coverage_earlier": _summed("coverage_earlier", f"person_id, {_LINE_KEY}"),
    "coverage": "SELECT * FROM coverage WHERE persons <> 0 OR doses <> 0",
}

# Lines of a link and of its undoing cancel out cell by cell, on whichever days: only their sum is looked at. Together
# with those by which the dead left: a link known before that day and undone after it cancels out only with them.
_BY_LINKS = f"cause IN ({LINKED}, {UNLINKED}, {RULE_CHANGE})"
ANSWERS = {
    "coverage_ledger": _summed("coverage_ledger", _LINE_KEY, f"NOT {_BY_LINKS}"),
    "coverage_ledger_by_links": _summed("coverage_ledger", ", ".join(("deso", *CELL_KEY)), _BY_LINKS),
    "coverage": HELD["coverage"],
}
