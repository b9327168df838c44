"""What the standard says of transfer syntaxes and SOP classes (PS3.4, PS3.5, PS3.6 Annex A)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from radiogram import _core
from radiogram.errors import ArgumentError
from radiogram.uid import UID

if TYPE_CHECKING:
    from typing import Self

__all__ = ["SOPClass", "TransferSyntax"]


class _TransferSyntaxFields(NamedTuple):
    uid: UID
    keyword: str
    name: str
    is_retired: bool
    is_implicit_VR: bool  # noqa: N815 - pydicom's name
    is_little_endian: bool
    is_deflated: bool
    is_encapsulated: bool
    codec: str
    loss: str | None


class TransferSyntax(_TransferSyntaxFields):
    """What a transfer syntax says of the bytes (PS3.5 section 10 and Annex A).

    Parameters
    ----------
    uid : str or TransferSyntax
        A UID or a keyword.

    Attributes
    ----------
    uid : UID
        The UID.
    keyword, name : str
        The keyword and the name.
    is_retired, is_implicit_VR, is_little_endian, is_deflated, is_encapsulated : bool
        As in `UID`.
    codec : str
        The codec of the pixel data, empty for native ones.
    loss : str or None
        ``"lossless"``, ``"near-lossless"``, ``"lossy"``, ``"either"``; ``None`` where nothing can be lost.

    Raises
    ------
    ArgumentError
        It is no transfer syntax that is known.

    Examples
    --------
    >>> TransferSyntax("HTJ2KLossless").codec
    'htj2k'
    >>> TransferSyntax("1.2.840.10008.1.2.2").is_little_endian
    False
    """

    __slots__ = ()

    def __new__(cls, uid: str | TransferSyntax) -> Self:
        """Look a transfer syntax up."""
        known = uid.uid if isinstance(uid, TransferSyntax) else uid
        row = _core.syntax_lookup(_uid_of(known)) if isinstance(known, str) else None
        if row is None:
            message = f"{str(uid)[:64]!r} is no transfer syntax that is known"
            raise ArgumentError(message)
        return cls._make((UID(row[0]), *row[1:]))

    def __getnewargs__(self) -> tuple[str]:
        """Pickle by the UID alone."""
        return (str(self.uid),)


class _SOPClassFields(NamedTuple):
    uid: UID
    keyword: str
    name: str
    is_retired: bool
    is_meta: bool
    iod: str
    directory_record: str


class SOPClass(_SOPClassFields):
    """A service-object pair class (PS3.4, PS3.6 table A-1).

    Parameters
    ----------
    uid : str or SOPClass
        A UID or a keyword.

    Attributes
    ----------
    uid : UID
        The UID.
    keyword, name : str
        The keyword and the name.
    is_retired : bool
        True where the standard has retired it.
    is_meta : bool
        True for a meta SOP class.
    iod : str
        The information object definition that it stores, empty where there is none.
    directory_record : str
        The type of its directory records (PS3.3 Annex F), empty where there is none.

    Raises
    ------
    ArgumentError
        It is no SOP class of the standard.

    Examples
    --------
    >>> SOPClass("CTImageStorage").directory_record
    'IMAGE'
    """

    __slots__ = ()

    def __new__(cls, uid: str | SOPClass) -> Self:
        """Look a SOP class up."""
        known = uid.uid if isinstance(uid, SOPClass) else uid
        row = _core.uid_lookup(_uid_of(known)) if isinstance(known, str) else None
        more = None if row is None else _core.sop_class_lookup(row[0])
        if row is None or more is None:
            message = f"{str(uid)[:64]!r} is no SOP class of the standard"
            raise ArgumentError(message)
        return cls._make((UID(row[0]), row[2], row[1], row[5], row[3].startswith("Meta"), *more))

    def __getnewargs__(self) -> tuple[str]:
        """Pickle by the UID alone."""
        return (str(self.uid),)


def _uid_of(word: str) -> str:
    row = None if word[:1].isdigit() else _core.uid_by_keyword(word)
    return word if row is None else row[0]
