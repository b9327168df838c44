"""The index of a served folder: what it holds, how it comes up to date, what it finds."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from threading import Barrier
from typing import Any
from unittest.mock import MagicMock

import pytest
import radiogram as rg
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.data import get_testdata_file
from radiogram.net.matching import Matching, select
from radiogram.net.served import Index
from radiogram.net.served.index import IndexFileError
from radiogram.net.served.rows import row_of
from radiogram.net.services.answers import RefusedError

from tests.programs import until

NAMES = ("CT_small.dcm", "MR_small.dcm", "rtplan.dcm", "examples_ybr_color.dcm")


def copied(folder: Path) -> Path:
    for name in NAMES:
        (folder / name).write_bytes(Path(str(get_testdata_file(name))).read_bytes())
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return copied(tmp_path)


def names(index: Index, level: str = "STUDY", **keys: Any) -> list[Any]:
    query = rg.Dataset({"PatientID": None, **keys})
    return sorted(str(ds.PatientID) for ds in select(query, index.candidates(level, query)))


def test_it_is_made_of_what_is_there(folder: Path) -> None:
    (folder / "notes.txt").write_text("no instance")
    with Index(folder) as index:
        assert len(index) == len(NAMES)
        assert names(index, PatientName="compressedsamples*") == ["1CT1", "4MR1"]
        assert names(index, StudyDate="20040101-20041231", ModalitiesInStudy="MR") == ["4MR1"]
        assert names(index, level="SERIES", Modality=["CT", "RTPLAN"]) == ["1CT1", "id00001"]


@pytest.mark.parametrize("level", ["STUDY", "SERIES", "IMAGE"])
def test_entities_follow_one_another_in_the_order_of_their_unique_keys(tmp_path: Path, level: str) -> None:
    ds = rg.read(get_testdata_file("CT_small.dcm"))
    for number in range(30):
        # Neither the order of studies nor that of dates is that of instances.
        ds.StudyInstanceUID, ds.StudyDate = f"1.2.{number * 7 % 30}", f"202001{number * 11 % 30 + 1:02}"
        ds.SeriesInstanceUID, ds.SOPInstanceUID = f"1.3.{number * 13 % 30}", f"1.4.{number}"
        ds.save_as(tmp_path / f"{number}.dcm")
    key = {"STUDY": "StudyInstanceUID", "SERIES": "SeriesInstanceUID", "IMAGE": "SOPInstanceUID"}[level]
    query = rg.Dataset({key: None, "StudyDate": "20200101-20200120", "NumberOfStudyRelatedInstances": None})
    with Index(tmp_path) as index:
        every = [str(ds[key].value) for ds in index.following(level, query)]
        assert every == sorted(every)
        assert len(every) == 20
        assert [str(ds[key].value) for ds in index.following(level, query, after=every[7])] == every[8:]


def test_it_comes_up_to_date(folder: Path) -> None:
    with Index(folder) as index:
        assert len(index) == len(NAMES)
    (folder / NAMES[0]).unlink()
    changed = rg.read(folder / NAMES[1])
    changed.PatientName = "Other^Name"
    changed.save_as(folder / NAMES[1])
    with Index(folder) as index:
        assert len(index) == len(NAMES) - 1
        assert names(index, PatientName="other*") == ["4MR1"]
        assert names(index, PatientID="1CT1") == [], "its study went with its last instance"


@pytest.mark.parametrize("damage", ["missing", "broken", "older"])
def test_it_is_made_anew(folder: Path, damage: str) -> None:
    with Index(folder):
        pass
    place = folder / ".radiogram" / "index.sqlite"
    if damage == "missing":
        place.unlink()
    else:
        spoil(place, damage)
    with Index(folder) as index:
        assert len(index) == len(NAMES)


def test_what_it_does_not_hold_is_read_from_a_file(folder: Path) -> None:
    query = rg.Dataset(
        {"PatientID": None, "InstitutionName": "TOSHIBA", "NumberOfStudyRelatedInstances": None}
    )
    with Index(folder) as index:
        (found,) = select(query, index.candidates("STUDY", query))
    assert (found.PatientID, found.NumberOfStudyRelatedInstances) == ("4MR1", 1)


def test_rows_come_in_batches_and_are_found_at_once(tmp_path: Path) -> None:
    ct = rg.read(get_testdata_file("CT_small.dcm"))
    row = row_of(ct)
    assert row is not None
    with Index(tmp_path) as index:
        for number in range(1200):
            index.add(
                {**row, "SOPInstanceUID": f"1.2.{number}", "path": f"{number}.dcm", "size": 1, "changed": 1}
            )
        query = rg.Dataset({"PatientID": "1CT1", "NumberOfPatientRelatedInstances": None})
        (found,) = index.candidates("PATIENT", query)
        assert found.NumberOfPatientRelatedInstances == 1200
        assert (
            len(list(index.instances("STUDY", rg.Dataset({"StudyInstanceUID": ct.StudyInstanceUID})))) == 1200
        )


def test_an_instance_that_comes_again_in_another_study(tmp_path: Path) -> None:
    row = row_of(rg.read(get_testdata_file("CT_small.dcm")))
    assert row is not None
    with Index(tmp_path) as index:
        index.add({**row, "path": "a.dcm", "size": 1, "changed": 1})
        index.flush()
        index.add(
            {**row, "StudyInstanceUID": "1.9", "PatientID": "OTHER", "path": "a.dcm", "size": 1, "changed": 2}
        )
        assert names(index) == ["OTHER"]
        index.add(
            {
                **row,
                "StudyInstanceUID": "1.9",
                "SeriesInstanceUID": "1.8",
                "PatientID": "OTHER",
                "path": "a.dcm",
            }
        )
        assert names(index, level="SERIES") == ["OTHER"]


@pytest.mark.parametrize("name", ["Study", "Series", "Content"])
def test_dates_are_found_in_the_zone_of_the_query(tmp_path: Path, name: str) -> None:
    """Of instances in other zones, with a time that the query does not ask for; `Content` is not in the index."""
    ds: Any = rg.read(get_testdata_file("CT_small.dcm"))
    moments = [
        ("20200101", "2330", "-0500"),
        ("20200101", "2330", None),
        ("20200102", "2330", None),
        ("20200102", None, "+0900"),
    ]
    for number, (date, time, zone) in enumerate(moments):
        ds.StudyInstanceUID = ds.SeriesInstanceUID = ds.SOPInstanceUID = f"1.2.{number}"
        ds.PatientID, ds.TimezoneOffsetFromUTC = f"P{number}", zone
        for keyword in ("Study", "Series", "Content"):
            setattr(ds, f"{keyword}Date", date)
            setattr(ds, f"{keyword}Time", time)
        ds.save_as(tmp_path / f"{number}.dcm")
    query = rg.Dataset({f"{name}Date": "20200102", "TimezoneOffsetFromUTC": "+0100", "PatientID": None})
    agreed = Matching(timezone=0)
    with Index(tmp_path) as index:
        found = select(query, index.candidates("IMAGE", query, agreed), agreed)
        assert sorted(one.PatientID for one in found) == ["P0", "P1", "P3"]


def test_patients_without_an_identity_are_known_by_name(tmp_path: Path) -> None:
    ds: Any = rg.read(get_testdata_file("CT_small.dcm"))
    people = [(None, "Yamada"), ("", "Other"), (None, "Yamada"), (None, None), ("P1", "Doe"), ("P1", "Roe")]
    for number, (identity, name) in enumerate(people):
        ds.StudyInstanceUID = ds.SeriesInstanceUID = ds.SOPInstanceUID = f"1.2.{number}"
        ds.PatientID, ds.PatientName = identity, name
        ds.save_as(tmp_path / f"{number}.dcm")
    query = rg.Dataset(
        dict.fromkeys(("PatientID", "PatientName", "NumberOfPatientRelatedStudies", "PatientSex"))
    )
    with Index(tmp_path) as index:
        found = list(index.candidates("PATIENT", query))
    got = sorted(
        (str(one.PatientID or ""), str(one.PatientName or ""), int(one.NumberOfPatientRelatedStudies))
        for one in found
    )
    assert [one[:1] + one[2:] if one[0] else one for one in got] == [
        ("", "", 1),
        ("", "Other", 1),
        ("", "Yamada", 2),
        ("P1", 2),
    ]


def test_queries_that_would_be_too_much_for_sql(folder: Path) -> None:
    ct = rg.read(folder / NAMES[0])
    many = [f"1.2.{number}" for number in range(40_000)]
    with Index(folder) as index:
        assert names(index, StudyInstanceUID=[*many, str(ct.StudyInstanceUID)]) == ["1CT1"]
        assert names(index, AccessionNumber=[str(number) for number in range(3000)]) == []
        assert names(index, PatientID="*1" * 30 + "*") == []
        assert names(index, PatientID="1CT*1") == ["1CT1"]
        wanted = rg.Dataset({"StudyInstanceUID": [*many, str(ct.StudyInstanceUID)]})
        assert [found.sop_instance for found in index.instances("STUDY", wanted)] == [str(ct.SOPInstanceUID)]


def test_what_is_committed_to_is_written_out(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever it was received with; and what cannot be is not committed to."""
    below = folder / "a" / "b"
    below.mkdir(parents=True)
    next(folder.glob("*.dcm")).rename(below / "1.dcm")
    ds = rg.read(below / "1.dcm")
    pair, fsync, done = (str(ds.SOPClassUID), str(ds.SOPInstanceUID)), os.fsync, []

    def written(descriptor: int) -> None:
        done.append(os.path.realpath(f"/proc/self/fd/{descriptor}"))
        if is_broken:
            raise OSError(errno.EIO, "I/O error")
        fsync(descriptor)

    with Index(folder) as index:
        monkeypatch.setattr(os, "fsync", written)
        is_broken = False
        assert index.committed([pair, ("1.2", "9.9")]) == [0, 0x0112]
        expected = {below / "1.dcm", below, below.parent, folder}
        if os.path.exists("/proc/self/fd"):  # noqa: PTH110
            assert {Path(one) for one in done} == {one.resolve() for one in expected}
        is_broken = True
        assert index.committed([pair, ("1.2", "9.9")]) == [0x0110, 0x0112]
    done.clear()
    with Index(folder, is_durable=True) as index:
        assert index.committed([pair, ("1.2", "9.9")]) == [0, 0x0112]
        assert not done, "it was written out when it came"


