"""What the tests of graphs share."""

from pathlib import Path

import pytest

from tests.graphs.theatre import OneDirectory


@pytest.fixture
def house(tmp_path: Path) -> OneDirectory:
    """A place where services, one after another, work on the same file."""
    return OneDirectory(tmp_path)
