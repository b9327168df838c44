"""Edits: whatever is done to a dataset and to pydicom's, both hold the same afterwards; what was handed out stays."""

from __future__ import annotations

import copy
import struct
import tempfile
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import pydicom
import radiogram as rg
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from pydicom import config
from pydicom.dataset import Dataset as Theirs
from pydicom.multival import MultiValue as TheirList
from pydicom.valuerep import DSfloat, PersonName

from tests import build
from tests.build import element, item, sequence
from tests.laws.saving import LARGE, SAMPLES, Saving

CONTENT = build.file(
    element(0x00080005, "CS", "ISO_IR 100")
    + element(0x00080008, "CS", "ORIGINAL\\PRIMARY\\AXIAL")
    + sequence(
        0x00081140,
        item(element(0x00081150, "UI", "1.2.3") + element(0x00081155, "UI", "1.2.3.4")),
        item(
            element(0x00081155, "UI", "1.2.3.5")
            + sequence(0x00081140, item(element(0x00100020, "LO", "deep")), item(b""))
        ),
    )
    + element(0x00090010, "LO", "SOMEBODY")
    + element(0x00091001, "LO", "theirs")
    + element(0x00100010, "PN", "Doe^Jane")
    + element(0x00100020, "LO", "X1")
    + element(0x00181149, "IS", "10\\020")
    + element(0x00280010, "US", struct.pack("<H", 2))
    + element(0x00280030, "DS", "0.50\\1.0")
    + element(LARGE, "OW", SAMPLES)
)

WORDS = st.sampled_from(("A", "B C", "Z9", "WORD"))
UIDS = st.sampled_from(("1.2", "1.2.840.10008.1.2", "2.25.1"))
DECIMALS = st.one_of(
    st.sampled_from(("1.50", "-2", "0.1")), st.integers(-9, 9), st.sampled_from((0.25, -1.5))
)
WHOLE = st.one_of(st.integers(-99, 99), st.sampled_from(("7", "-3")))
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "PatientName": st.sampled_from(("Doe^John", "Yamada^Tarou", "")),
    "PatientID": WORDS,
    "ImageType": st.lists(WORDS, min_size=2, max_size=4),
    "PixelSpacing": st.lists(DECIMALS, min_size=2, max_size=3),
    "SliceThickness": DECIMALS,
    "FieldOfViewDimensions": st.lists(WHOLE, min_size=2, max_size=3),
    "InstanceNumber": WHOLE,
    "Rows": st.integers(0, 65535),
    "SOPInstanceUID": UIDS,
    "StudyDate": st.sampled_from(("20200101", "19991231")),
    "PatientWeight": st.none(),
    "FrameIncrementPointer": st.sampled_from((0x00181063, 0x00181065)),
    "RecommendedDisplayFrameRateInFloat": st.sampled_from((0.5, 2.0)),
    "TableOfXBreakPoints": st.lists(st.integers(0, 9), min_size=2, max_size=3),
    "ICCProfile": st.binary(max_size=6).map(lambda part: part * 2),
}
KEYWORDS = st.sampled_from(sorted(VALUES))
LISTS = ("ImageType", "PixelSpacing", "FieldOfViewDimensions", "TableOfXBreakPoints")
SEQUENCES = st.sampled_from(("ReferencedImageSequence", "OtherPatientIDsSequence"))


def plain(value: Any) -> object:
    """Make of a value of either library what can be compared."""
    if isinstance(value, (TheirList, list, tuple)):
        return [plain(part) for part in value]
    if isinstance(value, (PersonName, rg.values.PersonName)):
        return ("name", str(value))
    if isinstance(value, (DSfloat, rg.values.DSfloat)):
        return ("decimal", float(value), getattr(value, "original_string", None) or None)
    if isinstance(value, str):
        return str(value)
    return value


def told(ds: Any) -> list[object]:
    """Tell what is in a dataset of either library, depth first."""
    elements: list[object] = []
    for elem in ds:
        if int(elem.tag) == LARGE:
            elements.append((LARGE, str(elem.VR), "left alone"))
            continue
        held = [told(part) for part in elem.value] if elem.VR == "SQ" else plain(elem.value)
        elements.append((int(elem.tag), str(elem.VR), held))
    return elements


READ = told(rg.read(CONTENT))


