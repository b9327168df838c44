"""Unique identifiers, transfer syntaxes and SOP classes (PS3.5 section 9, PS3.6 Annex A).

Every keyword of PS3.6 is a constant of this module, as in pydicom.uid: ``CTImageStorage`` and the like. The
module can be called as well: ``radiogram.uid()`` is a new UID.

Examples
--------
>>> from radiogram.uid import CTImageStorage
>>> CTImageStorage.name
'CT Image Storage'
"""

from __future__ import annotations

import sys
from types import MethodType, ModuleType

from radiogram import _core
from radiogram.errors import ArgumentError, InvalidValueError

# Not from typing, which would be most of the time that importing radiogram takes.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Self

    from radiogram.registry import SOPClass, TransferSyntax

__all__ = ["UID", "SOPClass", "TransferSyntax", "generate_uid", "uid"]

_UNKNOWN = ("", "", "", "", "", False)


class UID(str):
    """A UID: a string that knows what it stands for.

    Parameters
    ----------
    val : str
        The UID; white space round it is cut off. It is not checked: see `is_valid`.
    validation_mode : int, optional
        As in pydicom: 2 refuses what is no UID.

    Raises
    ------
    InvalidValueError
        ``validation_mode`` is 2 and ``val`` is no UID.

    Examples
    --------
    >>> UID("1.2.840.10008.1.2.4.50").name
    'JPEG Baseline (Process 1)'
    >>> UID("1.2.840.10008.1.2.4.50").is_implicit_VR
    False
    """

    __slots__ = ("_private_encoding",)
    _private_encoding: tuple[bool, bool]

    def __new__(cls, val: str, validation_mode: int | None = None) -> Self:
        """Make a UID of a string."""
        if val.__class__ is str and validation_mode is None:
            return str.__new__(cls, val.strip())
        if not isinstance(val, str):
            message = "a UID is made of a string"
            raise TypeError(message)
        made = str.__new__(cls, val.strip())
        if isinstance(val, UID) and hasattr(val, "_private_encoding"):
            made._private_encoding = val._private_encoding
        if validation_mode == 2 and not made.is_valid:
            message = "not a UID (PS3.5 9.1)"
            raise InvalidValueError(message)
        return made

    @property
    def name(self) -> str:
        """The registered name; the UID itself where it has none."""
        row = _core.uid_lookup(self)
        return str(self) if row is None else row[1]

    @property
    def keyword(self) -> str:
        """The registered keyword, empty where it has none."""
        return (_core.uid_lookup(self) or _UNKNOWN)[2]

    @property
    def type(self) -> str:
        """What it is, such as ``"SOP Class"``; empty where it is not registered."""
        return (_core.uid_lookup(self) or _UNKNOWN)[3]

    @property
    def info(self) -> str:
        """A remark of the register, mostly empty."""
        return (_core.uid_lookup(self) or _UNKNOWN)[4]

    @property
    def is_retired(self) -> bool:
        """True where the standard has retired it."""
        return (_core.uid_lookup(self) or _UNKNOWN)[5]

    @property
    def is_private(self) -> bool:
        """True for a UID outside the standard's root ``1.2.840.10008``."""
        return not self.startswith("1.2.840.10008.")

    @property
    def is_valid(self) -> bool:
        """True for a well-formed UID (PS3.5 9.1)."""
        return _core.uid_is_valid(self)

    @property
    def is_transfer_syntax(self) -> bool:
        """True for a transfer syntax, a private one after `set_private_encoding` too."""
        return _core.syntax_lookup(self) is not None or hasattr(self, "_private_encoding")

    @property
    def is_implicit_VR(self) -> bool:  # noqa: N802 - pydicom's name
        """True for a transfer syntax without VRs (PS3.5 7.1.3); `ArgumentError` for other UIDs."""
        return self._encoding()[0]

    @property
    def is_little_endian(self) -> bool:
        """True for a transfer syntax with the low byte first (PS3.5 7.3); `ArgumentError` for other UIDs."""
        return self._encoding()[1]

    @property
    def is_deflated(self) -> bool:
        """True for a transfer syntax with deflated data sets (PS3.5 A.5); `ArgumentError` for other UIDs."""
        return self._encoding()[2]

    @property
    def is_encapsulated(self) -> bool:
        """True for a transfer syntax with pixels in fragments (PS3.5 A.4); `ArgumentError` for other UIDs."""
        return self._encoding()[3]

    @property
    def is_compressed(self) -> bool:
        """The same as `is_encapsulated`, as in pydicom."""
        return self._encoding()[3]

    def set_private_encoding(self, implicit_vr: bool, little_endian: bool) -> None:  # noqa: FBT001 - pydicom's signature
        """Say how data sets in this private transfer syntax are written.

        Examples
        --------
        >>> mine = UID("1.2.3.4")
        >>> mine.set_private_encoding(False, True)
        >>> mine.is_transfer_syntax
        True
        """
        self._private_encoding = (implicit_vr, little_endian)

    def _encoding(self) -> tuple[bool, bool, bool, bool]:
        # Implicit, little endian, deflated, encapsulated.
        row = _core.syntax_lookup(self)
        if row is not None:
            return row[4:8]
        try:
            return (*self._private_encoding, False, False)
        except AttributeError:
            message = "the UID is not a transfer syntax"
            raise ArgumentError(message) from None


