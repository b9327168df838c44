"""Names of sources as people have them: what an earlier table says, what Windows writes, what is no text, what is no path."""

from __future__ import annotations

import os
import shutil
import sys
import tarfile
import zipfile
from typing import TYPE_CHECKING, Any

import pytest
import radiogram as rg
from radiogram.errors import ArgumentError

from tests.scanning.conftest import TAGS, carried, modalities

if TYPE_CHECKING:
    from pathlib import Path


def packed(folder: Path, name: str) -> Path:
    """Make an archive of two images."""
    path = folder.parent / name
    inner = {"x/a.dcm": folder / "a.dcm", "b.dcm": folder / "below" / "b.dcm"}
    if name.endswith(".zip"):
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for member, file in inner.items():
                archive.write(file, member)
    else:
        with tarfile.open(path, "w:gz" if name.endswith("gz") else "w") as archive:
            for member, file in inner.items():
                archive.add(file, member)
    return path


@pytest.mark.parametrize("name", ["z.zip", "t.tar", "t.tar.gz"])
def test_the_name_of_a_member_is_a_source(folder: Path, name: str) -> None:
    """It was taken for the path of a file, which is not there."""
    path = packed(folder, name)
    names = rg.scan(path, TAGS).to_arrow().column("path").to_pylist()
    assert modalities(rg.scan(names[::-1], TAGS)) == ["MR", "CT"]
    manifest = folder / "list.txt"
    manifest.write_text("\n".join(names))
    assert rg.scan(manifest=manifest, tags=TAGS).to_arrow().column("path").to_pylist() == names
    (row,) = rg.scan(f"{path}::c.dcm", TAGS).to_arrow().to_pylist()
    assert (row["path"], row["error"]) == (f"{path}::c.dcm", "SourceError: the archive has no such member")


def test_a_file_whose_name_looks_like_a_member_is_that_file(folder: Path) -> None:
    if sys.platform == "win32":
        pytest.skip("no name has a colon in it")
    packed(folder, "z.zip")
    name = folder.parent / "z.zip::b.dcm"
    shutil.copy(carried("CT_small.dcm"), name)
    assert modalities(rg.scan(name, TAGS)) == ["CT"]


def test_a_manifest_may_begin_with_a_byte_order_mark(folder: Path) -> None:
    """The mark was a part of the first name."""
    manifest = folder / "list.txt"
    manifest.write_bytes(b"\xef\xbb\xbfa.dcm\r\nbelow/b.dcm\r\n")
    assert modalities(rg.scan(manifest=manifest, tags=TAGS)) == ["CT", "MR"]


def test_what_no_system_takes_for_a_path_is_a_row(folder: Path) -> None:
    """A manifest that is none ended the scan, by a ValueError of the pattern or a UnicodeEncodeError of the name."""
    (folder / "list.txt").write_bytes(b"a.dcm\nsome[\0]*\n\xff\xfe\0\n")
    rows = rg.scan(manifest=folder / "list.txt", tags=TAGS).to_arrow().to_pylist()
    assert [row["Modality"] for row in rows] == ["CT", None, None]
    assert [row["error"] for row in rows[1:]] == ["SourceError: no path has a NUL in it"] * 2


@pytest.mark.parametrize("wrong", ["", b"a.dcm", ["a.dcm", ""], [b"a.dcm"]])
def test_what_names_nothing_is_refused_at_once(wrong: Any) -> None:
    """An empty text was the root of a store, and each byte of bytes a source."""
    with pytest.raises(ArgumentError):
        rg.scan(wrong, TAGS)


def test_a_dicomdir_without_a_directory_is_a_file(folder: Path) -> None:
    """It was no row at all."""
    shutil.copy(carried("CT_small.dcm"), folder / "DICOMDIR")
    assert modalities(rg.scan(folder / "DICOMDIR", TAGS)) == ["CT"]


