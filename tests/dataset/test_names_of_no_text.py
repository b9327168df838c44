"""Words with lone surrogates, as names of files that are no text have them: they name no element, and are no UnicodeEncodeError."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import radiogram as rg
from pydicom.data import get_testdata_file
from radiogram.errors import ArgumentError, UnknownTagError

if TYPE_CHECKING:
    from pathlib import Path

WORD = "\udcff"


@pytest.mark.parametrize("word", [WORD, "\ud800", f"Rows{WORD}"])
def test_a_word_that_is_no_text_names_no_element(word: str) -> None:
    ds = rg.read(str(get_testdata_file("CT_small.dcm")))
    assert ds.get(word, 5) == 5
    assert not hasattr(ds, word)
    assert word not in ds
    for refused in (ds.__getitem__, ds.__delitem__, rg.dictionary.lookup):
        with pytest.raises(UnknownTagError):
            refused(word)
    with pytest.raises(AttributeError):
        delattr(ds, word)
    with pytest.raises(ArgumentError):
        ds.gather(word)


@pytest.mark.parametrize("word", [WORD, f"1.2.{WORD}"])
def test_a_word_that_is_no_text_is_no_syntax_and_no_class(word: str) -> None:
    for made in (rg.TransferSyntax, rg.SOPClass):
        with pytest.raises(ArgumentError):
            made(word)


def test_no_file_has_a_name_of_such_words(tmp_path: Path) -> None:
    ds = rg.read(str(get_testdata_file("CT_small.dcm")))
    with pytest.raises(ArgumentError, match="no characters"):
        ds.save_as(str(tmp_path / "\ud800.dcm"))
    assert list(tmp_path.iterdir()) == []
