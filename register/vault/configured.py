"""Where the vault's keys are kept: in the surroundings, or in the data folder of an embedded register."""

import base64
import binascii
import contextlib
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from register.vault.keys import LOOKUP_KEY, VAULT_KEY, Keys, KeysBroken, KeysMissing

KEY_FILE = "vault.keys"


def configured_keys(env: Mapping[str, str], data_folder: Path | None = None) -> Keys:
    """The configured keys; the embedded register makes its own once and keeps them in its data folder."""
    found = {name: env[name] for name in (VAULT_KEY, LOOKUP_KEY) if env.get(name)}
    missing = [name for name in (VAULT_KEY, LOOKUP_KEY) if name not in found]
    if missing and data_folder is not None:
        found = _kept_in(data_folder) | found
    elif missing:
        raise KeysMissing(
            f"{' and '.join(missing)} not set; make one for each with: "
            'python -c "import base64, secrets; print(base64.b64encode(secrets.token_bytes(32)).decode())" '
            "and keep it where the database's backups are not"
        )
    return Keys(_decoded(VAULT_KEY, found), _decoded(LOOKUP_KEY, found))


def _decoded(name: str, found: Mapping[str, str]) -> bytes:
    try:
        return base64.b64decode(found[name].strip(), validate=True)
    except (KeyError, ValueError, binascii.Error):
        raise KeysBroken(f"{name} is not 32 bytes in base64") from None


def _kept_in(data_folder: Path) -> dict[str, str]:
    """The embedded register's own keys, made at its first start."""
    path = data_folder / KEY_FILE
    if not path.exists():
        _make(path)
    if path.stat().st_mode & 0o077:
        raise KeysBroken(f"{KEY_FILE} in the data folder can be read by others; give it mode 0600")
    lines = path.read_text(encoding="ascii").splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line)


def _make(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    keys = {name: base64.b64encode(secrets.token_bytes(32)).decode() for name in (VAULT_KEY, LOOKUP_KEY)}
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.writelines(f"{name}={key}\n" for name, key in keys.items())
        file.flush()
        os.fsync(file.fileno())
    try:
        # Linked, not renamed: of two processes starting at once the second keeps the first one's keys.
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink()
