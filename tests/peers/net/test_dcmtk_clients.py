"""DCMTK's clients against our server."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
import radiogram as rg
from radiogram.net import evt

from tests.peers.net.instances import data_set, digests, uid_of
from tests.peers.net.ours import EXAMPLES, US, Kept, keeping, serving
from tests.programs import Program, free_port, require, run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PROPOSE = {
    "ImplicitVRLittleEndian": "-xi",
    "ExplicitVRLittleEndian": "-xe",
    "DeflatedExplicitVRLittleEndian": "-xd",
    "RLELossless": "-xr",
    "JPEGLosslessSV1": "-xs",
    "JPEGLSLossless": "-xt",
    "JPEG2000Lossless": "-xv",
}
"""How storescu is told which transfer syntax it is to send in."""


@pytest.mark.parametrize(
    "options",
    [[], ["--repeat", 20], ["-pts", 38, "-ppc", 3], ["-pdu", 4096], ["-pdu", 131072], ["-aet", "X" * 16]],
    ids=lambda options: " ".join(map(str, options)) or "plain",
)
def test_echoscu(options: list[Any]) -> None:
    """C-ECHO, with many transfer syntaxes and contexts, and PDUs of any length."""
    require("echoscu")
    with serving([], any_storage=False) as port:
        run("echoscu", "-aec", US, *options, "127.0.0.1", port)


def test_echoscu_that_aborts() -> None:
    """A-ABORT instead of A-RELEASE; the server goes on."""
    require("echoscu")
    with serving([], any_storage=False) as port:
        run("echoscu", "-aec", US, "--abort", "127.0.0.1", port)
        run("echoscu", "-aec", US, "127.0.0.1", port)


@pytest.fixture(scope="module")
def plain(
    native: list[Path], compressed: list[Path], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Path]:
    """Files by transfer syntax, whose sequences have lengths: DCMTK writes lengths anew where they are undefined."""
    folder = tmp_path_factory.mktemp("plain")
    found = {}
    for path in (*native, *compressed):
        found[path.stem] = folder / path.name
        rg.read(path).save_as(found[path.stem], lengths="defined")
    return found


@pytest.mark.parametrize("syntax", PROPOSE)
@pytest.mark.parametrize("how", ["file", "handler"])
def test_storescu(syntax: str, how: str, plain: dict[str, Path], tmp_path: Path) -> None:
    """Each transfer syntax arrives as it is in the file, whether the engine keeps it or a handler."""
    require("storescu")
    kept = Kept()
    (tmp_path / "kept").mkdir()
    with keeping(tmp_path / "kept") if how == "file" else serving(kept.handlers) as port:
        run("storescu", "-aec", US, PROPOSE[syntax], "127.0.0.1", port, plain[syntax])
    arrived = [*kept.files.values(), *(path.read_bytes() for path in (tmp_path / "kept").iterdir())]
    assert [rg.read(one).file_meta.TransferSyntaxUID.keyword for one in arrived] == [syntax]
    if "Deflated" in syntax:
        # Deflated anew by the sender; equal when inflated.
        (one,) = arrived
        assert rg.read(one).to_json() == rg.read(plain[syntax]).to_json()
    else:
        assert digests(arrived) == digests([plain[syntax]])


@pytest.mark.parametrize("pdu", [4096, 16384, 131072])
def test_dcmsend(pdu: int, archive: list[Path], tmp_path: Path) -> None:
    """A folder of files on one association, in PDUs of any length."""
    require("dcmsend")
    kept = tmp_path / "kept"
    kept.mkdir()
    with keeping(kept) as port:
        run("dcmsend", "-aec", US, "--max-send-pdu", pdu, "127.0.0.1", port, *archive)
    assert digests(kept.iterdir()) == digests(archive)


def test_a_failure_is_heard(archive: list[Path]) -> None:
    """A handler that raises, or that says so, answers a failure, and DCMTK ends with one."""
    require("storescu")

    def fail(_event: Any) -> int:
        message = "no"
        raise ValueError(message)

    for handlers in (Kept(0xA700).handlers, [(evt.EVT_C_STORE, fail)]):
        with serving(handlers) as port:
            said = run("storescu", "-v", "-aec", US, "127.0.0.1", port, archive[0], code=None)
            assert (
                said.code != 0 or "Refused" in said.text or "Error" in said.text or "0xc" in said.text.lower()
            )


@contextmanager
def served(kind: str, folder: Path, archive: list[Path], movers: dict[str, int]) -> Iterator[int]:
    """Our archive over a folder: the program, or the example of handlers in Python."""
    port = free_port()
    peers = [f"--peer={title}=127.0.0.1:{where}" for title, where in movers.items()]
    if kind == "serve":
        command = [sys.executable, "-m", "radiogram", "serve", folder, "--port", port, "--aet", US, *peers]
    else:
        example = EXAMPLES / "qrscp.py"
        command = [sys.executable, example, port, folder, "-aet", US, *peers]
    with Program(command, folder.parent, port):
        run("dcmsend", "-aec", US, "127.0.0.1", port, *archive)
        yield port


@pytest.mark.parametrize("kind", ["serve", "example"])
class TestArchive:
    """Query and retrieve."""

    @pytest.mark.parametrize(
        ("model", "level", "keys", "count"),
        [
            ("-P", "PATIENT", ["PatientName=D*", "PatientID"], 2),
            ("-P", "PATIENT", ["PatientID=P3", "PatientName"], 1),
            ("-S", "STUDY", ["PatientID=P1", "StudyInstanceUID", "StudyDate"], 2),
            ("-S", "STUDY", ["StudyInstanceUID=1.2.826.0.1.99.0\\1.2.826.0.1.99.3"], 2),
            ("-S", "STUDY", ["AccessionNumber=NONE", "StudyInstanceUID"], 0),
            ("-S", "SERIES", ["StudyInstanceUID=1.2.826.0.1.99.1", "SeriesInstanceUID", "Modality"], 2),
            ("-P", "IMAGE", ["PatientID=P2", "StudyInstanceUID=1.2.826.0.1.99.2", "SOPInstanceUID"], 4),
        ],
    )
    def test_findscu(
        self,
        kind: str,
        model: str,
        level: str,
        keys: list[str],
        count: int,
        archive: list[Path],
        tmp_path: Path,
    ) -> None:
        """As many answers as there are matches, each with what was asked for."""
        require("findscu", "dcmsend")
        answers = tmp_path / "answers"
        answers.mkdir()
        if kind == "serve" and level == "IMAGE":
            # Without relational queries each level above has its key (PS3.4 C.4.1.2.2.1).
            series = str(rg.read(next(one for one in archive if "2-0" in str(one))).SeriesInstanceUID)
            keys, count = [*keys, f"SeriesInstanceUID={series}"], 2
        with served(kind, tmp_path / "folder", archive, {}) as port:
            arguments = [part for key in (f"QueryRetrieveLevel={level}", *keys) for part in ("-k", key)]
            run("findscu", "-aec", US, model, "-X", "-od", answers, *arguments, "127.0.0.1", port)
        found = [rg.read(path) for path in answers.iterdir()]
        assert len(found) == count
        for one in found:
            assert one.QueryRetrieveLevel == level
            for key in keys:
                assert key.split("=")[0] in one

    def test_getscu(self, kind: str, archive: list[Path], tmp_path: Path) -> None:
        """A study comes on the same association, bit by bit."""
        require("getscu", "dcmsend")
        got = tmp_path / "got"
        got.mkdir()
        study = "StudyInstanceUID=1.2.826.0.1.99.1"
        with served(kind, tmp_path / "folder", archive, {}) as port:
            keys = ["-k", "QueryRetrieveLevel=STUDY", "-k", study]
            run("getscu", "-aec", US, "-S", "+B", "-od", got, *keys, "127.0.0.1", port)
        wanted = {uid_of(path): path for path in archive if path.parent.name.startswith("1-")}
        arrived = digests(got.iterdir())
        assert arrived.keys() == wanted.keys()
        assert arrived == digests(wanted.values())

    def test_movescu(self, kind: str, archive: list[Path], tmp_path: Path) -> None:
        """A series goes to a third application, by an association of its own."""
        require("movescu", "dcmsend")
        port, got = free_port(), tmp_path / "got"
        got.mkdir()
        series = str(rg.read(archive[-1]).SeriesInstanceUID)
        with served(kind, tmp_path / "folder", archive, {"THIRD": port}) as served_port:
            keys = [
                "QueryRetrieveLevel=SERIES",
                "StudyInstanceUID=1.2.826.0.1.99.3",
                f"SeriesInstanceUID={series}",
            ]
            arguments = [part for key in keys for part in ("-k", key)]
            # Bit by bit, movescu writes where it runs, whatever its option says.
            run(
                *("movescu", "-aec", US, "-aem", "THIRD", "-S", "+P", port, "+B", *arguments),
                *("127.0.0.1", served_port),
                folder=got,
            )
        wanted = [path for path in archive if rg.read(path).SeriesInstanceUID == series]
        assert digests(got.iterdir()) == digests(wanted)
        assert all(data_set(path) for path in wanted)

    def test_a_move_to_a_stranger_is_refused(self, kind: str, archive: list[Path], tmp_path: Path) -> None:
        """A801: the destination is unknown."""
        require("movescu", "dcmsend")
        with served(kind, tmp_path / "folder", archive[:1], {}) as port:
            keys = ["-k", "QueryRetrieveLevel=STUDY", "-k", "StudyInstanceUID=1.2.826.0.1.99.0"]
            said = run(
                "movescu", "-v", "-aec", US, "-aem", "NOBODY", "-S", *keys, "127.0.0.1", port, code=None
            )
        assert "MoveDestinationUnknown" in said.text, said.text