def test_what_is_committed_to_is_on_disk(folder: Path) -> None:
    ct = rg.read(folder / NAMES[0])
    pair = (str(ct.SOPClassUID), str(ct.SOPInstanceUID))
    with Index(folder) as index:
        assert index.committed([pair, ("1.2", pair[1]), (pair[0], "1.2")]) == [0, 0x0119, 0x0112]
        (folder / NAMES[0]).write_bytes(b"cut")
        assert index.committed([pair]) == [0x0110]


TEXTS = st.text("Cc%_*?\\[]'\"ompresd^ =1TÉé", max_size=8)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with Index(copied(tmp_path_factory.mktemp("served"))) as index:
        yield index


@settings(max_examples=150, deadline=None)
@given(
    name=TEXTS,
    uid=st.sampled_from(["", "1CT1", "1ct1", "*1", "4MR?", "id*", "_CT1", "%"]),
    date=st.sampled_from(
        ["", "20040119", "-2004", "20040101-", "-20040826", "20031231-20040119", "2004.01.19"]
    ),
    fuzzy=st.booleans(),
)
def test_sql_gives_all_that_matches(shared: Any, name: str, uid: str, date: str, fuzzy: bool) -> None:
    """What SQL says is never less than what the matching function finds."""
    query = rg.Dataset({"SpecificCharacterSet": "ISO_IR 192"})
    query.PatientName, query.PatientID, query.StudyDate = name, uid, date
    agreed = Matching(fuzzy=fuzzy, empty_values=True)
    everything = rg.Dataset({"PatientName": None, "PatientID": None, "StudyDate": None})
    expected = [str(ds.PatientID) for ds in select(query, shared.candidates("STUDY", everything), agreed)]
    found = [str(ds.PatientID) for ds in select(query, shared.candidates("STUDY", query, agreed), agreed)]
    assert sorted(found) == sorted(expected)


