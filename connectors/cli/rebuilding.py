"""Every projection built anew from the log, beside the live one."""

from connectors.cli.output import Format, write_rows
from connectors.cli.questions import every_projection
from connectors.cli.register import register
from projections.rebuild import rebuild

COLUMNS = ("projection", "table", "rows", "hash", "live")


def rebuild_all(form: Format, force: bool) -> bool:
    """Rebuild and write a line per table; True if the new tables are the ones that are asked now."""
    with register() as settings:
        rebuilt = rebuild(settings.database_url, settings.kafka("vaxreg-rebuild"), every_projection(), force=force)
    rows = []
    for table in rebuilt.tables:
        compared = "nothing to compare" if table.live is None else "equal" if table.live == table.rebuilt else "differs"
        rows.append((table.projection, table.name, table.rebuilt.rows, table.rebuilt.hash, compared))
    write_rows(COLUMNS, rows, form)
    return rebuilt.switched