class Edits(Saving, RuleBasedStateMachine):
    """Both libraries under the same edits."""

    ours: rg.Dataset
    theirs: Theirs
    path: Path | None = None
    tell = staticmethod(told)
    as_read: list[object] = READ

    @initialize(source=st.sampled_from(("nothing", "bytes", "path", "path")))
    def begin(self, source: str) -> None:
        """Begin with a file, with the same in memory, or with nothing."""
        self.mode = config.settings.writing_validation_mode
        config.settings.writing_validation_mode = config.IGNORE
        fresh = source == "nothing"
        self.folder = tempfile.TemporaryDirectory()
        if source == "path":
            self.path = Path(self.folder.name, "a.dcm")
            self.path.write_bytes(CONTENT)
        self.ours = rg.Dataset() if fresh else rg.read(self.path or CONTENT)
        self.theirs = Theirs() if fresh else pydicom.dcmread(pydicom.filebase.DicomBytesIO(CONTENT))
        self.loose: list[tuple[rg.Dataset, Theirs]] = []
        self.held: list[tuple[Any, object]] = []

    def teardown(self) -> None:
        """Leave pydicom as it was."""
        if hasattr(self, "mode"):
            config.settings.writing_validation_mode = self.mode
            self.folder.cleanup()

    # -- places --------------------------------------------------------------------------------------

    def place(self, data: st.DataObject) -> tuple[Any, Any]:
        """Choose a dataset of the tree: ours and theirs."""
        ours, theirs = self.ours, self.theirs
        while data.draw(st.booleans(), "deeper"):
            inner = [elem.tag for elem in ours if elem.VR == "SQ" and len(elem.value)]
            if not inner:
                break
            tag = data.draw(st.sampled_from(inner), "sequence")
            number = data.draw(st.integers(0, len(ours[tag].value) - 1), "item")
            ours, theirs = ours[tag].value[number], theirs[tag].value[number]
        return ours, theirs

    def items(self, data: st.DataObject, keyword: str) -> tuple[Any, Any]:
        """Choose a sequence: it is made where there is none."""
        ours, theirs = self.place(data)
        for ds, empty in ((ours, rg.Sequence()), (theirs, pydicom.Sequence())):
            if keyword not in ds:
                setattr(ds, keyword, empty)
        return ours[keyword].value, theirs[keyword].value

    # -- elements ------------------------------------------------------------------------------------

    @rule(data=st.data(), keyword=KEYWORDS)
    def set_by_keyword(self, data: st.DataObject, keyword: str) -> None:
        """``ds.Keyword = value``."""
        value = data.draw(VALUES[keyword])
        for ds in self.place(data):
            setattr(ds, keyword, copy.copy(value))

    @rule(data=st.data(), keyword=KEYWORDS)
    def set_an_element(self, data: st.DataObject, keyword: str) -> None:
        """``ds[tag] = DataElement``: what was there before is another element, and stays as it is."""
        value = data.draw(VALUES[keyword])
        ours, theirs = self.place(data)
        vr = rg.dictionary.dictionary_VR(keyword)
        ours[keyword] = rg.DataElement(keyword, vr, value)
        theirs[keyword] = pydicom.DataElement(keyword, vr, value)

    @rule(data=st.data())
    def set_a_value(self, data: st.DataObject) -> None:
        """``elem.value = value`` through an element that was handed out."""
        ours, theirs = self.place(data)
        there = sorted(key for key in VALUES if key in ours)
        if there:
            keyword = data.draw(st.sampled_from(there))
            value = data.draw(VALUES[keyword])
            one, other = ours[keyword], theirs[keyword]
            second = ours[keyword]
            one.value = other.value = value
            assert plain(second.value) == plain(one.value)

    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        """``del`` in each of its ways."""
        ours, theirs = self.place(data)
        tags = [int(elem.tag) for elem in ours]
        if not tags:
            return
        tag = data.draw(st.sampled_from(tags))
        way = data.draw(st.sampled_from(("keyword", "tag", "pop", "group")))
        if way == "keyword" and ours[tag].keyword:
            keyword = ours[tag].keyword
            delattr(ours, keyword)
            delattr(theirs, keyword)
        elif way == "pop":
            gone = ours[tag]
            before = told_element(gone)
            self.held.append((gone, before))
            assert told_element(ours.pop(tag)) == before
            theirs.pop(tag)
        elif way == "group":
            group = tag & 0xFFFF0000
            del ours[group : group + 0x10000]
            del theirs[group : group + 0x10000]
        else:
            del ours[tag]
            del theirs[tag]
        assert tag not in ours

    @rule(data=st.data())
    def put_back(self, data: st.DataObject) -> None:
        """An element is taken out, sometimes changed, and put where it was, or where it was not."""
        ours, theirs = self.place(data)
        there = sorted(key for key in VALUES if key in ours)
        if not there:
            return
        keyword = data.draw(st.sampled_from(there))
        gone = ours[keyword], theirs[keyword]
        delattr(ours, keyword)
        delattr(theirs, keyword)
        if data.draw(st.booleans(), "changed"):
            gone[0].value = gone[1].value = data.draw(VALUES[keyword])
        places = (ours, theirs) if data.draw(st.booleans(), "here") else self.place(data)
        for ds, elem in zip(places, gone, strict=True):
            ds.add(elem)
        assert told_element(places[0][keyword]) == told_element(gone[0])

    @rule(data=st.data(), keyword=KEYWORDS)
    def set_default(self, data: st.DataObject, keyword: str) -> None:
        """`setdefault` with a value."""
        value = data.draw(VALUES[keyword])
        ours, theirs = self.place(data)
        one = ours.setdefault(keyword, copy.copy(value))
        other = theirs.setdefault(keyword, copy.copy(value))
        assert plain(one.value) == plain(other.value)

    @rule(data=st.data(), word=WORDS)
    def private(self, data: st.DataObject, word: str) -> None:
        """Private blocks, reserved where they are not there."""
        creator = data.draw(st.sampled_from(("SOMEBODY", "ELSE")))
        ours, theirs = self.place(data)
        # pydicom keeps the blocks it gave, also those of the dataset it was copied from, and those that were removed.
        theirs._private_blocks.clear()
        blocks = [ds.private_block(0x0009, creator, create=True) for ds in (ours, theirs)]
        for block in blocks:
            block.add_new(0x02, "LO", word)
        assert blocks[0].get_tag(2) == blocks[1].get_tag(2)
        assert ours[blocks[0].get_tag(2)].private_creator == creator
        assert ours.private_creators(0x0009) == theirs.private_creators(0x0009)

    @rule()
    def remove_private(self) -> None:
        """All private elements go, in sequences too."""
        self.ours.remove_private_tags()
        self.theirs.remove_private_tags()

    # -- lists ---------------------------------------------------------------------------------------

    @rule(data=st.data(), way=st.sampled_from(("set", "append", "del", "insert", "reverse", "extend", "pop")))
    def change_a_list(self, data: st.DataObject, way: str) -> None:
        """A list that was handed out is the value of its element."""
        ours, theirs = self.place(data)
        there = [key for key in LISTS if key in ours and isinstance(ours[key].value, list)]
        if not there:
            return
        keyword = data.draw(st.sampled_from(there))
        part = data.draw(VALUES[keyword])
        one, other = getattr(ours, keyword), getattr(theirs, keyword)
        again = getattr(ours, keyword)
        assert again is one
        for values in (one, other):
            if way == "set":
                values[0] = part[0]
            elif way == "append":
                values.append(part[0])
            elif way == "insert":
                values.insert(1, part[0])
            elif way == "extend":
                values.extend(part)
            elif len(values) > 2 and way == "del":
                del values[-1]
            elif len(values) > 2 and way == "pop":
                values.pop(0)
            elif way == "reverse":
                values.reverse()
        assert getattr(ours, keyword) is one

    # -- sequences -----------------------------------------------------------------------------------

    @rule(data=st.data(), keyword=SEQUENCES, word=WORDS)
    def add_an_item(self, data: st.DataObject, keyword: str, word: str) -> None:
        """A new dataset goes in; it is kept, to be put elsewhere too."""
        sequences = self.items(data, keyword)
        number = data.draw(st.integers(0, len(sequences[0])))
        made = rg.Dataset(), Theirs()
        for ds, items in zip(made, sequences, strict=True):
            ds.PatientID = word
            items.insert(number, ds)
        assert sequences[0][number] is made[0]
        self.loose.append(made)

    @rule(data=st.data(), keyword=SEQUENCES)
    def share_an_item(self, data: st.DataObject, keyword: str) -> None:
        """A dataset that was put in somewhere is put in here as well; not into itself."""
        if not self.loose or len(told(self.ours)) > 40:
            return
        shared = data.draw(st.sampled_from(self.loose))
        # At the root, or nothing could keep it out of itself.
        for ds, part, empty in zip(
            (self.ours, self.theirs), shared, (rg.Sequence(), pydicom.Sequence()), strict=True
        ):
            if keyword not in ds:
                setattr(ds, keyword, empty)
            ds[keyword].value.append(part)

    @rule(
        data=st.data(),
        keyword=SEQUENCES,
        way=st.sampled_from(("del", "pop", "reverse", "swap", "slice", "clear")),
    )
    def change_the_structure(self, data: st.DataObject, keyword: str, way: str) -> None:
        """Items go, and change places."""
        sequences = self.items(data, keyword)
        length = len(sequences[0])
        number = data.draw(st.integers(0, max(length - 1, 0)))
        for items in sequences:
            if way == "reverse":
                items.reverse() if isinstance(items, rg.Sequence) else items.__setitem__(
                    slice(None), items[::-1]
                )
            elif way == "clear":
                del items[:]
            elif way == "slice":
                items[number:] = items[:number]
            elif length and way == "del":
                del items[number]
            elif length and way == "pop":
                items.pop(number)
            elif length and way == "swap":
                items[0], items[number] = items[number], items[0]
        assert len(sequences[0]) == len(sequences[1])

    @rule(data=st.data(), keyword=SEQUENCES)
    def assign_a_list(self, data: st.DataObject, keyword: str) -> None:
        """``ds.Sequence = [...]`` of the items that are there keeps them."""
        ours, theirs = self.place(data)
        if keyword in ours:
            items = list(ours[keyword].value)
            setattr(ours, keyword, items[::-1])
            setattr(theirs, keyword, list(theirs[keyword].value)[::-1])
            assert all(a is b for a, b in zip(ours[keyword].value, reversed(items), strict=True))

    # -- copies --------------------------------------------------------------------------------------

    @rule()
    def go_on_with_a_deep_copy(self) -> None:
        """It equals what it was made of, and shares nothing with it."""
        before = told(self.ours)
        made = copy.deepcopy(self.ours)
        assert made == self.ours
        self.ours.PatientComments = "only here"
        assert told(made) == before
        self.ours, self.theirs = made, copy.deepcopy(self.theirs)
        self.loose, self.held = [], []

    @rule(data=st.data(), keyword=KEYWORDS)
    def change_a_slice(self, data: st.DataObject, keyword: str) -> None:
        """A slice shares its elements with the dataset, and is another dataset."""
        value = data.draw(VALUES[keyword])
        ours, theirs = self.place(data)
        parts = ours[0x00080000:0x00200000], theirs[0x00080000:0x00200000]
        assert told(parts[0]) == told(parts[1])
        for part in parts:
            setattr(part, keyword, copy.copy(value))
            if "PatientID" in part:
                del part.PatientID
        assert told(parts[0]) == told(parts[1])

    @rule(data=st.data())
    def take_from_another(self, data: st.DataObject) -> None:
        """`update` and item assignment share the elements of another dataset."""
        ours, theirs = self.place(data)
        sources = rg.read(CONTENT), pydicom.dcmread(pydicom.filebase.DicomBytesIO(CONTENT))
        key = data.draw(st.sampled_from(("ImageType", "PatientName", "PixelSpacing")))
        for ds, source in zip((ours, theirs), sources, strict=True):
            ds[key] = source[key]
            ds.update({"PatientID": "UPDATED"})
            if key == "ImageType":
                source.ImageType[0] = "SHARED"

    # -- laws ----------------------------------------------------------------------------------------

    @invariant()
    def both_hold_the_same(self) -> None:
        """Elements, VRs, values, order, at any depth; and the ways to ask agree with each other."""
        if not hasattr(self, "ours"):
            return
        assert told(self.ours) == told(self.theirs)
        tags = [int(elem.tag) for elem in self.ours]
        assert tags == list(self.ours.keys())
        assert len(self.ours) == len(tags)
        assert all(tag in self.ours for tag in tags)
        assert [int(e.tag) for e in self.ours.iterall()] == [int(e.tag) for e in self.theirs.iterall()]
        assert self.ours.dir() == self.theirs.dir()

    @invariant()
    def what_was_taken_out_is_unchanged(self) -> None:
        """An element that was removed stays valid for who holds it."""
        for elem, before in getattr(self, "held", []):
            if elem.VR != "SQ":
                assert told_element(elem) == before

    @invariant()
    def a_draft_says_what_changed(self) -> None:
        """There is one, and it is empty where nothing was changed; where it is empty, the dataset is what was read."""
        if hasattr(self, "ours"):
            lines, _ = self.ours._drafted()
            assert bool(lines) <= self.ours._is_edited
            if not lines and not self.ours._is_blank:
                assert told(self.ours) == self.as_read


def told_element(elem: Any) -> object:
    """Tell what is in one element."""
    held = [told(part) for part in elem.value] if elem.VR == "SQ" else plain(elem.value)
    return (int(elem.tag), str(elem.VR), held)


TestEdits = Edits.TestCase
TestEdits.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
