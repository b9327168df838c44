"""Sources and options of `read`."""

from __future__ import annotations

import contextlib
import io
import mmap
import os
import stat
import sys
from pathlib import Path

import pydicom
import pytest
import radiogram as rg
from pydicom.data import get_testdata_file
from radiogram.errors import (
    DicomError,
    FolderSourceError,
    ForbiddenSourceError,
    LimitError,
    MalformedError,
    MissingSourceError,
    NotDicomError,
    SourceChangedError,
)

from tests import build

CT = get_testdata_file("CT_small.dcm")
LARGE = build.file(build.PLAIN + build.element(0x7FE00010, "OW", bytes(range(256)) * 8192))


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """Give a file whose pixel data is not read with its head."""
    path = tmp_path / "large.dcm"
    path.write_bytes(LARGE)
    return path


def test_every_kind_of_source(large: Path) -> None:
    """Paths, bytes, other buffers, files, our own map: the same dataset."""
    wanted = rg.read(LARGE)
    with large.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        for source in (
            str(large),
            large,
            bytearray(LARGE),
            memoryview(LARGE),
            memoryview(bytearray(LARGE)),
            io.BytesIO(LARGE),
            file,
            mapped,
        ):
            assert rg.read(source) == wanted, type(source)
    assert rg.read(large, mmap=True) == wanted
    assert rg.read(large).filename == rg.read(large, mmap=True).filename == str(large)
    assert rg.read(io.BytesIO(LARGE)).filename is None


