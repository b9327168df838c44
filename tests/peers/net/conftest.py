"""What every test of interoperation has: a mark that it needs peers, and files to send."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.peers.net import instances

HERE = Path(__file__).parent


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All that is in this folder needs a peer."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.peer)


@pytest.fixture(scope="session")
def native(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Files in native transfer syntaxes."""
    return instances.in_syntaxes(tmp_path_factory.mktemp("native"), instances.NATIVE)


@pytest.fixture(scope="session")
def compressed(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Files in compressed transfer syntaxes."""
    return instances.in_syntaxes(tmp_path_factory.mktemp("compressed"), instances.COMPRESSED)


@pytest.fixture(scope="session")
def archive(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Give files of three patients, four studies, eight series and sixteen instances."""
    return instances.archive(tmp_path_factory.mktemp("archive"))
