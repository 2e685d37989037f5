"""Tables of uploads: one row per file with its rows by outcome, and one for each of its rows that has a reason.

Beside them, how many reports of each sender had which outcome and code on which day, in a file or not.
"""

OUTCOMES = ("recorded", "already-known", "corrected", "withdrawn", "refused", "quarantined")

TABLES = f"""
CREATE TABLE uploads (
    sender text NOT NULL,
    upload text NOT NULL,
    name text NOT NULL,
    first_at timestamptz NOT NULL,
    last_at timestamptz NOT NULL,
    {", ".join(f'"{outcome}" bigint NOT NULL' for outcome in OUTCOMES)}
);
CREATE TABLE upload_reasons (
    sender text NOT NULL,
    upload text NOT NULL,
    row int NOT NULL,
    receipt text NOT NULL,
    outcome text NOT NULL,
    codes text[] NOT NULL
);
-- Every receipt, in a file or not, by the day (in Sweden) on which it was decided; code '' = without one. One with two
-- codes is in two rows.
CREATE TABLE receipt_counts (
    sender text NOT NULL,
    day date NOT NULL,
    outcome text NOT NULL,
    code text NOT NULL,
    receipts bigint NOT NULL,
    PRIMARY KEY (sender, day, outcome, code)
);
-- Which reports have been answered, as stretches of offsets: so a receipt that the relay says twice is counted once,
-- and a million receipts are one stretch.
CREATE TABLE uploads_answered (
    report_topic text NOT NULL,
    report_partition int NOT NULL,
    report_offsets int8multirange NOT NULL,
    PRIMARY KEY (report_topic, report_partition)
);
"""

INDEXES = """
ALTER TABLE uploads ADD PRIMARY KEY (sender, upload);
ALTER TABLE upload_reasons ADD PRIMARY KEY (receipt);
CREATE INDEX upload_reasons_by_upload ON upload_reasons (sender, upload, row);
"""

HELD = {
    "uploads": "SELECT * FROM uploads",
    "upload_reasons": "SELECT * FROM upload_reasons",
    "receipt_counts": "SELECT * FROM receipt_counts",
    "uploads_answered": "SELECT * FROM uploads_answered",
}

# What is answered, without how it came to be known: of the reports that were taken nobody asks how many there were.
ANSWERS = {
    "uploads": HELD["uploads"],
    "upload_reasons": HELD["upload_reasons"],
    "receipt_counts": "SELECT * FROM receipt_counts WHERE outcome IN ('refused', 'quarantined')",
}
