"""C-MOVE: what is proposed to the destination, and what arrives there (PS3.4 C.4.2)."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
import radiogram as rg
from pydicom.data import get_testdata_file
from radiogram.net import AE, ALL_TRANSFER_SYNTAXES, evt, services
from radiogram.net.found import Found
from radiogram.net.services import ObjectQueries, QueryRetrieve, uids
from radiogram.net.services.moving import destination

from .test_over_a_network import called, served

if TYPE_CHECKING:
    from collections.abc import Iterator

MR, PROTOCOL = uids("MRImageStorage", "HangingProtocolStorage")
RLE, NATIVE = "1.2.840.10008.1.2.5", ("1.2.840.10008.1.2.1", "1.2.840.10008.1.2")
FILE = str(get_testdata_file("MR_small_RLE.dcm"))


@pytest.fixture
def there() -> Iterator[tuple[AE, list[Any], tuple[str, int]]]:
    """An application entity that instances are moved to, and those that came."""
    came: list[Any] = []

    def take(event: Any) -> int:
        came.append((str(event.context.transfer_syntax), event.request.DataSet.getvalue()))
        return 0x0000

    entity = AE(ae_title="THERE")
    entity.add_supported_context(PROTOCOL)
    entity.add_supported_context(MR, ALL_TRANSFER_SYNTAXES)
    with entity.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_STORE, take)]) as server:
        yield entity, came, ("127.0.0.1", server.address[1])


class Compressed:
    """One image, as the index of a folder has it."""

    def candidates(self, *_: Any) -> list[rg.Dataset]:
        return []

    def instances(self, *_: Any) -> list[Found]:
        return [Found(FILE, MR, str(rg.read(FILE).SOPInstanceUID), RLE)]


def moved(provider: services.Provider, model: str, **keys: str) -> Any:
    (move,) = uids(f"{model}InformationModelMove")
    with served(provider) as server, called(server, move) as association:
        *_, (status, _) = association.send_c_move(rg.Dataset(keys), "THERE", move)
    return status


def test_what_is_compressed_arrives_as_it_is(there: Any) -> None:
    _, came, place = there
    keys = {"QueryRetrieveLevel": "STUDY", "StudyInstanceUID": "1.2"}
    provider = QueryRetrieve(Compressed(), destinations={"THERE": place})
    assert moved(provider, "StudyRootQueryRetrieve", **keys).NumberOfCompletedSuboperations == 1
    ((syntax, data),) = came
    assert syntax == RLE
    assert Path(FILE).read_bytes().endswith(data)


def test_what_the_destination_does_not_take_is_brought_into_what_it_does(there: Any) -> None:
    entity, came, place = there
    entity.remove_supported_context(MR)
    entity.add_supported_context(MR, list(NATIVE))
    keys = {"QueryRetrieveLevel": "STUDY", "StudyInstanceUID": "1.2"}
    provider = QueryRetrieve(Compressed(), destinations={"THERE": place})
    assert moved(provider, "StudyRootQueryRetrieve", **keys).NumberOfCompletedSuboperations == 1
    assert came[0][0] in NATIVE


def test_hanging_protocols_are_moved(there: Any) -> None:
    _, came, place = there
    protocol = rg.Dataset({"SOPClassUID": PROTOCOL, "SOPInstanceUID": "1.3", "HangingProtocolName": "CHEST"})
    provider = ObjectQueries([protocol], "HangingProtocol", destinations={"THERE": place})
    status = moved(provider, "HangingProtocol", SOPInstanceUID="1.3")
    assert (status.Status, status.NumberOfCompletedSuboperations, len(came)) == (0, 1, 1)


def test_what_somebody_chose_stays_as_it_is() -> None:
    found = [Found("a.dcm", MR, "1.2", RLE)]
    chosen = ("h", 1, {"tls": None})
    assert destination(SimpleNamespace(assoc=SimpleNamespace()), chosen, found) == chosen
    entity = SimpleNamespace(requested_contexts=["any"])
    event = SimpleNamespace(assoc=SimpleNamespace(ae=entity))
    assert destination(event, ("h", 1), found) == ("h", 1)
    assert destination(event, ("h", 1), [Found("a.dcm", "", "", "")]) == ("h", 1)


def test_each_class_has_a_plain_context_where_there_are_too_many() -> None:
    event = SimpleNamespace(assoc=SimpleNamespace())
    classes = [f"1.2.{number}" for number in range(100)]
    found = [
        Found("a.dcm", uid, "1.2", syntax) for uid in classes for syntax in (RLE, "1.2.840.10008.1.2.4.90")
    ]
    *_, options = destination(event, ("h", 1), found)
    proposed = options["contexts"]
    assert len(proposed) == 128
    plain = [str(one.abstract_syntax) for one in proposed if str(one.transfer_syntax[0]) in NATIVE]
    assert sorted(plain) == sorted(classes)
