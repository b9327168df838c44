"""The example programs, as they are and with their imports changed: the same text runs on pynetdicom, and each with the other."""

from __future__ import annotations

import importlib.util
import json
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
import radiogram as rg

from tests.peers.net.instances import digests, uid_of
from tests.peers.net.ours import EXAMPLES
from tests.programs import Program, free_port, run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NAMES = {path.stem for path in EXAMPLES.glob("*.py")}
WAYS = [("ours", "ours"), ("ours", "theirs"), ("theirs", "ours")]


@pytest.fixture(scope="module", autouse=True)
def theirs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the programs with their imports changed, and nothing else."""
    if not importlib.util.find_spec("pynetdicom"):
        pytest.skip("not installed: pynetdicom")
    folder = tmp_path_factory.mktemp("theirs")
    for name in NAMES:
        text = (EXAMPLES / f"{name}.py").read_text(encoding="utf-8")
        changed = text.replace("from radiogram.net", "from pynetdicom").replace(
            "from radiogram ", "from pydicom "
        )
        assert "radiogram" not in changed
        (folder / f"{name}.py").write_text(changed, encoding="utf-8")
    return folder


def program(whose: str, name: str, folder: Path) -> Path:
    """Give ours or theirs."""
    return (EXAMPLES if whose == "ours" else folder) / f"{name}.py"


@contextmanager
def started(whose: str, name: str, theirs: Path, folder: Path, *arguments: object) -> Iterator[int]:
    """Run a server."""
    port = free_port()
    command = [sys.executable, program(whose, name, theirs), port, *map(str, arguments), "-aet", "PEER"]
    with Program(command, folder, port):
        yield port


@pytest.mark.parametrize(("server", "client"), WAYS)
class TestPrograms:
    """A client of one with a server of the other."""

    def test_echo(self, server: str, client: str, theirs: Path, tmp_path: Path) -> None:
        """C-ECHO."""
        with started(server, "echoscp", theirs, tmp_path) as port:
            said = run(sys.executable, program(client, "echoscu", theirs), "127.0.0.1", port, "-aec", "PEER")
        assert said.text.split() == ["0x0000"]

    def test_store(self, server: str, client: str, theirs: Path, native: list[Path], tmp_path: Path) -> None:
        """C-STORE in each native transfer syntax."""
        with started(server, "storescp", theirs, tmp_path, tmp_path / "kept") as port:
            run(sys.executable, program(client, "storescu", theirs), "127.0.0.1", port, *native)
        arrived = {uid_of(path): rg.read(path) for path in (tmp_path / "kept").iterdir()}
        assert arrived.keys() == {uid_of(path) for path in native}
        if client == "ours":
            assert digests((tmp_path / "kept").iterdir()) == digests(native)
        for path in native:
            # pynetdicom encodes a data set that it has read anew, where ours sends the bytes of the file.
            assert arrived[uid_of(path)].to_json() == rg.read(path).to_json()

    def test_worklist(self, server: str, client: str, theirs: Path, tmp_path: Path) -> None:
        """C-FIND of a worklist."""
        items = [
            {"PatientName": name, "PatientID": f"P{at}"}
            for at, name in enumerate(["Doe^J", "Doe^K", "Roe^L"])
        ]
        (tmp_path / "items.json").write_text(json.dumps(items), encoding="utf-8")
        with started(server, "findscp", theirs, tmp_path, tmp_path / "items.json") as port:
            keys = ["-k", "PatientName=Doe*", "-k", "PatientID="]
            said = run(
                sys.executable, program(client, "findscu", theirs), "127.0.0.1", port, "-m", "W", *keys
            )
        assert said.text.splitlines() == ["Doe^J\tP0", "Doe^K\tP1", "0x0000"]

    def test_archive(
        self, server: str, client: str, theirs: Path, archive: list[Path], tmp_path: Path
    ) -> None:
        """C-STORE, C-FIND, C-GET and C-MOVE with one archive."""
        study = "StudyInstanceUID=1.2.826.0.1.99.1"
        wanted = [path for path in archive if path.parent.name.startswith("1-")]
        with started(server, "storescp", theirs, tmp_path, tmp_path / "third") as third:
            peer = f"--peer=THIRD=127.0.0.1:{third}"
            with started(server, "qrscp", theirs, tmp_path, tmp_path / "kept", peer) as port:
                at = ("127.0.0.1", port)
                run(sys.executable, program(client, "storescu", theirs), *at, *archive)
                keys = ["-k", "QueryRetrieveLevel=STUDY", "-k", "PatientID=P1", "-k", "StudyInstanceUID="]
                said = run(sys.executable, program(client, "findscu", theirs), *at, "-m", "S", *keys)
                assert sorted(line.split("\t")[-1] for line in said.text.splitlines()) == [
                    "0x0000",
                    "1.2.826.0.1.99.0",
                    "1.2.826.0.1.99.1",
                ]
                keys = ["-k", "QueryRetrieveLevel=STUDY", "-k", study]
                said = run(sys.executable, program(client, "getscu", theirs), *at, tmp_path / "got", *keys)
                assert said.text.split() == ["0x0000", str(len(wanted))]
                said = run(sys.executable, program(client, "movescu", theirs), *at, "-aem", "THIRD", *keys)
                assert said.text.split() == ["0x0000", str(len(wanted))]
        for folder in ("got", "third"):
            arrived = {uid_of(path): rg.read(path) for path in (tmp_path / folder).iterdir()}
            assert arrived.keys() == {uid_of(path) for path in wanted}
            for path in wanted:
                assert arrived[uid_of(path)].to_json() == rg.read(path).to_json()


def test_each_program_is_run() -> None:
    """No example without a test."""
    assert {
        *("echoscp", "echoscu", "storescp", "storescu", "findscp", "findscu", "getscu", "movescu", "qrscp")
    } == NAMES


@pytest.mark.parametrize("whose", ["ours", "theirs"])
def test_what_is_no_file_is_not_sent(whose: str, theirs: Path, tmp_path: Path) -> None:
    """A folder, and what is not there, before anybody is called."""
    for place in (tmp_path, tmp_path / "nothing"):
        said = run(sys.executable, program(whose, "storescu", theirs), "127.0.0.1", 1, place, code=2)
        assert f"{place} is no file" in said.text
        assert "Traceback" not in said.text
