"""The vault: who is known, who may be read, and that erased means unreadable. All numbers are made up."""

import base64
import hmac
import os
import pickle
import stat
import traceback
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from threading import Thread

import psycopg
import pytest
from psycopg import Connection
from psycopg.errors import UniqueViolation

from register import vault
from register.identities.number import PERSONAL_ROOT, Identity, parse_identity

RESERVE_ROOT = "1.2.752.74.9.3"
KEYS = vault.Keys(b"v" * 32, b"l" * 32)


def reserve(value: str, root: str = RESERVE_ROOT) -> Identity:
    found = parse_identity(root, value, today=date(2026, 5, 1))
    assert isinstance(found, Identity)
    return found


def people(count: int, start: int = 0) -> list[Identity]:
    born = date(1984, 2, 29)
    return [Identity(PERSONAL_ROOT, f"MADE-UP-{start + n}", "personal", born, 1984, "F") for n in range(count)]


@pytest.fixture
def database(fresh_database: str) -> str:
    with psycopg.connect(fresh_database) as conn:
        vault.create_tables(conn)
    return fresh_database


@pytest.fixture
def conn(database: str) -> Iterator[Connection[object]]:
    with psycopg.connect(database) as connection:
        yield connection


class TestLookups:
    def test_the_same_identity_is_found_under_the_same_value_and_only_with_the_same_key(self) -> None:
        assert KEYS.lookup(reserve("A1")) == KEYS.lookup(reserve(" A1 "))
        assert len(KEYS.lookup(reserve("A1"))) == 16
        assert KEYS.lookup(reserve("A1")) != vault.Keys(b"v" * 32, b"m" * 32).lookup(reserve("A1"))

    def test_a_value_kept_for_years_is_found_again(self) -> None:
        message = b"identity\0" + b"14:1.2.752.74.9.3" + b"2:A1"
        assert KEYS.lookup(reserve("A1")) == hmac.digest(b"l" * 32, message, "sha256")[:16]

    def test_one_value_under_two_oids_is_two_identities(self) -> None:
        assert KEYS.lookup(reserve("A1")) != KEYS.lookup(reserve("A1", "1.2.752.97.3.1.3"))
        assert KEYS.lookup(reserve("34", "1.2")) != KEYS.lookup(reserve("4", "1.23"))

    def test_a_record_and_an_identity_written_alike_do_not_meet(self) -> None:
        assert KEYS.record_key("1.2", "34") != KEYS.lookup(reserve("34", "1.2"))
        assert KEYS.record_key("a", "bc") != KEYS.record_key("ab", "c")
        assert len(KEYS.record_key("journal", "R1")) == 16


class TestKnownAndNew:
    def test_a_new_person_is_found_again_by_the_same_identity(self, conn: Connection[object]) -> None:
        known, unknown = people(2)
        new = KEYS.new_persons([known])
        vault.add(conn, new)
        lookups = [KEYS.lookup(known), KEYS.lookup(unknown)]
        assert vault.find(conn, lookups) == {KEYS.lookup(known): new[0].person_id}

    def test_nobody_asked_for_is_nobody_found(self, conn: Connection[object]) -> None:
        vault.add(conn, [])
        assert vault.find(conn, []) == {}
        assert vault.reveal(conn, KEYS, []) == {}

    def test_person_ids_are_random_and_positive(self) -> None:
        ids = {new.person_id for new in KEYS.new_persons(people(1000))}
        assert len(ids) == 1000
        assert all(0 < person_id < 2**63 for person_id in ids)
        assert max(ids) > 2**60

    def test_a_thousand_people_are_revealed_as_they_were_sealed(self, conn: Connection[object]) -> None:
        identities = [*people(1000), reserve("ÅÄÖ 12")]
        new = KEYS.new_persons(identities)
        vault.add(conn, new)
        revealed = vault.reveal(conn, KEYS, [person.person_id for person in new])
        for person, identity in zip(new, identities, strict=True):
            assert revealed[person.person_id] == identity
            assert revealed[person.person_id].birth_date == identity.birth_date
            assert revealed[person.person_id].sex == identity.sex
            assert revealed[person.person_id].kind == identity.kind

    def test_two_who_add_the_same_person_at_once_learn_of_it(self, database: str) -> None:
        identities = people(500)
        refused: list[Exception] = []

        def add_meanwhile() -> None:
            with psycopg.connect(database) as second:
                try:
                    vault.add(second, KEYS.new_persons(reversed(identities)))
                except UniqueViolation as error:
                    refused.append(error)
                    second.rollback()

        with psycopg.connect(database) as first:
            vault.add(first, KEYS.new_persons(identities))
            other = Thread(target=add_meanwhile)
            other.start()
            other.join(0.3)
            assert other.is_alive(), "the second one should wait for the first one's decision"
            first.commit()
            other.join(30)
            assert len(refused) == 1
            assert len(vault.find(first, [KEYS.lookup(identity) for identity in identities])) == 500
            assert first.execute("SELECT count(*) FROM vault.persons").fetchone() == (500,)


