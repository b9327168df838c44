"""Names, against pydicom's class."""

from __future__ import annotations

import copy
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.valuerep import PersonName as Theirs
from radiogram.errors import InvalidValueError, UnencodedNameError, UnsupportedError
from radiogram.values import PersonName

PARTS = (
    "family_name",
    "given_name",
    "middle_name",
    "name_prefix",
    "name_suffix",
    "alphabetic",
    "ideographic",
    "phonetic",
    "components",
)
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:pydicom")

NAMES = st.one_of(
    st.text("AbÄ山 ^=.", max_size=24), st.sampled_from(["", "=", "==", "^^", "=山", "A^B^C^D^E^F", "A=B=C=D"])
)


@given(NAMES)
def test_text_gives_what_pydicom_gives(text: str) -> None:
    ours, theirs = PersonName(text), Theirs(text)
    for part in PARTS:
        assert getattr(ours, part) == getattr(theirs, part), part
    assert (str(ours), repr(ours), len(ours), list(ours)) == (
        str(theirs),
        repr(theirs),
        len(theirs),
        list(theirs),
    )
    assert bool(ours) == bool(theirs)
    assert ours.family_comma_given() == theirs.family_comma_given()
    form = "%(given_name)s %(family_name)s %(ideographic)s"
    assert ours.formatted(form) == theirs.formatted(form)


@given(NAMES, NAMES)
def test_equality_is_that_of_the_text(one: str, other: str) -> None:
    assert (PersonName(one) == other) == (Theirs(one) == other)
    assert (PersonName(one) == PersonName(other)) == (Theirs(one) == Theirs(other))
    # In pydicom a name and the equal text have two hashes.
    if PersonName(one) == other:
        assert hash(PersonName(one)) == hash(other)


@given(st.binary(max_size=12), st.sampled_from(["latin_1", "utf8", "iso8859_5"]))
def test_bytes_give_what_pydicom_gives(data: bytes, encoding: str) -> None:
    # Escape sequences, and groups that a broken character runs across, are the reader's.
    if b"\x1b" in data or (encoding == "utf8" and not data.isascii()):
        return
    ours, theirs = PersonName(data, [encoding]), Theirs(data, [encoding])
    assert (str(ours), ours.components, ours.encodings) == (str(theirs), theirs.components, theirs.encodings)
    assert ours.encode() == theirs.encode() == data


def test_named_components() -> None:
    parts = {
        "family_name": "Hong",
        "given_name": "Gildong",
        "family_name_ideographic": "洪",
        "given_name_ideographic": "吉洞",
        "family_name_phonetic": "홍",
        "given_name_phonetic": "길동",
    }
    name = PersonName.from_named_components(**parts, encodings=["utf8"])
    assert name == "Hong^Gildong=洪^吉洞=홍^길동"
    assert str(name) == str(Theirs.from_named_components(**parts, encodings=["utf8"]))
    assert name.original_string == "Hong^Gildong=洪^吉洞=홍^길동".encode()
    assert PersonName.from_named_components(b"Doe", "J") == "Doe^J"
    assert (
        PersonName.from_named_components_veterinary("ABC Farms", patient_name_phonetic="x") == "ABC Farms==^x"
    )
    with pytest.raises(InvalidValueError) as caught:
        PersonName.from_named_components("Doe^Jane")
    assert "Doe" not in str(caught.value)


def test_encodings() -> None:
    name = PersonName("Müller", ["latin_1"], "Müller".encode("latin_1"))
    assert name.encode() == b"M\xfcller"
    assert name.encode(["utf8"]) == b"M\xc3\xbcller"
    assert name.decode(["iso8859_5"]) == "Mќller"
    assert name.decode() is name
    with pytest.raises(UnsupportedError) as caught:
        PersonName("山", ["latin_1"]).encode()
    assert "山" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_names_hash_pickle_and_copy() -> None:
    name = PersonName("Doe^Jane", ["latin_1"], b"Doe^Jane")
    assert {name: 1}["Doe^Jane"] == 1
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        twin = pickle.loads(pickle.dumps(name, protocol))
        assert (twin, twin.encodings, twin.original_string) == (name, name.encodings, b"Doe^Jane")
    assert copy.deepcopy(name) == copy.copy(name) == PersonName(name) == name
    assert "Jane" in name
    assert name != 5
    assert PersonName(None) is None


def test_bytes_that_are_not_known_are_no_attribute() -> None:
    """`hasattr` says so; asking raises."""
    name = PersonName("山田^太郎")
    assert not hasattr(name, "original_string")
    with pytest.raises(UnencodedNameError):
        _ = name.original_string
    assert PersonName("Doe").original_string == b"Doe"