# For the core, which has trimmed the text: a UID without a Python frame, at a third of the cost.
trusted_uid: Callable[[str], UID] = MethodType(str.__new__, UID)


def generate_uid(prefix: str | None = None, entropy_srcs: Sequence[str] | None = None) -> UID:
    """Return a new UID.

    Parameters
    ----------
    prefix : str, optional
        A root of the caller's own with its last dot, of at most 54 characters. Without one the UID is
        ``2.25.`` and a random UUID (PS3.5 B.2). pydicom's root, its own default, is not used here.
    entropy_srcs : sequence of str, optional
        The same words give the same UID after ``prefix``, the one that pydicom gives. The words cannot be had
        back from it, but whoever guesses them can confirm the guess.

    Returns
    -------
    UID
        At most 64 characters.

    Raises
    ------
    ArgumentError
        The prefix is no root, or too long.

    Examples
    --------
    >>> generate_uid().startswith("2.25.")
    True
    >>> generate_uid("1.2.3.", ["one", "two"]) == generate_uid("1.2.3.", ["one", "two"])
    True
    """
    if prefix is None:
        import uuid

        return UID(f"2.25.{uuid.uuid4().int}")
    if len(prefix) > 54 or not prefix.endswith(".") or not _core.uid_is_valid(prefix[:-1]):
        message = "a prefix is a UID and a dot, in 54 characters"
        raise ArgumentError(message)
    room = 64 - len(prefix)
    if entropy_srcs is None:
        import secrets

        return UID(f"{prefix}{secrets.randbelow(10**room)}")
    import hashlib

    digest = hashlib.sha512("".join(entropy_srcs).encode()).hexdigest()
    return UID(prefix + str(int(digest, 16))[:room])


def uid(prefix: str | None = None) -> UID:
    """Return a new UID: `generate_uid` without the words.

    Examples
    --------
    >>> uid().is_valid
    True
    """
    return generate_uid(prefix)


# Which codecs make up pydicom's lists.
_LISTS = {
    "JPEGTransferSyntaxes": ("jpeg-baseline", "jpeg-extended", "jpeg-lossless", "jpeg-lossless-sv1"),
    "JPEGLSTransferSyntaxes": ("jpeg-ls",),
    "JPEG2000TransferSyntaxes": ("jpeg2000", "jpeg2000-part2-mc", "htj2k", "htj2k-rpcl"),
    "MPEGTransferSyntaxes": ("mpeg2", "h264", "hevc"),
    "RLETransferSyntaxes": ("rle",),
    "UncompressedTransferSyntaxes": ("",),
}


if TYPE_CHECKING:
    AllTransferSyntaxes: list[UID]
    JPEGTransferSyntaxes: list[UID]
    JPEGLSTransferSyntaxes: list[UID]
    JPEG2000TransferSyntaxes: list[UID]
    MPEGTransferSyntaxes: list[UID]
    RLETransferSyntaxes: list[UID]
    UncompressedTransferSyntaxes: list[UID]


def _listed(name: str) -> list[UID]:
    from radiogram.registry import TransferSyntax

    syntaxes = [TransferSyntax(uid) for uid in _core.syntax_uids()]
    # Explicit VR Big Endian is retired, but every list that it belongs to has it.
    kept = [syntax for syntax in syntaxes if not syntax.is_retired or not syntax.is_little_endian]
    codecs = _LISTS.get(name)
    return [syntax.uid for syntax in kept if codecs is None or syntax.codec in codecs]


def __getattr__(name: str) -> UID:
    if name in ("SOPClass", "TransferSyntax"):
        from radiogram import registry

        globals()[name] = described = getattr(registry, name)
        return described  # type: ignore[no-any-return]  # the classes are declared above
    if name in _LISTS or name == "AllTransferSyntaxes":
        globals()[name] = found = _listed(name)
        return found  # type: ignore[return-value]  # the lists are declared above
    row = None if name.startswith("_") else _core.uid_by_keyword(name)
    if row is None:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    globals()[name] = constant = UID(row[0])
    return constant


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, *_LISTS, "AllTransferSyntaxes", *_core.uid_keywords()})


class _Module(ModuleType):
    """The module itself: ``radiogram.uid()`` is a new UID, although ``radiogram.uid`` is this module."""

    def __call__(self, prefix: str | None = None) -> UID:
        return generate_uid(prefix)


sys.modules[__name__].__class__ = _Module
