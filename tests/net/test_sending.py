"""Instances that are sent: from files, data sets, in other transfer syntaxes."""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import radiogram as rg
from radiogram.errors import (
    AssociationOverError,
    MissingElementError,
    MissingSourceError,
    NotDicomError,
    TruncatedError,
)
from radiogram.net import AE, AssociationPool, build_context, evt
from radiogram.net.pdu_primitives import AsynchronousOperationsWindowNegotiation

from tests.net.pair import CT, EXPLICIT, IMPLICIT, Log, entity, image, pair, until

if TYPE_CHECKING:
    from collections.abc import Iterator

RLE = "1.2.840.10008.1.2.5"


def _file(folder: Path, number: int, *, syntax: str = EXPLICIT) -> Path:
    path = folder / f"{number}.dcm"
    image(number).save_as(path, transfer_syntax=syntax, enforce_file_format=True)
    return path


def test_a_file_arrives_as_it_left(tmp_path: Path) -> None:
    seen: Log = Log()

    def handler(event: evt.Event) -> int:
        seen.add(
            (event.encoded_dataset(include_meta=False), bytes(event.memoryview()), event.dataset.PatientID)
        )
        return 0x0000

    path = _file(tmp_path, 1)
    with pair([(evt.EVT_C_STORE, handler)]) as (_, assoc):
        assert assoc.send_c_store(path).Status == 0x0000
        assert assoc.send_c_store(str(path)).Status == 0x0000
        assert assoc.send_c_store(rg.read(path)).Status == 0x0000
    sent = path.read_bytes()
    assert [sent.endswith(data) for data, _, _ in seen] == [True] * 3
    assert all(file[128:132] == b"DICM" and file.endswith(data) for data, file, _ in seen)
    assert {name for _, _, name in seen} == {"P1"}


@pytest.mark.parametrize("accepted", [IMPLICIT, EXPLICIT, "1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.2"])
@pytest.mark.parametrize("written", [IMPLICIT, EXPLICIT])
def test_what_no_context_carries_is_written_otherwise(tmp_path: Path, accepted: str, written: str) -> None:
    seen: Log = Log()
    ae = AE()
    ae.add_supported_context(CT, accepted)
    ae.add_requested_context(CT, accepted)

    def handler(event: evt.Event) -> int:
        seen.add((event.context.transfer_syntax, event.dataset.PatientID))
        return 0x0000

    with pair([(evt.EVT_C_STORE, handler)], ae=ae, asking={"ext_neg": []}) as (_, assoc):
        assert assoc.send_c_store(_file(tmp_path, 1, syntax=written)).Status == 0x0000
    assert list(seen) == [(accepted, "P1")]


def test_compressed_pixels_are_sent_decompressed_where_only_that_is_taken() -> None:
    path = pytest.importorskip("pydicom.data").get_testdata_file("MR_small_RLE.dcm")
    ds = rg.read(path)
    wanted = ds.pixel_array
    seen: Log = Log()
    ae = entity(classes=(ds.SOPClassUID,))

    def handler(event: evt.Event) -> int:
        seen.add((event.dataset.file_meta.TransferSyntaxUID, (event.dataset.pixel_array == wanted).all()))
        return 0x0000

    with pair([(evt.EVT_C_STORE, handler)], ae=ae, asking={"ext_neg": []}) as (_, assoc):
        assert assoc.send_c_store(path).Status == 0x0000
        rle = [build_context(ds.SOPClassUID, RLE)]
    assert list(seen) == [(EXPLICIT, True)]
    seen.clear()
    with pair([(evt.EVT_C_STORE, handler)], ae=ae, contexts=rle, asking={"ext_neg": [], "contexts": rle}) as (
        _,
        assoc,
    ):
        assert assoc.send_c_store(path).Status == 0x0000
        assert (
            assoc.send_c_store(
                rg.read(pytest.importorskip("pydicom.data").get_testdata_file("MR_small.dcm"))
            ).Status
            == 0
        )
    assert list(seen) == [(RLE, True), (RLE, True)]


def test_what_cannot_be_sent_is_said(tmp_path: Path) -> None:
    (tmp_path / "no.txt").write_bytes(b"no DICOM")
    other = image(1)
    other.SOPClassUID = "1.2.840.10008.5.1.4.1.1.4"
    with pair([(evt.EVT_C_STORE, lambda _: 0)]) as (_, assoc):
        with pytest.raises(MissingSourceError):
            assoc.send_c_store(tmp_path / "none.dcm")
        with pytest.raises(NotDicomError):
            assoc.send_c_store(tmp_path / "no.txt")
        with pytest.raises(ValueError, match="MR Image Storage"):
            assoc.send_c_store(other)
        with pytest.raises(MissingElementError):
            assoc.send_c_store(rg.Dataset())
        assert assoc.send_c_store(image(2)).Status == 0x0000


