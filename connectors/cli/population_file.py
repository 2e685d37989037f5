"""Population figures from a file into the register's reference tables: all of the file or nothing."""

import sys

import psycopg

from connectors.cli.files import opened
from connectors.cli.register import register
from projections.population import create_tables, load, read_population


def load_population(path: str) -> bool:
    """Load a file; False, with every row, field and code told, if any of it is broken."""
    with opened(path) as (lines, _):
        rows, errors = read_population(lines)
    for error in errors:
        where = f"row {error.row}" if error.row else "header"
        print(f"{where}, {error.field}: {error.code}", file=sys.stderr)
    if errors or not rows:
        print("nothing was loaded" if errors else "the file holds no rows: nothing was loaded", file=sys.stderr)
        return False
    with register() as settings, psycopg.connect(settings.database_url) as conn:
        create_tables(conn)
        load(conn, rows)
    print(f"{len(rows)} rows loaded, vintages {', '.join(sorted({str(row.vintage) for row in rows}))}")
    return True
