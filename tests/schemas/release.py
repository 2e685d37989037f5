"""Hold a new schema as released: `python -m tests.schemas.release DoseRecorded.v2` (all new ones without a name)."""

import json
import sys
from hashlib import sha256
from importlib.resources import files

import schemas
from tests.schemas.test_released_schemas import NAMES, RELEASED, example_record, released


def main(names: list[str]) -> None:
    held = released() if RELEASED.exists() else {}
    for name in names or NAMES:
        if name in held:
            continue
        known = schemas.schema(name)
        held[name] = {
            "file": sha256(files(schemas).joinpath(f"{name}.avsc").read_bytes()).hexdigest(),
            "frame": known.frame.hex(),
            "bytes": known.encode(example_record(name)).hex(),
        }
    RELEASED.write_text(json.dumps(held, indent=1, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
