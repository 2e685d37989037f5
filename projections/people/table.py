"""Tables of people: who they are, where they lived from which day, and their doses, as the register now holds them.

`sex` as ISO 5218 (0 unknown, 1 man, 2 woman), `birth_year` 0 = unknown, `area` and `deso` as projections/areas.py says.
"""

# A withdrawn dose keeps its row, without content, so that its version is remembered. Each row holds the version of the
# fact that wrote it: the highest of a person's rows is the last fact seen that mattered.
TABLES = """
CREATE TABLE people (
    person_id bigint NOT NULL,
    version bigint NOT NULL,
    birth_year smallint NOT NULL,
    sex smallint NOT NULL,
    died_on date,
    protected_on date,
    protection text NOT NULL
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
    d.suspected_duplicate_of, d.care_provider,
    CASE WHEN p.protection > '' THEN NULL ELSE d.care_unit END AS care_unit,
    CASE WHEN p.protection > '' THEN NULL ELSE d.care_unit_municipality END AS care_unit_municipality,
    d.setting, d.campaign,
    coalesce(p.birth_year, 0) AS birth_year,
    coalesce(p.sex, 0) AS sex,
    CASE WHEN p.protection > '' THEN NULL ELSE coalesce(lived.area, 0) END AS area_at_vaccination,
    CASE WHEN p.protection > '' THEN NULL ELSE coalesce(lived.deso, 0) END AS deso_at_vaccination,
    CASE WHEN p.protection > '' THEN NULL ELSE coalesce(lives.area, 0) END AS area_now,
    CASE WHEN p.protection > '' THEN NULL ELSE coalesce(lives.deso, 0) END AS deso_now,
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
"""

# What live and rebuilt must agree on, whatever the rounds the facts came in.
HELD = {
    "people": "SELECT * FROM people",
    "residences": "SELECT * FROM residences",
    "doses": "SELECT * FROM doses",
}
