"""README and DECISIONS tell the truth: what they name is there, and what they tell people to run exists."""

import re
from functools import cache
from pathlib import Path

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from connectors.cli.app import app
from connectors.incoming import agency_csv, deliveries_csv, links_csv, population_feed_csv, reserve_numbers_csv
from projections.population import COLUMNS as POPULATION_COLUMNS
from register.access.roles import table

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
DOCS = README + "\n".join((ROOT / name).read_text(encoding="utf-8") for name in ("DECISIONS.md", "CHANGELOG.md"))
MADE_WHEN_RUN = {".vaxreg/", ".venv/bin"}
# Words in capitals with a dash that are no rule codes.
NO_CODES = {"COVID-19", "UTF-8", "HSA-ID", "EU-DCC", "ISO-8601", "SHA-256", "APACHE-2"}


@cache
def backticked() -> list[str]:
    """Everything in single backticks."""
    return re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", DOCS, flags=re.DOTALL))


def paths() -> list[str]:
    """What is written in backticks and looks like a file or a folder of the repository."""
    looks_like = re.compile(r"[\w.-]+(/[\w.-]+)*(/|\.(py|md|csv|avsc|toml|yml))")
    return sorted({each for each in backticked() if looks_like.fullmatch(each)} - MADE_WHEN_RUN)


def commands() -> list[str]:
    """Every `vaxreg` command that is named, as it stands between the program's name and its first argument."""
    groups = "|".join(name for name, command in get_command(app).commands.items() if hasattr(command, "commands"))  # type: ignore[attr-defined]
    told = re.findall(rf"vaxreg ((?:(?:{groups}) )?[a-z][a-z-]*)", DOCS)
    return sorted(set(told))


def codes() -> list[str]:
    """Rule codes that are named."""
    return sorted(set(re.findall(r"`([A-Z][A-Z0-9]+(?:-[A-Z0-9]+)+)`", DOCS)) - NO_CODES)


def test_something_is_found_at_all() -> None:
    assert "register/store.py" in paths()
    assert "submit" in commands()


@pytest.mark.parametrize("path", paths())
def test_a_path_that_is_named_exists(path: str) -> None:
    inside = [ROOT, ROOT / "register"]
    assert any((folder / path).exists() for folder in inside), path


@pytest.mark.parametrize("command", commands())
def test_a_command_that_is_named_exists_and_its_help_has_an_example(command: str) -> None:
    told = CliRunner().invoke(app, [*command.split(), "--help"])
    assert told.exit_code == 0, command
    assert f"vaxreg {command}" in told.output.partition("Example")[2]


def test_every_option_in_the_readmes_commands_exists() -> None:
    blocks = re.findall(r"```sh\n(.*?)```", README, flags=re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines() if line.startswith("vaxreg ")]
    assert lines
    for line in lines:
        words = line.partition("#")[0].split()[1:]
        command = get_command(app).commands[words[0]]  # type: ignore[attr-defined]
        if hasattr(command, "commands"):
            command = command.commands[words[1]]
        known = {option for parameter in command.params for option in parameter.opts}
        assert {word for word in words if word.startswith("--")} <= known, line


def test_the_readmes_commands_are_whole_and_ask_in_a_role_that_may() -> None:
    lines = [line for line in _shell_lines() if line.startswith("vaxreg ")]
    read = []
    for line in lines:
        command, words = get_command(app), re.split("[#<]", line)[0].split()[1:]
        while hasattr(command, "commands"):
            command = command.commands[words.pop(0)]
        # Raises where an option that is needed is missing, or a value is of the wrong kind.
        read.append(command.make_context("vaxreg", words).params)
    roles = [values["role"] for values in read if "role" in values]
    assert roles
    assert set(roles) <= {role for role, _, _ in table()}


def test_every_make_target_that_is_named_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, flags=re.MULTILINE))
    named = set(re.findall(r"make ([a-z]+)(?=[ `\n]+)", "\n".join([*backticked(), *_shell_lines()]) + "\n"))
    assert {"demo", "test"} <= named <= targets


def _shell_lines() -> list[str]:
    return [line for block in re.findall(r"```sh\n(.*?)```", README, flags=re.DOTALL) for line in block.splitlines()]


def test_every_rule_code_that_is_named_exists() -> None:
    source = "\n".join(
        path.read_text(encoding="utf-8")
        for folder in ("register", "connectors")
        for path in (ROOT / folder).rglob("*.py")
    )
    missing = [code for code in codes() if f'"{code}"' not in source]
    assert missing == []


def test_every_setting_that_is_named_is_read_somewhere() -> None:
    source = "\n".join(
        path.read_text(encoding="utf-8")
        for folder in ("register", "connectors", "projections")
        for path in (ROOT / folder).rglob("*.py")
    )
    named = set(re.findall(r"`(VAXREG_[A-Z_]+|DATABASE_URL|KAFKA_BOOTSTRAP)`", DOCS))
    assert [name for name in sorted(named) if f'"{name}"' not in source] == []


@pytest.mark.parametrize(
    ("command", "columns"),
    [
        ("submit", (*agency_csv.COLUMNS.needed, *agency_csv.COLUMNS.optional)),
        ("identities", (*reserve_numbers_csv.COLUMNS.needed, *reserve_numbers_csv.COLUMNS.optional)),
        ("links", (*links_csv.COLUMNS.needed, *links_csv.COLUMNS.optional)),
        ("persons", (*population_feed_csv.COLUMNS.needed, *population_feed_csv.COLUMNS.optional)),
        ("deliveries", (*deliveries_csv.COLUMNS.needed, *deliveries_csv.COLUMNS.optional)),
        ("population", POPULATION_COLUMNS),
    ],
)
def test_the_columns_of_a_file_are_those_that_are_read(command: str, columns: tuple[str, ...]) -> None:
    [row] = [line for line in README.splitlines() if line.startswith(f"| `vaxreg {command}` |")]
    named = {name for part in re.findall(r"`([^`]+)`", row)[1:] for name in part.split(";")}
    assert named == set(columns)
