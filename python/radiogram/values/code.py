"""Coded terms: what a code sequence says (PS3.3 8.8)."""

from __future__ import annotations

from typing import Any, NamedTuple

from radiogram.values.attribute import items_of, text_of

__all__ = ["Code", "code_of", "codes_of"]

_VALUES = ("CodeValue", "LongCodeValue", "URNCodeValue")


class Code(NamedTuple):
    """A coded term.

    Attributes
    ----------
    value : str
        Code Value, Long Code Value or URN Code Value.
    scheme : str
        Coding Scheme Designator.
    meaning : str
        Code Meaning, for people.

    Examples
    --------
    >>> from radiogram.values.code import Code
    >>> print(Code("10200004", "SCT", "Liver"))
    (10200004, SCT, "Liver")
    """

    value: str
    scheme: str
    meaning: str

    def __str__(self) -> str:
        """Write it as the standard does."""
        return f'({self.value}, {self.scheme}, "{self.meaning}")'


def codes_of(dataset: Any, keyword: str) -> tuple[Code, ...]:  # noqa: ANN401  # a dataset, which is of the floor above
    """Give the terms of a code sequence of a dataset; none where it is not there."""
    return tuple(
        Code(
            next((text for name in _VALUES if (text := text_of(item, name))), ""),
            text_of(item, "CodingSchemeDesignator"),
            text_of(item, "CodeMeaning"),
        )
        for item in items_of(dataset, keyword)
    )


def code_of(dataset: Any, keyword: str) -> Code | None:  # noqa: ANN401
    """Give the first term of a code sequence."""
    found = codes_of(dataset, keyword)
    return found[0] if found else None
