"""The tax agency's published test numbers, where they are at hand."""

import os
from pathlib import Path

import pytest


@pytest.fixture
def published(capsys: pytest.CaptureFixture[str]) -> Path:
    """The tax agency's published test numbers, kept outside this repository."""
    default = Path(__file__).parents[2] / "../shared/data"
    folder = Path(os.environ.get("VAXREG_REFERENCE_DATA", default)) / "identity"
    if not folder.is_dir():
        message = "published test numbers not tried: set VAXREG_REFERENCE_DATA to the folder of reference data"
        with capsys.disabled():
            print(f"\n{message}")
        pytest.skip(message)
    return folder
