"""Tables of deliveries: each delivery as the register now holds it, and every change of the sums, with its cause."""

# A delivery that was moved to another stock stands once in each, true in one: the two lie on two partitions that
# may arrive in either order. A withdrawn one keeps its row, so that its version is remembered; one that was taken
# back before it was ever told says nothing.
TABLES = """
CREATE TABLE deliveries (
    stock_id bigint NOT NULL,
    delivery_id bigint NOT NULL,
    version bigint NOT NULL,
    is_true boolean NOT NULL,
    event text,
    "on" date,
    region text,
    unit text,
    product text,
    batch text,
    doses bigint,
    best_before date
);
CREATE TABLE supply_ledger (
    day_known date NOT NULL,
    cause text NOT NULL,
    region text NOT NULL,
    product text NOT NULL,
    week int NOT NULL,
    event text NOT NULL,
    doses bigint NOT NULL
);
CREATE VIEW supply AS
    SELECT region, product, week, event, sum(doses)::bigint AS doses FROM supply_ledger
    GROUP BY region, product, week, event HAVING sum(doses) <> 0;
"""

INDEXES = """
ALTER TABLE deliveries ADD PRIMARY KEY (stock_id, delivery_id);
CREATE INDEX supply_ledger_by_day ON supply_ledger (day_known);
"""

DELIVERY_COLUMNS = (
    "stock_id",
    "delivery_id",
    "version",
    "is_true",
    "event",
    "on",
    "region",
    "unit",
    "product",
    "batch",
    "doses",
    "best_before",
)
LEDGER_COLUMNS = ("day_known", "cause", "region", "product", "week", "event", "doses")

# What live and rebuilt must agree on, whatever the rounds the facts came in.
HELD = {
    "deliveries": "SELECT * FROM deliveries ORDER BY stock_id, delivery_id",
    "supply_ledger": (
        "SELECT day_known, cause, region, product, week, event, sum(doses)::bigint AS doses FROM supply_ledger"
        " GROUP BY day_known, cause, region, product, week, event HAVING sum(doses) <> 0"
    ),
    "supply": "SELECT * FROM supply",
}

# What is answered, without how it came to be known.
ANSWERS = {
    "deliveries": (
        'SELECT stock_id, delivery_id, event, "on", region, unit, product, batch, doses, best_before'
        " FROM deliveries WHERE is_true"
    ),
    "supply_ledger": HELD["supply_ledger"],
    "supply": HELD["supply"],
}
