"""The names in the character set files that pydicom carries, as their authors wrote them."""

from __future__ import annotations

from pathlib import Path

import pydicom
import pydicom.data
import pytest
import radiogram as rg

FOLDER = Path(pydicom.data.__file__).parent / "charset_files"
NAMES = {
    "chrArab": "قباني^لنزار",
    "chrFren": "Buc^Jérôme",
    "chrFrenMulti": "Buc^Jérôme",
    "chrGerm": "Äneas^Rüdiger",
    "chrGreek": "Διονυσιος",
    "chrH31": "Yamada^Tarou=山田^太郎=やまだ^たろう",
    "chrH32": "ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=やまだ^たろう",
    "chrHbrw": "שרון^דבורה",
    "chrI2": "Hong^Gildong=洪^吉洞=홍^길동",
    "chrJapMulti": "やまだ^たろう",
    "chrJapMultiExplicitIR6": "やまだ^たろう",
    "chrKoreanMulti": "김희중",
    "chrRuss": "Люкceмбypг",  # noqa: RUF001 (the file mixes both alphabets)
    "chrX1": "Wang^XiaoDong=王^小東",
    "chrX2": "Wang^XiaoDong=王^小东",
}


def test_each_file_that_names_a_patient_is_in_the_table() -> None:
    """A file that pydicom adds is not passed over."""
    named = {path.stem for path in FOLDER.glob("*.dcm") if pydicom.dcmread(path).get("PatientName")}
    assert named == set(NAMES)


@pytest.mark.parametrize("stem", NAMES)
def test_patient_name(stem: str) -> None:
    """The name is decoded with the file's own sets (PS3.5 6.1.2.3)."""
    dataset = rg.read(FOLDER / f"{stem}.dcm")
    assert str(dataset.PatientName) == NAMES[stem]


@pytest.mark.parametrize("stem", ["chrSQEncoding", "chrSQEncoding1"])
def test_name_in_a_sequence(stem: str) -> None:
    """An item's own set governs the item; without one it inherits its parent's (PS3.5 7.5.3)."""
    path = FOLDER / f"{stem}.dcm"
    item = rg.read(path)["RequestedProcedureCodeSequence"][0]
    theirs = pydicom.dcmread(path)["RequestedProcedureCodeSequence"][0]
    assert str(item.PatientName) == str(theirs.PatientName) == "ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=やまだ^たろう"