def test_a_relative_path_is_kept_absolute(large: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that another working directory is no other file."""
    monkeypatch.chdir(large.parent)
    ds = rg.read("large.dcm")
    monkeypatch.chdir("/")
    assert len(ds.PixelData) == 1 << 21


def test_a_buffer_is_copied() -> None:
    """Its owner may change it afterwards."""
    buffer = bytearray(build.file(build.PLAIN))
    ds = rg.read(buffer)
    buffer[-2:] = b"99"
    assert ds.PatientID == "1"


def test_a_file_like_object_is_read_and_let_go() -> None:
    """It may be closed at once; what is not binary is refused, and its own exceptions come through."""
    file = io.BytesIO(LARGE)
    ds = rg.read(file)
    file.close()
    assert len(ds.PixelData) == 1 << 21
    with pytest.raises(TypeError):
        rg.read(io.StringIO("x"))  # type: ignore[arg-type]

    class Broken(io.RawIOBase):
        def read(self, _: int = -1) -> bytes:
            raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        rg.read(Broken())  # type: ignore[arg-type]


@pytest.mark.parametrize("source", [None, 3, object(), ["a"]])
def test_what_is_no_source(source: object) -> None:
    """It is a `TypeError`."""
    with pytest.raises(TypeError):
        rg.read(source)  # type: ignore[arg-type]


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    """Python's own exceptions, and ours, with the error number."""
    with pytest.raises(MissingSourceError) as caught:
        rg.read(tmp_path / "no")
    assert isinstance(caught.value, FileNotFoundError)
    assert caught.value.errno == 2
    with pytest.raises(FolderSourceError):
        rg.read(tmp_path)
    locked = tmp_path / "locked"
    locked.write_bytes(LARGE)
    locked.chmod(0)
    if os.geteuid():
        with pytest.raises(ForbiddenSourceError):
            rg.read(locked)
    locked.chmod(stat.S_IRUSR | stat.S_IWUSR)


@pytest.mark.parametrize("touch", ["bytes", "array", "load", "raw"])
@pytest.mark.parametrize("how", ["changed", "cut", "replaced", "gone"])
def test_a_file_that_is_another_one_is_refused(touch: str, how: str, large: Path) -> None:
    """Between reading and touching: never the bytes of something else."""
    ds = rg.read(large)
    assert ds.PatientID == "1"
    if how == "changed":
        large.write_bytes(LARGE[:-1] + b"X")
        os.utime(large, ns=(1, 1))
    elif how == "cut":
        os.truncate(large, 1000)
    elif how == "replaced":
        other = large.with_suffix(".new")
        other.write_bytes(LARGE)
        other.replace(large)
    else:
        large.unlink()
    touches = {
        "bytes": lambda: ds.PixelData,
        "array": lambda: ds["PixelData"].array,
        "raw": lambda: ds["PixelData"].raw,
        "load": ds.load,
    }
    with pytest.raises(SourceChangedError) as caught:
        touches[touch]()
    assert isinstance(caught.value, OSError)
    assert ds.PatientID == "1"


def test_what_was_touched_stays(large: Path) -> None:
    """A value that was read once does not need the file again."""
    ds = rg.read(large)
    array = ds["PixelData"].array
    large.unlink()
    assert ds["PixelData"].array[1] == array[1]
    assert len(ds.PixelData) == 1 << 21


def test_what_is_not_dicom() -> None:
    """Refused without `force`; with it, whatever comes is a dataset or a typed error."""
    for content in (b"", b"x", b"not DICOM at all" * 20, bytes(1000), bytes(128) + b"DICN"):
        with pytest.raises(NotDicomError):
            rg.read(content)
        with contextlib.suppress(DicomError):
            rg.read(content, force=True)


def test_strict_raises_the_first_problem() -> None:
    """Of the structure at once, of a value at its touch."""
    unsorted = build.file(build.element(0x00100020, "LO", "1") + build.element(0x00080060, "CS", "CT"))
    with pytest.raises(MalformedError) as caught:
        rg.read(unsorted, strict=True)
    assert caught.value.path == "(0008,0060)"
    assert caught.value.offset == unsorted.index(b"\x08\x00\x60\x00")
    ds = rg.read(
        build.file(build.element(0x00080018, "UI", "no") + build.element(0x00100020, "LO", "1")), strict=True
    )
    assert ds.PatientID == "1"
    with pytest.raises(DicomError) as later:
        _ = ds.SOPInstanceUID
    assert later.value.path == "(0008,0018)"
    with pytest.raises(DicomError):
        ds.check()


def test_problems_of_values_appear_at_their_touch() -> None:
    """Those of the structure are there at once; `check` touches all; none comes twice."""
    ds = rg.read(
        build.file(build.element(0x00080018, "UI", "no") + build.element(0x00080020, "DA", "nonsense"))
    )
    assert ds.problems == ()
    for _ in range(2):
        _ = ds.SOPInstanceUID
    assert {problem.kind for problem in ds.problems} == {"bad_uid"}
    assert {problem.kind for problem in ds.check()} == {"bad_uid", "bad_date_time"}
    assert ds.check() == ds.problems
    problem = ds.problems[-1]
    assert problem.path == "(0008,0020)"
    assert "nonsense" not in problem.assumed


@pytest.mark.parametrize("name", ["CT_small.dcm", "rtplan.dcm", "MR_small_bigendian.dcm", "image_dfl.dcm"])
@pytest.mark.parametrize(
    "tags", [["Rows"], ["PatientName", 0x00080060], [(0x0028, 0x0011), "BeamSequence"], ["PixelData"], []]
)
def test_specific_tags_are_pydicoms(name: str, tags: list[int | str | tuple[int, int]]) -> None:
    """The same elements with the same values."""
    path = get_testdata_file(name)
    theirs, ours = (
        pydicom.dcmread(path, specific_tags=tags or None),
        rg.read(path, specific_tags=tags or None),
    )
    assert list(map(int, theirs.keys())) == ours.keys()
    assert ours.to_pydicom() == theirs


def test_stop_before_pixels_is_pydicoms() -> None:
    """And positional arguments are taken where pydicom takes them."""
    for name in ("CT_small.dcm", "JPEG2000.dcm", "rtplan.dcm", "image_dfl.dcm"):
        path = get_testdata_file(name)
        theirs = pydicom.dcmread(path, stop_before_pixels=True)
        assert rg.read(path, stop_before_pixels=True).to_pydicom() == theirs
        assert rg.read(path, None, True).keys() == list(map(int, theirs.keys()))
    assert rg.dcmread is rg.read


def test_limits() -> None:
    """Depth and inflated size, as the caller sets them."""
    deep = build.file(build.nested(5))
    assert rg.read(deep, max_depth=5).problems == ()
    with pytest.raises(LimitError):
        rg.read(deep, max_depth=4)
    with pytest.raises(LimitError):
        rg.read(build.file(build.nested(257)))
    deflated = get_testdata_file("image_dfl.dcm")
    assert rg.read(deflated, max_inflated=1 << 24).Rows == 512
    with pytest.raises(LimitError):
        rg.read(deflated, max_inflated=1000)


def test_a_character_set_of_the_callers() -> None:
    """One term or several, against the file's own; nested too."""
    name = build.element(0x00100010, "PN", "Ä".encode())
    content = build.file(
        build.element(0x00080005, "CS", "ISO_IR 100") + build.sequence(0x00081140, build.item(name))
    )
    assert rg.read(content).ReferencedImageSequence[0].PatientName == "Ã\x84"
    assert rg.read(content, charset="ISO_IR 192").ReferencedImageSequence[0].PatientName == "Ä"
    assert rg.read(content, charset=["ISO_IR 192"]).ReferencedImageSequence[0].PatientName == "Ä"


def test_reading_holds_no_file_open(large: Path) -> None:
    """Neither before nor after a touch."""
    if not sys.platform.startswith("linux"):
        pytest.skip("asks /proc")
    ds = [rg.read(large) for _ in range(20)]
    _ = [one.PixelData for one in ds[:10]]
    held = []
    for fd in Path("/proc/self/fd").iterdir():
        try:
            held.append(fd.readlink())
        except OSError:
            continue
    assert large not in held


def test_an_empty_pipe_is_no_dicom() -> None:
    """Going back to its start raised an io.UnsupportedOperation."""
    out, into = os.pipe()
    os.close(into)
    with os.fdopen(out, "rb") as file, pytest.raises(NotDicomError):
        rg.read(file)