class TestErasure:
    def test_an_erased_person_is_neither_found_nor_readable(self, conn: Connection[object]) -> None:
        gone, stays = KEYS.new_persons(people(2))
        vault.add(conn, [gone, stays])
        assert vault.erase(conn, gone.person_id)
        assert not vault.erase(conn, gone.person_id)
        assert vault.find(conn, [gone.lookup, stays.lookup]) == {stays.lookup: stays.person_id}
        assert list(vault.reveal(conn, KEYS, [gone.person_id, stays.person_id])) == [stays.person_id]

    def test_the_sealed_number_alone_opens_with_no_key_that_is_left(self, conn: Connection[object]) -> None:
        gone, stays = KEYS.new_persons(people(2))
        vault.add(conn, [gone, stays])
        vault.erase(conn, gone.person_id)
        kept = conn.execute("SELECT wrapped_key FROM vault.persons WHERE person_id = %s", [gone.person_id])
        assert kept.fetchone() == (None,)
        for left in (stays.wrapped_key, b""):
            with pytest.raises(vault.SealBroken):
                KEYS.open(gone.person_id, left, gone.sealed)

    def test_the_id_of_an_erased_person_is_never_given_out_again(self, conn: Connection[object]) -> None:
        (gone,) = KEYS.new_persons(people(1))
        vault.add(conn, [gone])
        vault.erase(conn, gone.person_id)
        conn.commit()
        with pytest.raises(UniqueViolation):
            vault.add(conn, [gone])


class TestPrivacy:
    def test_a_sealed_number_moved_to_another_person_does_not_open(self) -> None:
        one, other = KEYS.new_persons(people(2))
        with pytest.raises(vault.SealBroken):
            KEYS.open(other.person_id, one.wrapped_key, one.sealed)

    def test_nothing_stored_printed_or_raised_holds_the_number(self, conn: Connection[object]) -> None:
        identity = reserve("SECRET-NUMBER")
        (new,) = KEYS.new_persons([identity])
        vault.add(conn, [new])
        conn.commit()
        with pytest.raises(UniqueViolation) as raised:
            vault.add(conn, KEYS.new_persons([identity]))
        conn.rollback()
        stored = conn.execute("SELECT i::text || p::text FROM vault.identities i, vault.persons p").fetchone()
        for text in (
            repr(new),
            repr(identity),
            "".join(traceback.format_exception(raised.value)),
            str(raised.value.diag.message_detail),
            str(stored),
        ):
            assert "SECRET-NUMBER" not in text
            assert b"SECRET-NUMBER".hex() not in text

    def test_keys_are_neither_shown_nor_copied(self) -> None:
        assert repr(KEYS) == "Keys(hidden)"
        with pytest.raises(TypeError):
            pickle.dumps(KEYS)

    def test_other_keys_than_the_vaults_own_are_noticed_before_anybody_is_counted_twice(
        self, conn: Connection[object]
    ) -> None:
        vault.check_keys(conn, KEYS)
        vault.check_keys(conn, KEYS)
        for others in (vault.Keys(b"v" * 32, b"m" * 32), vault.Keys(b"w" * 32, b"l" * 32)):
            with pytest.raises(vault.WrongKeys):
                vault.check_keys(conn, others)


def in_base64(key: bytes) -> str:
    return base64.b64encode(key).decode()


class TestWhereKeysComeFrom:
    def test_from_the_environment(self) -> None:
        env = {"VAXREG_VAULT_KEY": in_base64(b"v" * 32), "VAXREG_LOOKUP_KEY": in_base64(b"l" * 32)}
        assert vault.configured_keys(env).check_value() == KEYS.check_value()

    def test_a_missing_key_is_named_together_with_how_to_make_one(self) -> None:
        with pytest.raises(vault.KeysMissing, match="VAXREG_LOOKUP_KEY not set; make one for each with: python -c"):
            vault.configured_keys({"VAXREG_VAULT_KEY": in_base64(b"v" * 32)})

    def test_the_embedded_register_makes_its_own_once_and_only_its_owner_reads_them(self, tmp_path: Path) -> None:
        folder = tmp_path / "data"
        first = vault.configured_keys({}, folder)
        assert vault.configured_keys({}, folder).check_value() == first.check_value()
        (file,) = folder.iterdir()
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        file.chmod(0o644)
        with pytest.raises(vault.KeysBroken, match="0600"):
            vault.configured_keys({}, folder)

    def test_the_environment_comes_before_the_file(self, tmp_path: Path) -> None:
        made = vault.configured_keys({}, tmp_path)
        env = {"VAXREG_VAULT_KEY": in_base64(b"v" * 32)}
        mixed = vault.configured_keys(env, tmp_path)
        assert mixed.lookup(reserve("A1")) == made.lookup(reserve("A1"))
        assert mixed.check_value() != made.check_value()
        env["VAXREG_LOOKUP_KEY"] = in_base64(b"l" * 32)
        assert vault.configured_keys(env, tmp_path).check_value() == KEYS.check_value()

    def test_a_key_that_is_none_is_refused_without_showing_it(self) -> None:
        good = in_base64(os.urandom(32))
        for bad in ("not base64 !", in_base64(b"too short"), good):
            with pytest.raises(vault.KeysBroken) as raised:
                vault.configured_keys({"VAXREG_VAULT_KEY": good, "VAXREG_LOOKUP_KEY": bad})
            assert bad not in "".join(traceback.format_exception(raised.value))
