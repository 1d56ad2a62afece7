"""One index of cities for all tests of a run: making it takes two seconds."""

from pathlib import Path

import pytest

from organizer.places import gazetteer


@pytest.fixture(scope="session", autouse=True)
def cities(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the index."""
    folder = tmp_path_factory.mktemp("cities")
    gazetteer.use_folder(folder)
    return folder
