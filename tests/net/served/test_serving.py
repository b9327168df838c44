"""A served folder over real associations."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import radiogram as rg
from pydicom.data import get_testdata_file
from radiogram.net import AE, build_context, build_role, evt
from radiogram.net.dsutils import encode
from radiogram.net.served import serve
from radiogram.net.served.rows import files as stored
from radiogram.net.services import Inventories, find, find_all, identifier, request_inventory, uids
from radiogram.net.services.sender import send_files
from radiogram.net.services.storage import Instance, plan

if TYPE_CHECKING:
    from collections.abc import Iterator

NAMES = (
    *(
        "CT_small.dcm",
        "MR_small.dcm",
        "rtplan.dcm",
        "examples_ybr_color.dcm",
        "JPEG2000.dcm",
        "SC_rgb_rle.dcm",
    ),
    *("examples_jpeg2k.dcm", "image_dfl.dcm", "waveform_ecg.dcm", "JPEG-lossy.dcm"),
)
FIND = uids("StudyRootQueryRetrieveInformationModelFind")[0]


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[tuple[Any, Any]]:
    """Give a served folder and its server."""
    served, server = serve(tmp_path / "archive", ("127.0.0.1", 0), title="ARCHIVE", durability="os")
    yield served, server
    server.shutdown()
    served.close()


def opener(server: Any) -> Any:
    def opened(contexts: Any) -> Any:
        proposed = [build_context(uid, list(syntaxes)) for uid, syntaxes in contexts]
        association = AE("SENDER").associate(*server.address[:2], contexts=proposed)
        if not association.is_established:
            msg = "no association"
            raise OSError(msg)
        return association

    return opened


def files() -> list[str]:
    return [str(get_testdata_file(name)) for name in NAMES]


@pytest.mark.parametrize("associations", [1, 4])
def test_what_is_sent_arrives_as_it_was(archive: tuple[Any, Any], associations: int) -> None:
    served, server = archive
    outcomes = list(send_files(files(), opener(server), associations=associations))
    assert [outcome for outcome in outcomes if not outcome.is_sent] == []
    for path in files():
        ds = rg.read(path)
        there = rg.read(served.folder / f"{ds.SOPInstanceUID}.dcm")
        assert there.file_meta.TransferSyntaxUID == ds.file_meta.TransferSyntaxUID
        assert data_set(served.folder / f"{ds.SOPInstanceUID}.dcm") == data_set(Path(path)), path
    assert len(served.index) == len(NAMES)


def data_set(path: Path) -> str:
    """Give the hash of what is behind the file meta information; a deflated data set of an odd length has a NUL behind it (PS3.5 A.5)."""
    data = path.read_bytes()
    length = int.from_bytes(data[140:144], "little")
    held = data[144 + length :]
    return hashlib.sha256(held + bytes(len(held) % 2)).hexdigest()


def test_what_was_stored_is_found_at_once(archive: tuple[Any, Any]) -> None:
    _, server = archive
    ct = str(get_testdata_file("CT_small.dcm"))
    contexts = [build_context(FIND), build_context(str(rg.read(ct).SOPClassUID))]
    with AE("SENDER").associate(*server.address[:2], contexts=contexts) as association:
        query = identifier("STUDY", PatientID="1CT1", NumberOfStudyRelatedInstances=None)
        assert list(find(association, query, FIND)) == []
        assert association.send_c_store(ct).Status == 0
        (found,) = find(association, query, FIND)
    assert (found.NumberOfStudyRelatedInstances, found.RetrieveAETitle) == (1, "ARCHIVE")


def test_files_without_file_meta_are_sent_as_what_they_are(archive: tuple[Any, Any], tmp_path: Path) -> None:
    served, server = archive
    held = {}
    for number, (implicit, little, syntax) in enumerate(
        ((True, True, ".2"), (False, True, ".2.1"), (False, False, ".2.2"))
    ):
        ds = instance(f"1.2.{number}")
        encoded = encode(ds, implicit, little)
        assert encoded is not None
        for preamble in (b"", b"\0" * 128 + b"DICM"):
            path = tmp_path / f"{number}{len(preamble)}.dcm"
            path.write_bytes(preamble + encoded)
            held[str(path)] = f"1.2.840.10008.1{syntax}"
    nothing = tmp_path / "nothing.dcm"
    nothing.write_bytes(encode(rg.Dataset({"PatientID": "1"}), True, True) or b"")
    outcomes = {one.path: one for one in send_files([*held, nothing], opener(server), retry=0)}
    assert outcomes.pop(str(nothing)).message == "it does not say which instance it is"
    assert {path: (one.status, one.transfer_syntax) for path, one in outcomes.items()} == {
        path: (0, syntax) for path, syntax in held.items()
    }
    sent = rg.read(get_testdata_file("CT_small.dcm"))
    for name, _ in stored(served.folder):
        assert (rg.read(served.folder / name).pixel_array == sent.pixel_array).all()


def test_what_is_of_no_study_is_kept_with_a_warning(archive: tuple[Any, Any]) -> None:
    """A sender that hears of a failure would send it again, for ever."""
    served, server = archive
    ds = rg.read(get_testdata_file("CT_small.dcm"))
    del ds.StudyInstanceUID
    with AE("SENDER").associate(*server.address[:2], contexts=[build_context(ds.SOPClassUID)]) as association:
        status = association.send_c_store(ds)
    assert status.Status == 0xB007
    assert "no Study" in status.ErrorComment
    (kept,) = (served.folder / name for name, _ in stored(served.folder))
    assert rg.read(kept).SOPInstanceUID == ds.SOPInstanceUID
    assert len(served.index) == 0


def test_many_answers_and_a_cancel_among_them(archive: tuple[Any, Any]) -> None:
    served, server = archive
    uid = "1.2.840.10008.5.1.4.1.1.2"
    row = {"StudyInstanceUID": "1.2", "SeriesInstanceUID": "1.3", "SOPClassUID": uid, "size": 1, "changed": 1}
    for number in range(20_000):
        served.index.add({**row, "SOPInstanceUID": f"1.4.{number}", "path": f"{number}.dcm"})
    keys = {"StudyInstanceUID": "1.2", "SeriesInstanceUID": "1.3"}
    query = identifier("IMAGE", **keys, SOPInstanceUID=None, SOPClassUID=None)
    with AE("ASKER").associate(*server.address[:2], contexts=[build_context(FIND)]) as association:
        found = list(find(association, query, FIND))
        assert {ds.SOPInstanceUID for ds in found} == {f"1.4.{number}" for number in range(20_000)}
        assert {(ds.StudyInstanceUID, ds.SOPClassUID, ds.RetrieveAETitle) for ds in found} == {
            ("1.2", uid, "ARCHIVE")
        }
        statuses = []
        for status, _ in association.send_c_find(query, FIND, msg_id=7):
            statuses.append(status.Status)
            if len(statuses) == 3:
                association.send_c_cancel(7, query_model=FIND)
        assert statuses[-1] == 0xFE00
        assert len(statuses) < 20_000


def test_what_the_peer_does_not_take_is_changed_without_loss_or_reported(tmp_path: Path) -> None:
    entity = AE("PLAIN")
    for path in files():
        entity.add_supported_context(str(rg.read(path).SOPClassUID), "1.2.840.10008.1.2")
    folder = tmp_path / "plain"
    with entity.start_server(("127.0.0.1", 0), block=False, store=folder, durability="os") as server:
        outcomes = {
            Path(outcome.path).name: outcome for outcome in send_files(files(), opener(server), retry=0)
        }
    assert outcomes["CT_small.dcm"].status == 0
    assert outcomes["SC_rgb_rle.dcm"].status == 0
    rle = rg.read(get_testdata_file("SC_rgb_rle.dcm"))
    there = rg.read(folder / f"{rle.SOPInstanceUID}.dcm")
    assert there.file_meta.TransferSyntaxUID == "1.2.840.10008.1.2"
    assert (there.pixel_array == rle.pixel_array).all()


def test_files_that_are_none_and_peers_that_are_none(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("no instance")

    def opened(_contexts: Any) -> Any:
        msg = "nobody there"
        raise OSError(msg)

    paths = [tmp_path / "text", *files()[:2]]
    outcomes = list(send_files(paths, opened, retry=1, pause=0.01))
    assert [outcome.status for outcome in outcomes] == [None] * 3
    assert sorted(outcome.attempts for outcome in outcomes) == [1, 2, 2]
    assert outcomes[-1].message == "nobody there"


def test_a_peer_that_is_never_there_is_not_tried_for_each_file(tmp_path: Path) -> None:
    tries: list[object] = []
    for number in range(300):
        ds = rg.read(get_testdata_file("MR_small.dcm"), specific_tags=["SOPClassUID", "SOPInstanceUID"])
        ds.SOPInstanceUID = ds.file_meta.MediaStorageSOPInstanceUID = f"1.2.{number}"
        ds.save_as(tmp_path / f"{number}.dcm")

    def opened(contexts: Any) -> Any:
        tries.append(contexts)
        msg = "nobody there"
        raise OSError(msg)

    outcomes = list(send_files(sorted(tmp_path.iterdir()), opened, retry=2, pause=0.001))
    assert len(outcomes) == 300
    assert not any(outcome.is_sent for outcome in outcomes)
    assert len(tries) == 3


def test_contexts_beyond_128_go_into_further_associations() -> None:
    instances = [
        Instance(f"{number}.dcm", f"1.2.{number}", f"1.3.{number}", "1.2.840.10008.1.2.4.90")
        for number in range(100)
    ]
    planned = plan(instances)
    assert [len(contexts) for contexts, _ in planned] == [128, 72]
    assert sorted(one.path for _, own in planned for one in own) == sorted(one.path for one in instances)
    for contexts, own in planned:
        assert {one.sop_class for one in own} == {uid for uid, _ in contexts}


def test_a_repository_query_goes_on_where_it_reached_its_limit(archive: tuple[Any, Any]) -> None:
    served, server = archive
    list(send_files(files(), opener(server)))
    asked = [build_context(uids("RepositoryQuery")[0]), build_context(FIND)]
    with AE("ASKER").associate(*server.address[:2], contexts=asked) as association:
        study = next(find(association, identifier("STUDY", PatientID="1CT1"), FIND)).StudyInstanceUID
        series = next(find(association, identifier("SERIES", StudyInstanceUID=study), FIND)).SeriesInstanceUID
        below = {"StudyInstanceUID": study, "SeriesInstanceUID": series}
        for level, query in (("STUDY", identifier("STUDY")), ("IMAGE", identifier("IMAGE", **below))):
            key = "StudyInstanceUID" if level == "STUDY" else "SOPInstanceUID"
            every = sorted(str(ds[key].value) for ds in find(association, query, FIND))
            for most in (1, 3, None):
                found = [str(ds[key].value) for ds in find_all(association, query, most=most)]
                assert found == every, (level, most)
    assert len(served.index) == len(files())


def test_an_inventory_of_the_folder(archive: tuple[Any, Any]) -> None:
    served, server = archive
    list(send_files(files(), opener(server)))
    hears = Inventories()
    wanted = uids("InventoryCreation", "InventoryFind", "InventoryGet", "InventoryStorage")
    contexts = [build_context(uid) for uid in wanted]
    came: list[rg.Dataset] = []

    def take(event: Any) -> int:
        came.append(rg.read(event.encoded_dataset()))
        return 0x0000

    handlers = [*hears.handlers(), (evt.EVT_C_STORE, take)]
    roles = [build_role(wanted[3], scp_role=True)]
    with AE("ASKER").associate(
        *server.address[:2], contexts=contexts, ext_neg=roles, evt_handlers=handlers
    ) as association:
        ended = hears.wait(request_inventory(association, level="INSTANCE"), 30)
        assert ended is not None
        assert (ended.status, ended.title) == ("COMPLETE", "ARCHIVE")
        *_, (status, _) = association.send_c_get(rg.Dataset({"SOPInstanceUID": ended.instance}), wanted[2])
        assert (status.Status, status.NumberOfCompletedSuboperations) == (0, 1)
    (inventory,) = came
    listed = [
        str(one.SOPInstanceUID)
        for study in inventory.InventoriedStudiesSequence
        for series in study.InventoriedSeriesSequence
        for one in series.InventoriedInstancesSequence
    ]
    assert sorted(listed) == sorted(str(rg.read(path).SOPInstanceUID) for path in files())
    names = {str(rg.read(path).get("PatientName") or "") for path in files()}
    assert {str(study.PatientName or "") for study in inventory.InventoriedStudiesSequence} <= names
    assert len(served.index) == len(listed), "it is no instance of a study of the folder"


def test_what_is_of_no_study_is_found_by_the_model_of_its_own(archive: tuple[Any, Any]) -> None:
    served, server = archive
    kinds = {
        "ColorPalette": ("ColorPaletteStorage", {"ContentLabel": "HOT"}),
        "HangingProtocol": ("HangingProtocolStorage", {"HangingProtocolName": "CHEST"}),
    }
    queries = {
        "ColorPalette": uids("ColorPaletteQueryRetrieveInformationModelFind")[0],
        "HangingProtocol": uids("HangingProtocolInformationModelFind")[0],
    }
    contexts = [
        build_context(uid) for uid in (*uids(*(name for name, _ in kinds.values())), *queries.values())
    ]
    with AE("ASKER").associate(*server.address[:2], contexts=contexts) as association:
        for number, (name, more) in enumerate(kinds.values()):
            ds = rg.Dataset({"SOPClassUID": uids(name)[0], "SOPInstanceUID": f"1.2.{number}", **more})
            ds.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.1"
            assert association.send_c_store(ds).Status == 0
        for number, model in enumerate(kinds):
            query = rg.Dataset({"SOPInstanceUID": None})
            assert [ds.SOPInstanceUID for ds in find(association, query, queries[model])] == [f"1.2.{number}"]
    palettes = served.index.objects(uids("ColorPaletteStorage"))
    assert [path.name for path in palettes] == ["1.2.0.dcm"], "of a model only its own files are read"
    assert served.index.committed([(uids("ColorPaletteStorage")[0], "1.2.0")]) == [0]
    assert len(served.index) == 0, "they are of no study"
    assert served.index.synchronize() == (0, 0), "they are known, and not read again"
    (served.folder / "1.2.0.dcm").unlink()
    assert served.index.synchronize() == (0, 1)
    assert [path.name for path in served.index.objects()] == ["1.2.1.dcm"]


def test_a_file_that_was_changed_behind_its_back_is_not_sent_as_what_it_was(
    archive: tuple[Any, Any], tmp_path: Path
) -> None:
    """PS3.4 C.4.3.3.1: what cannot be sent has failed, and its UID is in the list."""
    served, server = archive
    for number in range(5):
        ds = instance(f"1.2.{number}")
        ds.save_as(tmp_path / f"{number}.dcm", enforce_file_format=True)
    list(send_files([str(tmp_path / f"{number}.dcm") for number in range(5)], opener(server)))
    there = served.folder
    (there / "1.2.1.dcm").write_bytes((there / "1.2.1.dcm").read_bytes()[:-100])  # cut
    shutil.copy(there / "1.2.0.dcm", there / "1.2.2.dcm")  # another one
    (there / "1.2.3.dcm").unlink()
    ds = rg.read(there / "1.2.4.dcm")
    ds.PatientID = "OTHER"
    ds.save_as(there / "1.2.4.dcm")  # changed, and whole
    came: list[str] = []

    def take(event: Any) -> int:
        came.append(str(event.request.AffectedSOPInstanceUID))
        return 0x0000

    (get,) = uids("StudyRootQueryRetrieveInformationModelGet")
    ct = str(ds.SOPClassUID)
    with AE("ASKER").associate(
        *server.address[:2],
        contexts=[build_context(get), build_context(ct)],
        ext_neg=[build_role(ct, scp_role=True)],
        evt_handlers=[(evt.EVT_C_STORE, take)],
    ) as association:
        *_, (status, listed) = association.send_c_get(
            rg.Dataset({"QueryRetrieveLevel": "STUDY", "StudyInstanceUID": ds.StudyInstanceUID}), get
        )
    assert (status.Status, status.NumberOfCompletedSuboperations) == (0xB000, 2)
    assert sorted(came) == ["1.2.0", "1.2.4"]
    assert sorted(listed.FailedSOPInstanceUIDList) == ["1.2.1", "1.2.2", "1.2.3"]


def instance(uid: str) -> rg.Dataset:
    ds = rg.read(get_testdata_file("CT_small.dcm"))
    ds.SOPInstanceUID = ds.file_meta.MediaStorageSOPInstanceUID = uid
    return ds