@pytest.mark.parametrize(
    ("name", "less"),
    [
        ("CT_small.dcm", 300),
        ("MR_small_RLE.dcm", 4),
        ("MR_small_RLE.dcm", 300),
        ("JPEG2000.dcm", 9),
        ("image_dfl.dcm", 300),
        ("rtplan.dcm", 4),
        ("large", 2),
    ],
)
def test_a_file_that_was_cut_off_is_sent_in_no_way(tmp_path: Path, name: str, less: int) -> None:
    """Nor brought into another transfer syntax; another one behind it is sent, and so is the whole of it."""
    seen: Log = Log()
    path, whole = tmp_path / "cut.dcm", tmp_path / "whole.dcm"
    if name == "large":
        image(1, size=3 << 20).save_as(whole, enforce_file_format=True)
    else:
        shutil.copy(pytest.importorskip("pydicom.data").get_testdata_file(name), whole)
    path.write_bytes(whole.read_bytes()[:-less])
    ds = rg.read(whole, specific_tags=["SOPClassUID"])
    own = build_context(ds.SOPClassUID, ds.file_meta.TransferSyntaxUID)
    plain = build_context(ds.SOPClassUID, EXPLICIT)
    ae = AE()
    with ae.start_server(
        ("127.0.0.1", 0),
        block=False,
        any_storage=True,
        evt_handlers=[(evt.EVT_C_STORE, lambda e: seen.add(e) or 0)],
    ) as server:
        for contexts in ([own], [plain]):
            with ae.associate(*server.address, contexts=contexts) as assoc:
                for source in (path, str(path)):
                    with pytest.raises(TruncatedError):
                        assoc.send_c_store(source)
                sent = list(assoc.send_many([path, whole]))
                assert [type(one.error) for one in sent] == [TruncatedError, type(None)]
                assert sent[1].status.Status == 0x0000
            ae.requested_contexts = contexts
            with AssociationPool(ae, *server.address) as pool:
                assert [type(one.error) for one in pool.send_many([path])] == [TruncatedError]
    assert len(seen) == 2


def test_many_are_sent_in_order_and_none_ends_it(tmp_path: Path) -> None:
    paths = [_file(tmp_path, number) for number in range(1, 41)]
    (tmp_path / "no.txt").write_bytes(b"no DICOM")
    sources = [*paths[:20], tmp_path / "no.txt", image(99), *paths[20:], tmp_path / "none.dcm"]
    seen: Log = Log()

    def handler(event: evt.Event) -> int:
        seen.add(event.request.AffectedSOPInstanceUID)
        return 0xB000 if event.request.AffectedSOPInstanceUID.endswith(".3") else 0x0000

    with pair([(evt.EVT_C_STORE, handler)]) as (_, assoc):
        sent = list(assoc.send_many(sources))
    assert [
        Path(one.source) if not isinstance(one.source, rg.Dataset) else one.source for one in sent
    ] == sources
    failed = [one for one in sent if one.error is not None]
    assert [type(one.error) for one in failed] == [NotDicomError, MissingSourceError]
    assert [one.status.get("Status") for one in sent].count(0xB000) == 1
    assert len(seen) == 41