def test_a_full_disk_refuses_queries_and_is_recovered_from(folder: Path) -> None:
    """PS3.4 C.4.1.1.4: A700; what came meanwhile is found when there is room again."""
    with Index(folder) as index:
        ds = rg.read(get_testdata_file("CT_small.dcm"))
        ds.PatientID, ds.StudyInstanceUID = "LATE", "1.2.9"
        ds.SeriesInstanceUID = ds.SOPInstanceUID = "1.2.9.1"
        ds.save_as(folder / "late.dcm")
        with index._writing:
            (count,) = index._database.execute("PRAGMA page_count").fetchone()
            index._database.execute(f"PRAGMA max_page_count={count}")
        for number in range(600):
            row = row_of(ds) or {}
            row["SOPInstanceUID"], row["path"], row["PatientComments"] = (
                f"1.2.9.{number}",
                "x" * 200,
                "x" * 200,
            )
            index.add(row)
        with pytest.raises(RefusedError) as refused:
            index.flush()
        assert refused.value.status == 0xA700
        assert index.committed([("1.2.840.10008.5.1.4.1.1.2", str(ds.SOPInstanceUID))]) == [0x0110]
        with pytest.raises(RefusedError):
            names(index)
        with index._writing:
            index._database.execute("PRAGMA max_page_count=1000000")
        until(lambda: not index._behind, "it is up to date again")
        assert "LATE" in names(index)


