"""The write side's own tables beside the event store: records, receipts, quarantine, positions, senders."""

from typing import Any

from psycopg import Connection

from register.access import store as accesses
from register.systems import store as systems

TABLES = """
-- Whose history a record of a system was written in, so that a new version of it finds the old one.
CREATE TABLE IF NOT EXISTS register.records (
    record bytea PRIMARY KEY CHECK (length(record) = 16),
    stream uuid NOT NULL
);
-- Out to receipts.<sender> in the order of the ids. One receipt for one report, whatever happens.
CREATE TABLE IF NOT EXISTS register.receipts (
    id bigserial PRIMARY KEY,
    receipt text NOT NULL UNIQUE,
    sender text NOT NULL,
    key bytea NOT NULL,
    state bytea NOT NULL,
    person_id bigint,
    other_id bigint
);
-- Whom a report named, and of whom else it told; an erasure asks for them. A receipt of an older register has neither.
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_attribute
                   WHERE attrelid = 'register.receipts'::regclass AND attname = 'other_id') THEN
        ALTER TABLE register.receipts ADD COLUMN person_id bigint, ADD COLUMN other_id bigint;
    END IF;
END $$;
-- What could not be read. It may hold anything, so it is sealed with the vault's key; NULL: there was nothing, or it
-- was forgotten because it held the number of somebody who was erased.
CREATE TABLE IF NOT EXISTS register.quarantine (
    topic text NOT NULL,
    partition int NOT NULL,
    "offset" bigint NOT NULL,
    sealed bytea,
    code text NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (topic, partition, "offset")
);
-- An older register has a column `value` instead, which intake seals when it starts.
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_attribute
                   WHERE attrelid = 'register.quarantine'::regclass AND attname = 'sealed') THEN
        ALTER TABLE register.quarantine ADD COLUMN sealed bytea;
    END IF;
END $$;
CREATE TABLE IF NOT EXISTS register.intake_positions (
    topic text NOT NULL,
    partition int NOT NULL,
    next_offset bigint NOT NULL,
    PRIMARY KEY (topic, partition)
) WITH (fillfactor = 50);
CREATE TABLE IF NOT EXISTS register.relay_positions (
    name text PRIMARY KEY,
    position bigint NOT NULL
) WITH (fillfactor = 10);
-- Kinds of report that only some senders may send, and who.
CREATE TABLE IF NOT EXISTS register.sender_kinds (
    sender text NOT NULL,
    kind text NOT NULL,
    PRIMARY KEY (sender, kind)
);
CREATE TABLE IF NOT EXISTS register.senders (
    name text PRIMARY KEY,
    created_at timestamptz NOT NULL,
    shut_out_at timestamptz
);
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_attribute
                   WHERE attrelid = 'register.senders'::regclass AND attname = 'shut_out_at') THEN
        ALTER TABLE register.senders ADD COLUMN shut_out_at timestamptz;
    END IF;
END $$;
"""


def create_tables(conn: Connection[Any]) -> None:
    """These tables, where they are not there yet; the schema `register` is."""
    conn.execute(TABLES)
    conn.execute(systems.TABLE)
    accesses.create_tables(conn)
