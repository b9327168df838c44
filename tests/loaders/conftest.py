"""Series that loaders read: a native one, a compressed one, slices of several sizes."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import radiogram as rg
from radiogram.volume.phantom import Phantom, write_series

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

SLICES, ROWS, COLUMNS = 11, 24, 40


@dataclass(frozen=True)
class Series:
    """Files of a phantom, and what they hold."""

    folder: Path
    paths: list[Path]
    array: npt.NDArray[np.int16]

    def image(self, number: int) -> npt.NDArray[np.float32]:
        """Give a slice as a sample has it."""
        return self.array[number][None].astype(np.float32)


def series(folder: Path, *, codec: str | None = None, **options: Any) -> Series:
    """Write a series; compressed where a codec is named."""
    made = Phantom(**{"slices": SLICES, "rows": ROWS, "columns": COLUMNS, **options})
    paths = write_series(folder, made)
    for path in paths if codec else ():
        ds = rg.read(path).load()
        ds.compress(codec)
        ds.save_as(path)
    return Series(folder, paths, made.array())


@pytest.fixture(scope="session")
def ct(tmp_path_factory: pytest.TempPathFactory) -> Series:
    """Give a native series that nobody changes."""
    return series(tmp_path_factory.mktemp("ct"))


@pytest.fixture(scope="session")
def htj2k(tmp_path_factory: pytest.TempPathFactory) -> Series:
    """Give the same in HTJ2K."""
    return series(tmp_path_factory.mktemp("htj2k"), codec="HTJ2KLossless")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Keep what the run came to."""
    session.config.stash[STATUS] = int(exitstatus)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """Leave without taking the interpreter down where ITK is loaded: capsules of its modules outlive their type then, and end the process."""
    if "itk" in sys.modules and STATUS in config.stash:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(config.stash[STATUS])


STATUS = pytest.StashKey[int]()