@pytest.mark.parametrize("what", ["deleted", "damaged", "with its folder"])
def test_an_index_that_is_lost_while_it_is_open_is_made_anew(folder: Path, what: str) -> None:
    """PS3.4 C.4.1.1.4: A700 until it is; never an answer without what came last."""
    with Index(folder) as index:
        assert len(names(index)) == len(NAMES)
        if what == "deleted":
            for path in index._place.parent.iterdir():
                path.unlink()
        elif what == "damaged":
            with index._writing:
                index._database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            with index._place.open("r+b") as file:
                file.write(b"\xff" * index._place.stat().st_size)
        else:
            shutil.rmtree(index._place.parent)
        ds = rg.read(get_testdata_file("CT_small.dcm"))
        ds.PatientID, ds.StudyInstanceUID = "LATE", "1.2.9"
        ds.SeriesInstanceUID = ds.SOPInstanceUID = "1.2.9.1"
        ds.save_as(folder / "late.dcm")
        index.add({**(row_of(ds) or {}), "path": "late.dcm"})
        told = {0xA700}

        def found() -> list[str]:
            try:
                return names(index)
            except RefusedError as refused:
                told.add(refused.status)
                return []

        assert "LATE" in until(found, "it is made anew")
        assert len(names(index)) == len(NAMES) + 1
        assert told == {0xA700}
    with Index(folder) as index:
        assert len(names(index)) == len(NAMES) + 1


def test_an_index_that_was_damaged_is_made_anew(folder: Path) -> None:
    with Index(folder) as index:
        place = index._place
    with place.open("r+b") as file:
        # The first page says that it is an index of this version.
        file.seek(8192)
        file.write(b"\xff" * (place.stat().st_size - 8192))
    with Index(folder) as index:
        assert len(names(index)) == len(NAMES)


