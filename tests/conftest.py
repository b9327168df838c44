"""What every test may use: the markers, the real files, and the lines that are printed after a run.

Two environment variables name material that is not part of the repository: ``RADIOGRAM_CORPUS`` is a
folder of real files with a ``manifest.csv``, ``RADIOGRAM_HOSTILE`` a folder with a generator of damaged
ones. Without them the tests that need them are skipped with that reason; the others use the files that
pydicom and pydicom-data carry. Tests marked ``peer`` need servers of other makes, and skip with the name of the one that is missing;
``RADIOGRAM_PEERS`` says that all of them are installed.
"""

from __future__ import annotations

import contextlib
import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.programs import STARTED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

NOTES: list[str] = []
MATERIAL = {"corpus": "RADIOGRAM_CORPUS", "hostile": "RADIOGRAM_HOSTILE"}


def pytest_configure(config: pytest.Config) -> None:
    """Register the markers; `--strict-markers` refuses any other. And hear Ctrl-C, as programs that are started from here do then.

    A shell starts what runs in the background with SIGINT ignored, and children inherit that.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    config.addinivalue_line("markers", "corpus: needs the folder that RADIOGRAM_CORPUS names")
    config.addinivalue_line("markers", "hostile: needs the folder that RADIOGRAM_HOSTILE names")
    config.addinivalue_line("markers", "peer: needs servers and clients of other makes")
    config.addinivalue_line("markers", "slow: takes more than ten seconds")
    # What is generated is the same in each run, and takes the time that the machine takes; a long run has other examples each time.
    with contextlib.suppress(ImportError):
        from hypothesis import HealthCheck, settings

        settings.register_profile(
            "radiogram",
            deadline=None,
            derandomize=not os.environ.get("RADIOGRAM_SOAK"),
            suppress_health_check=[HealthCheck.too_slow],
        )
        settings.load_profile("radiogram")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Write into the JUnit report which test needs which material: a run can be asked whether it had it."""
    for item in items:
        for name in (*MATERIAL, "peer"):
            if item.get_closest_marker(name):
                item.user_properties.append(("needs", name))


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport() -> Iterator[None]:
    """Show what the programs said that a failed test has started."""
    outcome: Any = yield
    report = outcome.get_result()
    if report.failed:
        report.sections += [(f"program {number}", one.show()) for number, one in enumerate(STARTED)]
    if report.when == "teardown":
        STARTED.clear()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what the tests noted: how many files were compared, how many elements."""
    if NOTES:
        terminalreporter.section("measured")
        for line in NOTES:
            terminalreporter.write_line(line)


@pytest.fixture
def note() -> Callable[[str], None]:
    """Give a function that prints a line after the run."""
    return NOTES.append


def _material(name: str) -> Path:
    variable = MATERIAL[name]
    if variable not in os.environ:
        pytest.skip(f"{variable} is not set")
    folder = Path(os.environ[variable])
    assert folder.is_dir(), f"{variable} does not name a folder"
    return folder.resolve()


@pytest.fixture(scope="session")
def corpus_root() -> Path:
    """Give the folder of real files, or skip."""
    return _material("corpus")


@pytest.fixture(scope="session")
def hostile_root() -> Path:
    """Give the folder of the generator of damaged files, or skip."""
    return _material("hostile")
