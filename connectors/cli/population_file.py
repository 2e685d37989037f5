"""Population figures from a file into the register's reference tables: all of the file or nothing."""

import sys
from datetime import date

import psycopg

from connectors.cli.files import opened
from connectors.cli.register import register
from connectors.incoming.population_csv import read_population
from projections.population import areas_of, create_tables, load
from register.codes import in_words


def load_population(path: str, *, replace: bool) -> bool:
    """Load a file; False, with what is wrong told, if a row is broken or figures held of its vintages would be lost."""
    with opened(path) as (lines, _):
        rows, broken, unknown = read_population(lines)
    if unknown:
        print(f"warning: unknown columns are not read: {', '.join(unknown)}", file=sys.stderr)
    for row in broken:
        print(f"row {row.row}{', ' + row.field if row.field else ''}: {in_words(row.code)}", file=sys.stderr)
    if broken or not rows:
        print("nothing was loaded" if broken else "the file holds no rows: nothing was loaded", file=sys.stderr)
        return False
    with register() as settings, psycopg.connect(settings.database_url) as conn:
        create_tables(conn)
        held = areas_of(conn, {row.vintage for row in rows})
        lost = held - {(row.vintage, row.municipality, row.deso) for row in rows}
        if lost and not replace:
            print(_would_be_lost(lost), file=sys.stderr)
            return False
        load(conn, rows)
    print(f"{len(rows)} rows loaded, vintages {', '.join(sorted({str(row.vintage) for row in rows}))}")
    return True


def _would_be_lost(lost: set[tuple[date, str, str]]) -> str:
    vintage, municipality, deso = min(lost)
    return (
        f"nothing was loaded: the register holds figures of {len(lost)} areas that this file lacks, such as"
        f" {deso or municipality or 'the nation'} in {vintage}; with --replace they go"
    )