@pytest.mark.parametrize("before", ["nothing", "broken", "older", "tables missing"])
def test_servers_that_begin_at_once_have_one_index(folder: Path, before: str) -> None:
    """Whoever is first makes it, and nobody takes it away from the others."""
    place = folder / ".radiogram" / "index.sqlite"
    for _ in range(3):
        shutil.rmtree(place.parent, ignore_errors=True)
        if before != "nothing":
            Index(folder).close()
            spoil(place, before)
        with ThreadPoolExecutor(8) as pool, ExitStack() as opened:
            all_here = Barrier(8)

            def begin() -> Index:
                all_here.wait(30)  # noqa: B023  # of this round
                return Index(folder)

            begun = [pool.submit(begin) for _ in range(8)]
            indexes = [opened.enter_context(one.result(60)) for one in begun]
            assert [len(index) for index in indexes] == [len(NAMES)] * 8
            assert len({index._is for index in indexes}) == 1


def test_an_index_that_is_half_made_is_made_anew(folder: Path) -> None:
    """As one whose server ended while it made it."""
    place = folder / ".radiogram" / "index.sqlite"
    with Index(folder) as index:
        # While it is open as well: what it reads is not there, and is brought back from the files.
        spoil(place, "tables missing")
        until(lambda: counted(index) == len(NAMES), "it is made anew")
    spoil(place, "tables missing")
    with Index(folder) as index:
        assert len(index) == len(NAMES)


def counted(index: Index) -> int | None:
    try:
        return len(index)
    except RefusedError:
        return None


def spoil(place: Path, how: str) -> None:
    if how == "broken":
        place.write_bytes(b"this is no database, " * 1000)
        return
    database = sqlite3.connect(place, isolation_level=None)
    if how == "older":
        database.execute("UPDATE about SET version = 0")
    else:
        database.executescript("DROP TABLE series; DROP TABLE instances;")
    database.close()


def test_the_index_of_another_program_stays(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Index(folder) as index:
        place = index._place
    other = sqlite3.connect(place, isolation_level=None)
    other.execute("PRAGMA locking_mode=EXCLUSIVE")
    other.execute("BEGIN EXCLUSIVE")
    other.execute("CREATE TABLE mine (it)")
    monkeypatch.setattr(sqlite3, "connect", partial(sqlite3.connect, timeout=0.1))
    with pytest.raises(IndexFileError, match=r"index\.sqlite"):
        Index(folder)
    other.execute("COMMIT")
    assert other.execute("SELECT count(*) FROM instances").fetchone() == (len(NAMES),)
    other.close()
    assert place.exists()


def test_names_that_are_no_text_are_not_served(folder: Path) -> None:
    (folder / NAMES[0]).rename(folder / os.fsdecode(b"a\xff.dcm"))
    with Index(folder) as index:
        assert len(index) == len(NAMES) - 1


def test_a_folder_that_may_not_be_read_is_passed_over(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file system has one of its own, and only its administrator may read it."""
    (folder / "lost+found").mkdir()
    look = os.scandir

    def scandir(place: Any) -> Any:
        if Path(place).name == "lost+found":
            raise PermissionError(13, "Permission denied")
        return look(place)

    monkeypatch.setattr(os, "scandir", scandir)
    with Index(folder) as index:
        assert len(index) == len(NAMES)


def test_a_file_that_may_not_be_looked_at_is_passed_over(
    folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It is in a folder that may be listed, and not gone into."""
    look = os.scandir

    class Listed:
        def __init__(self, entry: os.DirEntry[str]) -> None:
            self.name, self.path = entry.name, entry.path
            self.is_dir, self.is_file = entry.is_dir, entry.is_file
            self._stat = entry.stat

        def stat(self) -> os.stat_result:
            if self.name == NAMES[0]:
                raise PermissionError(13, "Permission denied", self.path)
            return self._stat()

    def scandir(place: Any) -> Any:
        with look(place) as entries:
            listed = MagicMock()
            listed.__iter__.return_value = [Listed(entry) for entry in entries]
            return listed

    monkeypatch.setattr(os, "scandir", scandir)
    with Index(folder) as index:
        assert len(index) == len(NAMES) - 1
    assert "may not be looked at" in caplog.text