@pytest.mark.parametrize("mode", ["w", "w:gz"])
def test_members_whose_names_are_no_text_are_rows(tmp_path: Path, mode: str) -> None:
    """A UnicodeEncodeError ended the scan."""
    path = tmp_path / ("t.tar" if mode == "w" else "t.tar.gz")
    with tarfile.open(path, mode) as archive:  # type: ignore[call-overload]
        archive.add(carried("CT_small.dcm"), "\udcff.dcm")
        archive.add(carried("MR_small.dcm"), "b.dcm")
    table = rg.scan(path, TAGS)
    assert modalities(table) == ["CT", "MR"]
    table.write_parquet(tmp_path / "m.parquet")
    told: list[int] = []
    again = rg.scan(path, TAGS, since=tmp_path / "m.parquet", progress=lambda done, _: told.append(done))
    assert modalities(again) == ["CT", "MR"]
    assert max(told, default=0) == 0


def test_an_archive_whose_name_is_no_text_is_read(folder: Path) -> None:
    if sys.platform in ("darwin", "win32"):
        pytest.skip("the file system takes no such name")
    name = os.fsdecode(os.fsencode(folder.parent) + b"/\xff.zip")
    packed(folder, "z.zip").rename(name)
    table = rg.scan(name, TAGS)
    assert modalities(table) == ["CT", "MR"]
    # A condition on its name was a UnicodeEncodeError.
    assert modalities(table.filter(rg.col("path") == f"{name}::b.dcm")) == ["MR"]
    assert modalities(table.filter(rg.col("path").is_in(["\ud800"]))) == []


def test_a_zip_bomb_of_elements_is_a_row(tmp_path: Path) -> None:
    """All of its elements were gone through: 200 MB of them from 200 kB."""
    with (
        zipfile.ZipFile(tmp_path / "z.zip", "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("a", "w") as member,
    ):
        member.write(bytes(128) + b"DICM")
        for _ in range(200):
            member.write(bytes(1 << 20))
    assert (tmp_path / "z.zip").stat().st_size < 1 << 20
    row = rg.scan(tmp_path / "z.zip", ["Modality"]).to_arrow().to_pylist()[0]
    assert "unpacked" in (row["error"] or "")


@pytest.mark.skipif(sys.platform in ("darwin", "win32"), reason="the file system takes no such name")
def test_the_name_of_a_file_that_is_no_text_leads_back_to_it(folder: Path, tmp_path: Path) -> None:
    """Its bytes were replaced in the table: two files had one name, and nobody could open either by it."""
    names = [os.fsdecode(os.fsencode(folder) + end) for end in (b"/%\xfe.dcm", b"/%\xff.dcm")]
    for name, image in zip(names, ("CT_small.dcm", "MR_small.dcm"), strict=True):
        shutil.copy(carried(image), name)
    table = rg.scan(names, TAGS)
    paths = table.to_arrow().column("path").to_pylist()
    assert [path.rpartition("/")[2] for path in paths] == ["%25%FE.dcm", "%25%FF.dcm"]
    assert [rg.read(path).Modality for path in paths] == ["CT", "MR"]
    assert modalities(rg.scan(paths, TAGS)) == ["CT", "MR"]
    assert modalities(table.filter(rg.col("path") == names[1])) == ["MR"]
    assert [one.paths for one in table.series()] == [(names[0],), (names[1],)]
    kept = os.fsdecode(os.fsencode(tmp_path) + b"/\xff.parquet")
    assert table.write_parquet(kept) == 2
    told: list[int] = []
    again = rg.scan(names, TAGS, since=kept, progress=lambda done, _: told.append(done))
    assert modalities(again) == ["CT", "MR"]
    assert max(told, default=0) == 0


@pytest.mark.parametrize(
    "spec", ["\ud800.dcm", "\ud800/*.dcm", "\ud800.zip", "\ud800.zip::a", "\ud800/DICOMDIR", "/\ud800"]
)
def test_what_no_system_has_a_name_for_is_a_row(spec: str) -> None:
    """A UnicodeEncodeError came out of whatever looked first."""
    (row,) = rg.scan(spec, TAGS).to_arrow().to_pylist()
    assert "no characters" in row["error"]
    with pytest.raises(ArgumentError, match="no characters"):
        rg.read("\ud800.dcm")


def test_columns_that_are_no_text_are_refused(folder: Path) -> None:
    for name in ("\udcff", "(0029,10)[\udcff]"):
        with pytest.raises(ArgumentError, match="no characters"):
            rg.scan(folder, [name])
        with pytest.raises(ArgumentError, match="no characters"):
            rg.scan(folder, TAGS).filter(rg.col(name) == 1)