def test_answers_belong_to_their_instances_with_several_operations_under_way(tmp_path: Path) -> None:
    """What no context carries is known before what was sent in front of it is answered."""
    sources = [_file(tmp_path, number) for number in range(1, 31)]
    for number in range(5, 30, 5):
        (tmp_path / f"{number}.dcm").write_bytes(b"no DICOM")

    def handler(event: evt.Event) -> int:
        number = int(event.request.AffectedSOPInstanceUID.rsplit(".", 1)[1])
        time.sleep(0.001 * (number % 3))
        return 0xB000 + (0x007 if number % 2 else 0)

    ae = entity()
    with (
        ae.start_server(
            ("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_STORE, handler)], operations_window=(8, 8)
        ) as server,
        ae.associate(*server.address, ext_neg=[AsynchronousOperationsWindowNegotiation(8, 8)]) as assoc,
    ):
        sent = list(assoc.send_many(sources))
    assert [Path(one.source) for one in sent] == sources
    assert [None if number % 5 == 0 else 0xB007 if number % 2 else 0xB000 for number in range(1, 30)] == [
        one.status.get("Status") for one in sent[:29]
    ]
    assert [type(one.error) for one in sent[4:29:5]] == [NotDicomError] * 5


@pytest.mark.parametrize("by_pool", [False, True])
def test_who_makes_files_one_by_one_does_not_wait_for_many(tmp_path: Path, *, by_pool: bool) -> None:
    seen: Log = Log()

    def made() -> Iterator[Path]:
        for number in range(1, 4):
            time.sleep(0.05)
            yield _file(tmp_path, number)
        # What was made before is sent meanwhile.
        until(lambda: len(seen) == 3, 20)
        yield _file(tmp_path, 4)

    with pair([(evt.EVT_C_STORE, lambda event: seen.add(event.request.MessageID) or 0)]) as (server, assoc):
        sender = AssociationPool(entity(), *server.address) if by_pool else assoc
        assert [sent.status.Status for sent in sender.send_many(made())] == [0] * 4
        if isinstance(sender, AssociationPool):
            sender.close()


def test_many_go_to_a_folder(tmp_path: Path) -> None:
    paths = [_file(tmp_path, number) for number in range(1, 11)]
    with pair(store=tmp_path / "in", durability="os") as (server, assoc):
        assert {one.status.Status for one in assoc.store_many(paths)} == {0}
        assert server.metrics()
    assert sorted(rg.read(path).PatientID for path in (tmp_path / "in").iterdir()) == sorted(
        f"P{number}" for number in range(1, 11)
    )


@pytest.mark.parametrize("as_file", [True, False])
def test_an_answer_that_never_comes_is_an_empty_status(tmp_path: Path, *, as_file: bool) -> None:
    """As pynetdicom's: of a file as of a data set."""

    def handler(event: evt.Event) -> int:
        event.assoc.abort(block=False)
        time.sleep(0.2)
        return 0x0000

    with pair([(evt.EVT_C_STORE, handler)]) as (_, assoc):
        assert assoc.send_c_store(_file(tmp_path, 1) if as_file else image(1)) == rg.Dataset()
        assert not assoc.is_established
        with pytest.raises(RuntimeError):
            assoc.send_c_store(_file(tmp_path, 1))


def test_an_association_that_ends_is_said_of_each(tmp_path: Path) -> None:
    paths = [_file(tmp_path, number) for number in range(1, 5)]

    def handler(event: evt.Event) -> int:
        number = int(event.request.AffectedSOPInstanceUID.rsplit(".", 1)[1])
        if number == 2:
            event.assoc.abort(block=False)
        # The others are under way as well, and answered too late.
        time.sleep(0.2 * (number > 2))
        return 0x0000

    for _ in range(10):
        with pair([(evt.EVT_C_STORE, handler)]) as (_, assoc):
            sent = list(assoc.send_many(paths))
            until(lambda: assoc.is_aborted)
        # What was answered before the end has gone out; the answer to the second one may have.
        assert sent[0].status.Status == 0x0000
        assert all("Status" not in one.status and one.error is not None for one in sent[2:])
        assert len(sent) == 4


@pytest.mark.parametrize("more", [1, 70_001, (3 << 20) + 1])
def test_a_data_set_of_an_odd_length_goes_out_in_fragments_of_even_length(tmp_path: Path, more: int) -> None:
    """PS3.8 E.1, PS3.5 A.5: peers end the association over an odd one."""
    seen: Log = Log()

    def handler(event: evt.Event) -> int:
        seen.add(event.encoded_dataset(include_meta=False))
        return 0x0000

    path = _file(tmp_path, 1)
    path.write_bytes(path.read_bytes() + b"\x01" * more)
    with pair([(evt.EVT_C_STORE, handler)]) as (_, assoc):
        assert assoc.send_c_store(path).Status == 0x0000
        assert [sent.status.Status for sent in assoc.send_many([path])] == [0x0000]
    for data in seen:
        assert len(data) % 2 == 0
        assert path.read_bytes().endswith(data[:-1])
        assert data[-2:] == b"\x01\0"


@pytest.mark.parametrize("kind", ["file", "written otherwise", "data set"])
def test_where_the_association_ends_all_that_is_left_says_so(tmp_path: Path, kind: str) -> None:
    """Whatever was on its way, and whatever comes behind it: no answer is never taken for one."""

    def handler(event: evt.Event) -> int:
        event.assoc.abort()
        return 0x0000

    first = _file(tmp_path, 1, syntax=IMPLICIT if kind == "written otherwise" else EXPLICIT)
    sources = [rg.read(first) if kind == "data set" else first, image(2), _file(tmp_path, 3), image(4)]
    with pair([(evt.EVT_C_STORE, handler)]) as (server, assoc):
        sent = list(assoc.send_many(sources))
        with AssociationPool(server.ae, *server.address, size=1) as pool:
            sent += pool.send_many(sources)
    assert [(len(one.status), type(one.error)) for one in sent] == [(0, AssociationOverError)] * 8
    assert all(str(one.error) for one in sent)
