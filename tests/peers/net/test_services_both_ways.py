"""Services of few messages with pynetdicom on the other side: it uses our providers, and provides what our users ask."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
import radiogram as rg
from radiogram._tables.queries import MODELS
from radiogram.net import AE, services
from radiogram.net.services.inventories import INSTANCE, InventoryCreation
from radiogram.net.services.inventory_user import Inventories, pause_inventory, request_inventory
from radiogram.net.services.machines import DISPLAY
from radiogram.net.services.media import media_status, request_media
from radiogram.net.services.notices import log_event, log_substance, notify_availability
from radiogram.net.services.objects import models, storage_of

from tests.net.services.fakes import Halting
from tests.net.services.test_mpps import fill
from tests.net.services.test_repository import UIDS, Studies

pynetdicom = pytest.importorskip("pynetdicom")

from pydicom.dataset import Dataset  # noqa: E402
from pydicom.uid import generate_uid  # noqa: E402
from pynetdicom import evt  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterator

CREATION, REPOSITORY = services.uids("InventoryCreation", "RepositoryQuery")
RT = services.MachineVerification.contexts[0]


def of(**elements: Any) -> Any:
    made = Dataset()
    for keyword, value in elements.items():
        setattr(made, keyword, value)
    return made


class Told:
    """What pynetdicom was told of."""

    def __init__(self) -> None:
        self.reports: list[tuple[str, int, Any]] = []
        self.came = threading.Condition()

    def hear(self, event: Any) -> tuple[int, None]:
        with self.came:
            said = event.event_information if event.request.EventInformation is not None else None
            self.reports.append((str(event.request.AffectedSOPClassUID), event.event_type, said))
            self.came.notify_all()
        return 0x0000, None

    def wait(self, sop_class: str, event_type: int) -> Any:
        def there() -> Any:
            return next((one for one in self.reports if one[:2] == (sop_class, event_type)), None)

        with self.came:
            found = self.came.wait_for(there, 20)
        assert found is not None, (sop_class, event_type)
        return found[2]


@contextmanager
def asked(*providers: Any) -> Iterator[tuple[Any, Told]]:
    """Give an association of pynetdicom with our providers."""
    together, entity, asker, told = (
        services.Services(*providers),
        AE("PROVIDER"),
        pynetdicom.AE("PEER"),
        Told(),
    )
    for uid in together.contexts:
        entity.add_supported_context(uid, scu_role=True, scp_role=True)
        asker.add_requested_context(uid)
    handlers = [(evt.EVT_N_EVENT_REPORT, told.hear)]
    with (
        together,
        entity.start_server(("127.0.0.1", 0), block=False, evt_handlers=together.handlers()) as server,
    ):
        association = asker.associate("127.0.0.1", server.address[1], evt_handlers=handlers)
        assert association.is_established
        yield association, told
        association.release()


@contextmanager
def provided(classes: tuple[str, ...], handlers: list[Any], **options: Any) -> Iterator[Any]:
    """Give our association with a server of pynetdicom."""
    entity = pynetdicom.AE("PEER")
    # Its reactor may take the answer to its own report away from who waits for it.
    entity.dimse_timeout = 2
    for uid in classes:
        entity.add_supported_context(uid)
    server = entity.start_server(("127.0.0.1", 0), block=False, evt_handlers=handlers)
    ours = AE("RADIOGRAM")
    for uid in classes:
        ours.add_requested_context(uid)
    try:
        with ours.associate("127.0.0.1", server.server_address[1], **options) as association:
            assert association.is_established
            yield association
    finally:
        server.shutdown()


# -- it uses our providers ---------------------------------------------------------------------------------------


def test_it_asks_for_an_inventory() -> None:
    kept: list[rg.Dataset] = []
    repository = Halting()
    with asked(InventoryCreation(repository, kept.append, title="ARCHIVE")) as (association, told):
        transaction = generate_uid()
        begin = of(TransactionUID=transaction, InventoryLevel="SERIES", ScopeOfInventorySequence=[])
        assert association.send_n_action(begin, 11, CREATION, INSTANCE)[0].Status == 0
        named = of(TransactionUID=transaction)
        assert association.send_n_action(named, 14, CREATION, INSTANCE)[0].Status == 0
        assert told.wait(CREATION, 12).TransactionStatus == "PAUSED"
        assert association.send_n_action(named, 15, CREATION, INSTANCE)[0].Status == 0
        repository.going.release(9)
        ended = told.wait(CREATION, 11)
        assert association.send_n_action(named, 14, CREATION, INSTANCE)[0].Status == 0x0110
        assert association.send_n_action(named, 99, CREATION, INSTANCE)[0].Status == 0x0123
    assert (ended.TransactionStatus, ended.RetrieveAETitle, ended.TotalNumberOfStudyRecords) == (
        "COMPLETE",
        "ARCHIVE",
        3,
    )
    assert ended.ReferencedSOPInstanceUID == kept[0].SOPInstanceUID


def test_it_asks_a_repository_and_goes_on() -> None:
    """It waits for a response after B001, which is the last one (PS3.7 C.4), so that none is asked for that has it."""
    with asked(services.RepositoryQuery(Studies())) as (association, _):
        query = of(QueryRetrieveLevel="STUDY", StudyInstanceUID="", RecordKey=b"")
        *every, (status, _) = association.send_c_find(query, REPOSITORY)
        assert status.Status == 0
        query.PriorRecordKey = every[1][1].RecordKey
        *rest, (status, _) = association.send_c_find(query, REPOSITORY)
        assert status.Status == 0
        query.PriorRecordKey = b"no key"
        ((status, _),) = association.send_c_find(query, REPOSITORY)
        assert status.Status == 0xA710
    assert [ds.StudyInstanceUID for _, ds in every] == sorted(UIDS)
    assert [ds.StudyInstanceUID for _, ds in rest] == sorted(UIDS)[2:]


def test_it_has_a_beam_verified_and_asks_a_display_system() -> None:
    def verify(_ds: rg.Dataset) -> rg.Dataset:
        return rg.Dataset({"TreatmentVerificationStatus": "VERIFIED"})

    described = rg.Dataset({"Manufacturer": "radiogram"})
    providers = services.MachineVerification(verify), services.DisplaySystem(lambda: described)
    with asked(*providers) as (association, told):
        uid = generate_uid()
        plan = of(ReferencedSOPClassUID="1.2.840.10008.5.1.4.1.1.481.5", ReferencedSOPInstanceUID="1.2.3")
        begin = of(ReferencedRTPlanSequence=[plan], PatientID="X1", GeneralMachineVerificationSequence=[])
        assert association.send_n_create(begin, RT, uid)[0].Status == 0
        beam = of(GeneralMachineVerificationSequence=[of(BeamName="A")])
        assert association.send_n_set(beam, RT, uid)[0].Status == 0
        assert association.send_n_action(None, 1, RT, uid)[0].Status == 0
        assert told.wait(RT, 2).TreatmentVerificationStatus == "VERIFIED"
        status, found = association.send_n_get([0x3008002C], RT, uid)
        assert (status.Status, found.TreatmentVerificationStatus) == (0, "VERIFIED")
        assert association.send_n_delete(RT, uid).Status == 0
        status, found = association.send_n_get([], services.DisplaySystem.contexts[0], DISPLAY)
        assert (status.Status, found.Manufacturer) == (0, "radiogram")


def test_it_tells_and_logs_and_asks_for_media() -> None:
    notices: list[rg.Dataset] = []
    logged: list[str] = []
    media = services.MediaCreation(lambda _request, copies: copies)
    providers = (
        services.AvailabilityNotices(lambda _uid, ds: notices.append(ds), strict=False),
        services.EventLog(lambda kind, _entry: logged.append(kind), strict=False),
        media,
    )
    with asked(*providers) as (association, _):
        uid = services.AvailabilityNotices.contexts[0]
        assert association.send_n_create(of(StudyInstanceUID="1.2"), uid, generate_uid())[0].Status == 0
        for sop_class, instance in zip(
            services.EventLog.contexts, ("1.2.840.10008.1.40.1", "1.2.840.10008.1.42.1"), strict=True
        ):
            assert association.send_n_action(of(PatientID="X1"), 1, sop_class, instance)[0].Status == 0
        sop_class, uid = services.MediaCreation.contexts[0], generate_uid()
        one = of(
            ReferencedSOPClassUID="1.2",
            ReferencedSOPInstanceUID="1.3",
            RequestedMediaApplicationProfile="STD-GEN-CD",
        )
        request = of(ReferencedSOPSequence=[one])
        assert association.send_n_create(request, sop_class, uid)[0].Status == 0
        assert association.send_n_action(of(NumberOfCopies="2"), 1, sop_class, uid)[0].Status == 0
        media.close()
        status, found = association.send_n_get([], sop_class, uid)
        assert (status.Status, found.ExecutionStatus) == (0, "DONE")
        assert found.TotalNumberOfPiecesOfMediaCreated == 2
    assert (notices[0].StudyInstanceUID, logged) == ("1.2", ["procedure", "substance"])


def test_it_asks_every_model_of_one_level_and_gets_an_object() -> None:
    names = {name: sorted(storage_of(name))[:1] for name in models() if name != "RelevantPatientInformation"}
    held = []
    for number, (name, classes) in enumerate(names.items()):
        ds = rg.Dataset({"SOPClassUID": (classes or ["1.2"])[0], "SOPInstanceUID": f"1.2.{number}"})
        ds.ContentLabel = name.upper()[:16]
        held.append(ds)
    provider = services.ObjectQueries(held, *names)
    together, entity, asker = services.Services(provider), AE("PROVIDER"), pynetdicom.AE("PEER")
    came: list[str] = []

    def take(event: Any) -> int:
        came.append(event.dataset.SOPInstanceUID)
        return 0x0000

    storage = [one for classes in names.values() for one in classes]
    for uid in (*together.contexts, *storage):
        entity.add_supported_context(uid, scu_role=True, scp_role=True)
        asker.add_requested_context(uid)
    roles = [pynetdicom.build_role(uid, scp_role=True) for uid in storage]
    with entity.start_server(("127.0.0.1", 0), block=False, evt_handlers=together.handlers()) as server:
        association = asker.associate(
            "127.0.0.1", server.address[1], ext_neg=roles, evt_handlers=[(evt.EVT_C_STORE, take)]
        )
        assert association.is_established
        for number, name in enumerate(names):
            finds = [uid for uid, row in MODELS.items() if row[:2] == ("C-FIND", name)]
            gets = [uid for uid, row in MODELS.items() if row[:2] == ("C-GET", name)]
            query = of(SOPInstanceUID="", ContentLabel="")
            answers = [ds for _, ds in association.send_c_find(query, finds[0]) if ds is not None]
            # What is no instance of a storage class is in every model: of such there are two here.
            own = [ds for ds in answers if ds.SOPInstanceUID == f"1.2.{number}"]
            assert [ds.ContentLabel for ds in own] == [name.upper()[:16]], name
            assert len(answers) <= 3, name
            for uid in gets:
                *_, (status, _) = association.send_c_get(of(SOPInstanceUID=f"1.2.{number}"), uid)
                assert (status.Status, status.NumberOfCompletedSuboperations) == (0, 1), name
        association.release()
    assert came == [f"1.2.{number}" for number, classes in enumerate(names.values()) if classes]


def test_it_asks_for_information_about_a_patient() -> None:
    def look(_query: rg.Dataset, template: str) -> list[rg.Dataset]:
        return [rg.Dataset({"PatientID": "X1", "ValueType": "CONTAINER", "ContentLabel": template})]

    with asked(services.PatientInformation(look)) as (association, _):
        item = of(MappingResource="DCMR", TemplateIdentifier="9007")
        query = of(PatientID="X1", ContentTemplateSequence=[item])
        (status, found), (last, _) = association.send_c_find(query, services.PatientInformation.contexts[0])
        assert (status.Status, last.Status, found.ContentLabel) == (0xFF00, 0, "9007")


def test_it_prints_a_text_with_a_presentation_lut() -> None:
    pages: list[services.Page] = []
    printing = services.Printing(pages.append, dots=20)
    meta = services.Printing.contexts[0]
    session, film, box, _, annotation, job, printer, lut, configuration = services.Printing.classes
    with asked(printing) as (association, told):
        uids = {name: generate_uid() for name in ("session", "film", "lut")}
        found = association.send_n_get([], configuration, "1.2.840.10008.5.1.1.17.376")[1]
        forms = found.PrinterConfigurationSequence[0].SupportedImageDisplayFormatsSequence
        assert forms[0].PrinterPixelSpacing == [1.27, 1.27]
        shape = of(PresentationLUTShape="LIN OD")
        assert association.send_n_create(shape, lut, uids["lut"])[0].Status == 0
        begin = of(NumberOfCopies="1")
        assert association.send_n_create(begin, session, uids["session"], meta_uid=meta)[0].Status == 0

        def reference(sop_class: str, uid: str) -> Any:
            return of(ReferencedSOPClassUID=sop_class, ReferencedSOPInstanceUID=uid)

        begin = of(
            ImageDisplayFormat="STANDARD\\1,1",
            FilmSizeID="8INX10IN",
            MaxDensity=900,
            AnnotationDisplayFormatID="LABEL",
            ReferencedFilmSessionSequence=[reference(session, uids["session"])],
            ReferencedPresentationLUTSequence=[reference(lut, uids["lut"])],
        )
        status, made = association.send_n_create(begin, film, uids["film"], meta_uid=meta)
        assert (status.Status, made.MaxDensity, made.FilmOrientation) == (0xB605, 400, "PORTRAIT")
        text = made.ReferencedBasicAnnotationBoxSequence[0].ReferencedSOPInstanceUID
        said = of(AnnotationPosition=1, TextString="LEFT")
        assert association.send_n_set(said, annotation, text)[0].Status == 0
        image = of(
            SamplesPerPixel=1,
            PhotometricInterpretation="MONOCHROME2",
            Rows=8,
            Columns=8,
            BitsAllocated=8,
            BitsStored=8,
            HighBit=7,
            PixelRepresentation=0,
            PixelData=bytes([255] * 64),
        )
        image["PixelData"].VR = "OB"
        put = of(ImageBoxPosition=1, BasicGrayscaleImageSequence=[image])
        place = made.ReferencedImageBoxSequence[0].ReferencedSOPInstanceUID
        assert association.send_n_set(put, box, place, meta_uid=meta)[0].Status == 0
        status, reply = association.send_n_action(None, 1, film, uids["film"], meta_uid=meta)
        assert status.Status == 0
        uid = reply.ReferencedPrintJobSequence[0].ReferencedSOPInstanceUID
        assert told.wait(job, 3).PrinterName == "RADIOGRAM"
        assert association.send_n_get([0x21000020], job, uid)[1].ExecutionStatus == "DONE"
        assert association.send_n_get([], printer, "1.2.840.10008.5.1.1.17", meta_uid=meta)[1].PrinterStatus
    assert (pages[0].annotations[0], int(pages[0].array[100, 80])) == ((1, "LEFT"), 65535)


# -- it provides what our users ask ------------------------------------------------------------------------------


def test_our_user_asks_it_for_an_inventory() -> None:
    actions: list[tuple[int, str]] = []
    answered = threading.Event()

    def act(event: Any) -> tuple[int, None]:
        said = event.action_information
        actions.append((event.action_type, said.TransactionUID))
        if event.action_type == 11:
            threading.Thread(target=tell, args=(event.assoc, said.TransactionUID)).start()
        return (0x0110 if event.action_type == 14 else 0x0000), None

    def tell(association: Any, transaction: str) -> None:
        # Its answers and its reports are sent by threads of its own: the second waits for the first.
        assert answered.wait(20)
        said = of(TransactionUID=transaction, TransactionStatus="COMPLETE", TotalNumberOfStudyRecords=7)
        said.ReferencedSOPClassUID, said.ReferencedSOPInstanceUID = "1.2.840.10008.5.1.4.1.1.201.1", "1.2.9"
        said.RetrieveAETitle = "PEER"
        association.send_n_event_report(said, 11, CREATION, INSTANCE)

    hears = Inventories()
    with provided((CREATION,), [(evt.EVT_N_ACTION, act)], evt_handlers=hears.handlers()) as association:
        transaction = request_inventory(association, rg.Dataset({"StudyDate": "2020-"}), level="SERIES")
        with pytest.raises(services.RefusedError) as refused:
            pause_inventory(association, transaction)
        answered.set()
        ended = hears.wait(transaction, 20)
    assert refused.value.status == 0x0110
    assert ended is not None
    assert (ended.instance, ended.title, ended.studies) == ("1.2.9", "PEER", 7)
    assert actions == [(11, transaction), (14, transaction)]


def test_our_user_goes_through_its_repository() -> None:
    asked: list[tuple[bytes | None, int | None]] = []

    def found(event: Any) -> Iterator[tuple[int, Any]]:
        identifier = event.identifier
        asked.append((identifier.get("PriorRecordKey"), identifier.get("MaximumNumberOfRecords")))
        for number in (1, 2):
            yield 0xFF00, of(StudyInstanceUID=f"1.{number}", RecordKey=bytes([number, 0]))

    with provided((REPOSITORY,), [(evt.EVT_C_FIND, found)]) as association:
        query = rg.Dataset({"QueryRetrieveLevel": "STUDY", "StudyInstanceUID": None})
        every = [str(ds.StudyInstanceUID) for ds in services.find_all(association, query, most=5)]
        query.PriorRecordKey = b"\x02\x00"
        assert len(list(services.find_all(association, query))) == 2
    assert every == ["1.1", "1.2"]
    assert asked == [(None, 5), (b"\x02\x00", None)]


def test_our_user_goes_on_where_it_says_success_after_its_limit() -> None:
    """What it says after B001 is passed over, and never taken for the answer to the next query."""

    def found(event: Any) -> Iterator[tuple[int, Any]]:
        after = event.identifier.get("PriorRecordKey")
        first = after[0] + 1 if after else 1
        for number in range(first, min(first + 2, 8)):
            yield 0xFF00, of(StudyInstanceUID=f"1.{number}", RecordKey=bytes([number, 0]))
        if first + 2 < 8:
            yield 0xB001, None

    with provided((REPOSITORY,), [(evt.EVT_C_FIND, found)]) as association:
        query = rg.Dataset({"QueryRetrieveLevel": "STUDY", "StudyInstanceUID": None})
        every = [str(ds.StudyInstanceUID) for ds in services.find_all(association, query)]
        assert association.is_established
    assert every == [f"1.{number}" for number in range(1, 8)]


def test_our_users_ask_it_for_the_rest() -> None:
    came: list[tuple[str, str, Any]] = []

    def create(event: Any) -> tuple[int, Any]:
        came.append(("create", str(event.request.AffectedSOPClassUID), event.attribute_list))
        return 0x0000, event.attribute_list

    def change(event: Any) -> tuple[int, Any]:
        came.append(("set", str(event.request.RequestedSOPClassUID), event.modification_list))
        return 0x0000, event.modification_list

    def act(event: Any) -> tuple[int, Any]:
        came.append(("action", str(event.request.RequestedSOPClassUID), event.action_type))
        return 0x0000, None

    def get(event: Any) -> tuple[int, Any]:
        if str(event.request.RequestedSOPClassUID) == RT:
            return 0x0000, of(TreatmentVerificationStatus="VERIFIED")
        return 0x0000, of(Manufacturer="PEER", ExecutionStatus="IDLE")

    def delete(event: Any) -> int:
        came.append(("delete", str(event.request.RequestedSOPClassUID), None))
        return 0x0000

    display = services.DisplaySystem.contexts[0]
    log, substance = services.EventLog.contexts
    notice, media = services.AvailabilityNotices.contexts[0], services.MediaCreation.contexts[0]
    handlers = [
        (evt.EVT_N_CREATE, create),
        (evt.EVT_N_SET, change),
        (evt.EVT_N_ACTION, act),
        (evt.EVT_N_GET, get),
        (evt.EVT_N_DELETE, delete),
    ]
    with provided((RT, display, log, substance, notice, media), handlers) as association:
        assert services.display_system(association, "Manufacturer").Manufacturer == "PEER"
        going = services.Verification(association, ("1.2", "1.3"), "X1")
        going.set_beam(rg.Dataset({"GeneralMachineVerificationSequence": [rg.Dataset({"BeamName": "A"})]}))
        going.verify()
        assert going.result().TreatmentVerificationStatus == "VERIFIED"
        going.close()
        notify_availability(association, "1.1", {"1.2": [("1.3", "1.4")]}, title="ARCHIVE")
        log_event(association, rg.Dataset(fill("ProceduralEventLogging", "N-ACTION")))
        log_substance(association, rg.Dataset(fill("SubstanceAdministrationLogging", "N-ACTION")))
        assert (
            media_status(association, request_media(association, [("1.2", "1.3")])).ExecutionStatus == "IDLE"
        )
    assert [(kind, uid) for kind, uid, _ in came] == [
        ("create", RT),
        ("set", RT),
        ("action", RT),
        ("delete", RT),
        ("create", notice),
        ("action", log),
        ("action", substance),
        ("create", media),
        ("action", media),
    ]
    assert came[0][2].ReferencedRTPlanSequence[0].ReferencedSOPInstanceUID == "1.3"
    assert came[4][2].ReferencedSeriesSequence[0].ReferencedSOPSequence[0].RetrieveAETitle == "ARCHIVE"
