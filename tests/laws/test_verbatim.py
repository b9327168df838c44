"""Writing what was read and not changed gives the very bytes: whatever they are, wherever from and wherever to."""

from __future__ import annotations

import io
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
import radiogram as rg

from tests import build
from tests.peers import corpus

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

REFUSED = 0.02
"""What share of the files may be no DICOM at all: those that only pretend to be."""


@dataclass
class Copies:
    """What writing all files again came to."""

    same: int = 0
    bytes: int = 0
    refused: list[str] = field(default_factory=list)
    different: list[str] = field(default_factory=list)


def _ways(path: Path, content: bytes, folder: Path) -> dict[str, bytes]:
    """Read one file from everywhere and write it to everywhere."""
    ds = rg.read(path, force=True)
    ways = {"path to bytes": ds.to_bytes()}
    target, buffer = folder / "copy.dcm", io.BytesIO()
    ds.save_as(target)
    ds.save_as(buffer)
    ways |= {"path to path": target.read_bytes(), "path to file": buffer.getvalue()}
    ways["bytes to bytes"] = rg.read(content, force=True).to_bytes()
    rg.read(content, force=True).save_as(target)
    ways["bytes to path"] = target.read_bytes()
    ways["file to bytes"] = rg.read(io.BytesIO(content), force=True).to_bytes()
    mapped = rg.read(path, force=True, mmap=True)
    mapped.save_as(target)
    ways |= {"map to path": target.read_bytes(), "map to bytes": mapped.to_bytes()}
    for elem in ds.iterall():
        try:
            _ = elem.value
        except rg.DicomError:
            continue
    return ways | {"touched": ds.to_bytes(), "loaded": ds.load().to_bytes()}


@pytest.fixture(scope="module")
def copies(tmp_path_factory: pytest.TempPathFactory) -> Copies:
    """Write the packaged files and the corpus again, each in every way."""
    made, folder = Copies(), tmp_path_factory.mktemp("copies")
    for file in corpus.packaged_files() + corpus.corpus_files():
        content = file.path.read_bytes()
        try:
            ways = _ways(file.path, content, folder)
        except rg.DicomError as error:
            made.refused.append(f"{file.name}: {type(error).__name__}: {error}")
            continue
        wrong = [way for way, written in ways.items() if written != content]
        made.different += [f"{file.name}: {way}" for way in wrong]
        made.same += not wrong
        made.bytes += len(content)
    return made


def test_every_file_is_written_as_it_was_read(copies: Copies, note: Callable[[str], None]) -> None:
    """Faults, trailing bytes and deflated data sets included."""
    note(
        f"written as read: {copies.same} files, {copies.bytes / 1e6:.0f} MB, identical in 10 ways each; "
        f"{len(copies.refused)} that are not read"
    )
    assert not copies.different, "\n".join(copies.different[:60])
    assert copies.same >= 150
    assert len(copies.refused) <= REFUSED * copies.same, "\n".join(copies.refused)


@pytest.mark.corpus
@pytest.mark.usefixtures("corpus_root")
def test_the_corpus_is_whole(copies: Copies) -> None:
    """Every file of the corpus was compared, or is none that can be read."""
    assert copies.same + len(copies.refused) >= corpus.FILES + len(corpus.packaged_files())


def _deflated(level: int) -> bytes:
    packer = zlib.compressobj(level, wbits=-15)
    return build.file(packer.compress(build.PLAIN * 20) + packer.flush(), build.DEFLATED)


@pytest.mark.parametrize(
    "content",
    [
        _deflated(1),
        _deflated(9),
        _deflated(9) + b"\0",
        build.file(build.PLAIN) + b"\1\2\3",
        build.file(build.PLAIN)[:-3],
        build.PLAIN,
        build.meta() + build.PLAIN,
        bytes(range(128)) + b"DICM" + build.meta(group_length=7) + build.PLAIN,
        build.file(build.nested(9, undefined=True)),
        build.file(build.sequence(0x00081140, build.item(build.PLAIN), length=build.UNDEFINED)),
    ],
    ids=("level 1", "level 9", "padded", "trailing", "cut", "bare", "no preamble", "meta", "deep", "open"),
)
def test_faults_are_kept(content: bytes, tmp_path: Path) -> None:
    """Another compressor's bytes stay, and so does what is wrong."""
    path = tmp_path / "a.dcm"
    path.write_bytes(content)
    ways = _ways(path, content, tmp_path)
    assert [way for way, written in ways.items() if written != content] == []


def test_an_edit_that_is_undone_leaves_nothing_but_what_was_read(tmp_path: Path) -> None:
    """Where an element is taken out and put back the value is the same, if not the element's bytes."""
    content = build.file(build.PLAIN)
    ds = rg.read(content)
    gone = ds["PatientID"]
    del ds.PatientID
    assert ds.to_bytes() != content
    ds.add(gone)
    ds.save_as(tmp_path / "a.dcm")
    assert (tmp_path / "a.dcm").read_bytes() == content
