"""Population figures from a file into the register's reference tables: all of the file or nothing."""

import sys

import psycopg

from connectors.cli.files import opened
from connectors.cli.register import register
from connectors.incoming.population_csv import read_population
from projections.population import create_tables, load
from register.codes import in_words


def load_population(path: str) -> bool:
    """Load a file; False, with every row, field and code told, if any of it is broken."""
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
        load(conn, rows)
    print(f"{len(rows)} rows loaded, vintages {', '.join(sorted({str(row.vintage) for row in rows}))}")
    return True
