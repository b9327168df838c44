"""Answers that are made of rows: the same bytes as by data sets, whatever the rows and the query are."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import radiogram as rg
from hypothesis import given, settings
from hypothesis import strategies as st
from radiogram.net.encoding import encoded
from radiogram.net.finding import Encoded
from radiogram.net.served import Index
from radiogram.net.served.schema import COLUMNS
from radiogram.net.services import QueryRetrieve, uids

from tests.net.services.fakes import Asked

FIND = uids("StudyRootQueryRetrieveInformationModelFind")[0]
IMPLICIT, EXPLICIT, BIG = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2"
VALUES: dict[str, tuple[str | None, ...]] = {
    "PatientName": (
        "Doe^Jane",
        "Müller^Jürgen",
        "Yamada^Tarou=山田^太郎",
        None,
        "A" * 70,
        "doe",
        "a\x1bb",
        "Doe^",
        "^Doe",
        "Van Dük^J.-P.^^X",
        "a^b^c^d^e^f^g",
        "٣^Ω e\u0301",
        "a  b",
        "Dr.^A" * 13,
    ),
    "PatientID": (
        "1",
        "A_b.c-d",
        "1\\2",
        "É",
        " x",
        None,
        "A" * 65,
        "12",
        "x y",
        "É. Ω-1_x x",
        "x  y",
        "e\u0301",
        "a\u2028b",
        "É" * 64,
        "É" * 65,
    ),
    "PatientBirthDate": ("20040119", "2004.01.19", "20049999", "99999999", None, "later"),
    "PatientSex": ("M", "m", "OTHER_1", "F ", None, "A" * 17),
    "StudyDate": ("20040119", "2004.01.19", "20040120\\20040121", None, "2004"),
    "StudyTime": ("120000", "120000.5", "12", "2561", None, "noon"),
    "StudyID": ("1", "A" * 16, "A" * 17, "É", "a b", "É" * 16, "É" * 17, "-"),
    "Modality": ("CT", "MR", "ct", "CT\\MR", None),
    "SeriesNumber": ("1", "012", "+5", "-3", "1.5", "99999999999", "many", None),
    "InstanceNumber": ("0", "7", "-0", "123456789", "2147483648", "1\\2", None, "-7", "007"),
    "SOPClassUID": ("1.2.840.10008.5.1.4.1.1.2", "1..2", "01.2", "1.2.3" + ".1" * 40, None, "abc"),
    "NumberOfFrames": ("1", " ", None),
    "Rows": ("512", "x", "70000", "0", None),
}
"""Of a column by turns: what is usual, and what files say all the same."""


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with Index(tmp_path_factory.mktemp("rows")) as index:
        for number in range(600):
            row: dict[str, Any] = {name: values[number // 3 % len(values)] for name, values in VALUES.items()}
            row |= {"StudyInstanceUID": f"1.2.{number // 6}", "SeriesInstanceUID": f"1.3.{number // 3}"}
            row |= {"SOPInstanceUID": f"1.4.{number}", "path": f"{number}.dcm", "size": 1, "changed": 1}
            index.add(row)
        index.flush()
        yield index


def asked(store: Any, query: rg.Dataset, syntax: str) -> list[Any]:
    """Give what is answered, as it is sent."""
    context = SimpleNamespace(abstract_syntax=FIND, transfer_syntax=syntax)
    provider = QueryRetrieve(store, title="ARCHIVE", relational=True)
    found: list[Any] = []
    for status, some in Asked(provider).ask("c_find", FIND, identifier=query, context=context):
        several = some if isinstance(some, Encoded) else [encoded(some, syntax)]
        found += [(status, one) for one in several]
    return found


def without_answers(index: Index) -> Any:
    return SimpleNamespace(candidates=index.candidates, instances=index.instances)


KEYS = sorted({name for names in COLUMNS.values() for name in names} | {"NumberOfStudyRelatedInstances"})
ASKED: dict[str, st.SearchStrategy[Any]] = {
    "PatientName": st.sampled_from(["doe*", "Müller*", "?oe^Jane", '""', "*"]),
    "PatientID": st.sampled_from(["1", "1*", "A_b.c-d", "*", '""']),
    "StudyDate": st.sampled_from(["20040119", "-20040119", "20040101-20041231"]),
    "StudyTime": st.sampled_from(["120000", "10-13"]),
    "Modality": st.sampled_from(["CT", ["CT", "MR"], "C*"]),
    "StudyInstanceUID": st.lists(st.integers(0, 110).map("1.2.{}".format), min_size=1, max_size=4),
    "SeriesInstanceUID": st.lists(st.integers(0, 210).map("1.3.{}".format), min_size=1, max_size=4),
    "SOPClassUID": st.sampled_from(["1.2.840.10008.5.1.4.1.1.2", ["1..2", "1.2"], "abc"]),
    "InstanceNumber": st.sampled_from(["7", "0"]),
}


@settings(max_examples=120, deadline=None)
@given(data=st.data())
def test_answers_of_rows_are_those_of_data_sets(index: Index, data: Any) -> None:
    """Whatever is asked: the same answers, byte by byte."""
    query = rg.Dataset({"SpecificCharacterSet": "ISO_IR 192"})
    query.QueryRetrieveLevel = data.draw(st.sampled_from(["STUDY", "SERIES", "IMAGE"]))
    for name in data.draw(st.lists(st.sampled_from(KEYS), unique=True, max_size=8)):
        setattr(query, name, data.draw(st.none() | ASKED.get(name, st.none())))
    syntax = data.draw(st.sampled_from([IMPLICIT, EXPLICIT, BIG]))
    expected = asked(without_answers(index), query, syntax)
    assert sorted(asked(index, query, syntax)) == sorted(expected)


@pytest.mark.parametrize(
    ("keys", "syntax", "is_prepared"),
    [
        ({"StudyInstanceUID": "1.2.3", "SeriesNumber": None}, IMPLICIT, True),
        ({"PatientName": "doe*", "RetrieveAETitle": None, "TimezoneOffsetFromUTC": None}, EXPLICIT, True),
        ({"PatientName": "doe*"}, BIG, False),
        ({"PatientName": "doe*", "InstitutionName": None}, IMPLICIT, False),
        ({"PatientName": "doe*", "ReferencedStudySequence": None}, IMPLICIT, False),
    ],
)
def test_rows_answer_where_the_index_holds_all(
    index: Index, keys: dict[str, Any], syntax: str, is_prepared: bool
) -> None:
    query = rg.Dataset({"QueryRetrieveLevel": "SERIES", **keys})
    found = asked(index, query, syntax)
    assert found
    assert sorted(found) == sorted(asked(without_answers(index), query, syntax))
    context = SimpleNamespace(abstract_syntax=FIND, transfer_syntax=syntax)
    provider = QueryRetrieve(index, title="ARCHIVE", relational=True)
    (_, first), *_ = Asked(provider).ask("c_find", FIND, identifier=query, context=context)
    assert isinstance(first, Encoded) == is_prepared


def test_the_writer_has_the_last_word_on_what_is_said_always(index: Index) -> None:
    """A title that cannot be written is no answer, by either way."""
    query = rg.Dataset({"QueryRetrieveLevel": "STUDY", "PatientID": None})
    assert index.answers("STUDY", query, query, _agreed(), {"RetrieveAETitle": "É"}, IMPLICIT) is None


def _agreed() -> Any:
    from radiogram.net.matching import Matching

    return Matching()
