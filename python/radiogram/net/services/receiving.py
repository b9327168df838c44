"""What is proposed by who fetches instances over the association that asks for them (C-GET, PS3.4 C.5.3).

Of several transfer syntaxes in a context the acceptor takes one, and then nothing can be sent that is in another. Many take the first of
their own, a native one before all compressed ones, and JPEG baseline before those that lose nothing. A provider that has native and
compressed instances of a class needs a context for each kind; DCMTK's ``getscu`` and pynetdicom's programs propose the native syntaxes
alone, in one context a class, and what is compressed is decompressed by the provider, or not sent. An association has room for 128
contexts (PS3.8 9.3.2.2), fewer than there are classes and syntaxes. Therefore:

* every class has a context of native syntaxes, and these come first: a provider that looks for no more than the class finds them;
* a class that is named has one more for each syntax of its kind, so that whatever there is of it comes as it is;
* the other room is for classes and the one syntax in which archives keep them most often.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from radiogram.net.presentation import build_context
from radiogram.registry import SOPClass, TransferSyntax
from radiogram.uid import UID, AllTransferSyntaxes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from radiogram.net.presentation import PresentationContext

__all__ = ["receivable"]

ROOM = 127
"""One context of 128 is that of the request itself."""

_VIDEO = frozenset({"mpeg2", "h264", "hevc"})
_NATIVE = ("1.2.840.10008.1.2.1", "1.2.840.10008.1.2")
"""Explicit before implicit VR little endian: what says more, first."""

_COMPRESSED = (
    ("CTImageStorage", "JPEG2000Lossless"),
    ("MRImageStorage", "JPEG2000Lossless"),
    ("UltrasoundMultiFrameImageStorage", "JPEGBaseline8Bit"),
    ("XRayAngiographicImageStorage", "JPEGLosslessSV1"),
    ("CTImageStorage", "JPEGLosslessSV1"),
    ("DigitalXRayImageStorageForPresentation", "JPEG2000Lossless"),
    ("DigitalMammographyXRayImageStorageForPresentation", "JPEG2000Lossless"),
    ("UltrasoundImageStorage", "JPEGBaseline8Bit"),
    ("BreastTomosynthesisImageStorage", "JPEG2000Lossless"),
    ("VLWholeSlideMicroscopyImageStorage", "JPEGBaseline8Bit"),
    ("VideoEndoscopicImageStorage", "MPEG4HP41"),
)
"""Classes that are kept compressed most often, and in which syntax; from experience, not from the standard."""

_GIVE_WAY = (
    "HardcopyGrayscaleImageStorage",
    "HardcopyColorImageStorage",
    "StandaloneOverlayStorage",
    "StandaloneCurveStorage",
)
"""Classes that were retired so long ago that they give way to contexts of compressed instances."""


def receivable(classes: Iterable[str] = (), *, room: int = ROOM) -> list[PresentationContext]:
    """Give the contexts of a C-GET for whatever can be received: as it is, as far as there is room.

    Each class is to be proposed with the SCP role, too (`build_role`).

    Parameters
    ----------
    classes : iterable of str
        SOP classes, by UID or keyword, private ones by UID, that come before the usual ones, and in every transfer syntax.
    room : int
        How many contexts there may be.

    Returns
    -------
    list of PresentationContext
        Those of native syntaxes first.

    Raises
    ------
    ArgumentError
        A keyword that is none.

    Examples
    --------
    >>> from radiogram.net.services import receivable
    >>> contexts = receivable(["CTImageStorage"])
    >>> len(contexts), [syntax.name for syntax in contexts[0].transfer_syntax]
    (127, ['Explicit VR Little Endian', 'Implicit VR Little Endian'])
    >>> ["1.2.840.10008.1.2.4.90"] in [context.transfer_syntax for context in contexts]
    True
    """
    named = list(dict.fromkeys(map(_uid_of, classes)))[:room]
    # Where so many are named that there is no room for a context each, they have one together.
    alone = [(uid, [syntax]) for uid in named for syntax in _syntaxes(uid)]
    if len(named) + len(alone) > room:
        alone = [(uid, _syntaxes(uid)) for uid in named][: room - len(named)]
    usual = [uid for uid in _usual() if uid not in named][: room - len(named) - len(alone)]
    native = [(uid, [*_NATIVE]) for uid in chain(named, usual)]
    often = [(str(SOPClass(keyword).uid), [str(TransferSyntax(one).uid)]) for keyword, one in _COMPRESSED]
    often = [(uid, syntaxes) for uid, syntaxes in often if uid in usual]
    chosen = [*native, *alone, *often][:room]
    return [build_context(uid, syntaxes) for uid, syntaxes in chosen]


def _usual() -> list[str]:
    """Give the storage SOP classes that are met, retired ones behind the others."""
    from radiogram.net.contexts import presentation_contexts

    given = [str(one.abstract_syntax) for one in presentation_contexts("StoragePresentationContexts")]
    away = {str(SOPClass(keyword).uid) for keyword in _GIVE_WAY}
    return sorted((uid for uid in given if uid not in away), key=lambda uid: UID(uid).is_retired)


def _uid_of(given: str) -> str:
    return given if set(given) <= set("0123456789.") else str(SOPClass(given).uid)


def _is_video(uid: str) -> bool:
    return UID(uid).keyword.startswith("Video")


def _syntaxes(uid: str) -> list[str]:
    """Give the compressed syntaxes that instances of a class can be in."""
    found = []
    for syntax in AllTransferSyntaxes:
        row = TransferSyntax(syntax)
        if row.is_encapsulated and not row.is_retired and (row.codec in _VIDEO) == _is_video(uid):
            found.append(str(syntax))
    return found
