"""Tables of people: who they are, where they lived from which day, and their doses, as the register now holds them.

`sex` as ISO 5218 (0 unknown, 1 man, 2 woman), `birth_year` 0 = unknown, `area` and `deso` as projections/areas.py says.
`protects` says what the grade of protection hides (register/hidden_fields.py). The tables hold where people lived all
the same, for the day on which it ends: the view `person_doses` is what may be shown. `day_known` and `cause` of a dose
are those of the last fact about it, as in the ledger.
"""

from register.hidden_fields import FIELDS

# A withdrawn dose keeps its row, without content, so that its version is remembered. Each row holds the version of the
# fact that wrote it: the highest of a person's rows is the last fact seen that mattered.


def _unless_hidden(field: str, shown: str) -> str:
    return f"CASE WHEN p.protects & {FIELDS[field]} > 0 THEN NULL ELSE {shown} END"


_OF_THE_DOSE = ",\n    ".join(
    f"{_unless_hidden(name, f'd.{name}')} AS {name}"
    for name in ("care_provider", "care_unit", "care_unit_municipality", "setting", "campaign")
)


TABLES = f"""
CREATE TABLE people (
    person_id bigint NOT NULL,
    version bigint NOT NULL,
    birth_year smallint NOT NULL,
    sex smallint NOT NULL,
    died_on date,
    protected_on date,
    protection text NOT NULL,
    protects smallint NOT NULL
);
CREATE TABLE residences (
    person_id bigint NOT NULL,
    "on" date NOT NULL,
    version bigint NOT NULL,
    area int NOT NULL,
    deso int NOT NULL
);
CREATE TABLE doses (
    person_id bigint NOT NULL,
    dose_id bigint NOT NULL,
    version bigint NOT NULL,
    suspected_duplicate_of bigint,
    given_on date,
    day_known date NOT NULL,
    cause smallint NOT NULL,
    disease smallint,
    product smallint,
    dose_number smallint,
    withdrawn boolean NOT NULL,
    product_as_written text,
    batch text,
    care_provider text,
    care_unit text,
    care_unit_municipality text,
    setting text,
    campaign text
);
CREATE VIEW person_doses AS
SELECT
    d.person_id, d.dose_id, d.given_on, d.disease, d.product, d.product_as_written, d.dose_number, d.batch,
    d.suspected_duplicate_of,
    {_OF_THE_DOSE},
    coalesce(p.birth_year, 0) AS birth_year,
    coalesce(p.sex, 0) AS sex,
    {_unless_hidden("municipality", "coalesce(lived.area, 0)")} AS area_at_vaccination,
    {_unless_hidden("deso", "coalesce(lived.deso, 0)")} AS deso_at_vaccination,
    {_unless_hidden("municipality", "coalesce(lives.area, 0)")} AS area_now,
    {_unless_hidden("deso", "coalesce(lives.deso, 0)")} AS deso_now,
    p.died_on IS NULL AS alive,
    coalesce(p.protection, '') AS protection
FROM doses d
LEFT JOIN people p USING (person_id)
LEFT JOIN LATERAL (
    SELECT r.area, r.deso FROM residences r WHERE r.person_id = d.person_id
    ORDER BY r."on" > d.given_on, abs(r."on" - d.given_on) LIMIT 1
) lived ON true
LEFT JOIN LATERAL (
    SELECT r.area, r.deso FROM residences r WHERE r.person_id = d.person_id ORDER BY r."on" DESC LIMIT 1
) lives ON true
WHERE NOT d.withdrawn;
"""

INDEXES = """
ALTER TABLE people ADD PRIMARY KEY (person_id);
ALTER TABLE residences ADD PRIMARY KEY (person_id, "on");
ALTER TABLE doses ADD PRIMARY KEY (person_id, dose_id);
CREATE INDEX doses_alike ON doses (given_on, product, batch) WHERE NOT withdrawn AND batch <> '';
"""

# What live and rebuilt must agree on, whatever the rounds the facts came in.
HELD = {
    "people": "SELECT * FROM people",
    "residences": "SELECT * FROM residences",
    "doses": "SELECT * FROM doses",
}

# What is answered, without how it came to be known.
ANSWERS = {
    "people": "SELECT person_id, birth_year, sex, died_on, protected_on, protection, protects FROM people",
    "residences": 'SELECT person_id, "on", area, deso FROM residences',
    "doses": """
        SELECT person_id, dose_id, suspected_duplicate_of, given_on, disease, product, product_as_written, dose_number,
            batch, care_provider, care_unit, care_unit_municipality, setting, campaign
        FROM doses WHERE NOT withdrawn""",
}
