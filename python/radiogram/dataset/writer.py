"""Writing datasets: to a path, to a file-like object, to bytes (PS3.10, PS3.5)."""

from __future__ import annotations

import os
from functools import lru_cache

from radiogram import _core
from radiogram.errors import ArgumentError, MissingElementError

# `typing` costs more to import than this package.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from os import PathLike
    from typing import Any, BinaryIO, Literal

    from radiogram.dataset.dataset import Dataset

    Lengths = Literal["as read", "defined", "undefined"]
    Encoding = tuple[bool | None, bool | None]

__all__ = ["Writing", "data_set_alone", "dcmwrite", "whole_file"]

_SYNTAXES = {
    (True, True): "1.2.840.10008.1.2",
    (False, True): "1.2.840.10008.1.2.1",
    (False, False): "1.2.840.10008.1.2.2",
}
"""The native transfer syntax of (implicit VR, little endian) (PS3.5 Annex A)."""

_PLACES = {"SOPClassUID": "(0008,0016)", "SOPInstanceUID": "(0008,0018)"}


class Writing:
    """The part of `Dataset` that writes it."""

    def save_as(
        self,
        filename: str | PathLike[str] | BinaryIO,
        /,
        write_like_original: bool | None = None,  # noqa: FBT001  # pydicom's
        *,
        transfer_syntax: str | None = None,
        lengths: Lengths = "as read",
        repair: bool = False,
        zero_preamble: bool = False,
        overwrite: bool = True,
        durable: bool = False,
        implicit_vr: bool | None = None,
        little_endian: bool | None = None,
        enforce_file_format: bool = False,
        force_encoding: bool = False,  # noqa: ARG002  # pydicom's
    ) -> None:
        """Write the dataset as it is now.

        What was not changed is copied byte by byte from where it was read, with its faults; an unedited dataset gives an
        identical file. Otherwise only what follows from the changes is different: lengths of the sequences and groups
        around them, the file meta information, and with another transfer syntax or character set the encoding.

        A path is written beside its place and renamed when it is whole: whatever happens, the file there is the old one
        or the new one. A dataset may be written onto the file that it was read from; values that were not read yet stay
        within reach.

        Parameters
        ----------
        filename : path or binary file-like
            Where to.
        write_like_original : bool, optional
            pydicom's old name for the opposite of `enforce_file_format`.
        transfer_syntax : str, optional
            UID or keyword of a transfer syntax. Where its pixel data are encoded otherwise, those of a copy are: see `Dataset.compress`
            and `Dataset.decompress`, which have options. By default that of the file meta information, else the encoding that was read, else
            Explicit VR Little Endian.
        lengths : {"as read", "defined", "undefined"}
            How the ends of sequences and items are said (PS3.5 7.5).
        repair : bool
            Write all as the standard says: tags ascending, each once; even lengths; the dictionary's VRs where there were none or wrong
            ones; new file meta information; nothing behind the last element.
        zero_preamble : bool
            Write 128 zeros for the preamble, which can hold anything (PS3.10 7.1).
        overwrite : bool
            Replace a file that is there; else it is a `SourceError` that is a `FileExistsError`.
        durable : bool
            Return once the disk has it, so that it survives a power cut.
        implicit_vr, little_endian : bool, optional
            pydicom's way to name a native transfer syntax.
        enforce_file_format : bool
            Write preamble and file meta information also where none were read, with what they must say of the instance; it is an error
            where nothing says that.
        force_encoding : bool
            Accepted for pydicom's sake, without effect: the file meta information always names what is written.

        Raises
        ------
        ArgumentError
            An option is none of those above.
        InvalidValueError
            A value cannot be written: it does not fit its VR, or the Specific Character Set does not have its characters.
        MissingElementError
            SOP Class or SOP Instance UID is missing, with `enforce_file_format`; it is an `AttributeError`.
        LimitError
            A value is longer than DICOM can say, or sequences nest too deep.
        UnsupportedError
            The pixel data would have to be compressed or decompressed by a codec that is not there.
        SourceChangedError
            The file that it was read from is another one by now.
        SourceError
            The system refused; it is an `OSError` too.

        Examples
        --------
        >>> import pathlib, tempfile
        >>> import radiogram as rg
        >>> from pydicom.data import get_testdata_file
        >>> ds = rg.read(get_testdata_file("CT_small.dcm"))
        >>> ds.PatientName = "Doe^Jane"
        >>> path = pathlib.Path(tempfile.mkdtemp(), "ct.dcm")
        >>> ds.save_as(path, transfer_syntax="ImplicitVRLittleEndian")
        >>> rg.read(path).PatientName, rg.read(path).is_implicit_VR
        ('Doe^Jane', True)
        """
        asked = _asked(
            self,
            transfer_syntax,
            (implicit_vr, little_endian),
            is_file=_is_instance(self, enforce_file_format or write_like_original is False),
            lengths=lengths,
            repair=repair,
            zero_preamble=zero_preamble,
        )
        ds = _encoded(self, asked[0])
        if isinstance(filename, (str, os.PathLike)):
            from radiogram.interop.names import checked

            _core.save_file(ds, checked(os.fspath(filename)), asked, durable, overwrite)
        elif hasattr(filename, "write"):
            _core.save_into(ds, filename.write, asked)
        else:
            message = f"a dataset is written to a path or to a binary file, not to {type(filename).__name__}"
            raise ArgumentError(message)

    def to_bytes(
        self,
        *,
        transfer_syntax: str | None = None,
        lengths: Lengths = "as read",
        repair: bool = False,
        zero_preamble: bool = False,
        enforce_file_format: bool = False,
    ) -> bytes:
        """Give the bytes that `save_as` would write.

        Examples
        --------
        >>> import pathlib
        >>> import radiogram as rg
        >>> from pydicom.data import get_testdata_file
        >>> path = pathlib.Path(get_testdata_file("CT_small.dcm"))
        >>> rg.read(path).to_bytes() == path.read_bytes()
        True
        """
        asked = _asked(
            self,
            transfer_syntax,
            (None, None),
            is_file=_is_instance(self, enforce_file_format),
            lengths=lengths,
            repair=repair,
            zero_preamble=zero_preamble,
        )
        return _core.save_bytes(_encoded(self, asked[0]), asked)


def whole_file(ds: Any, syntax: str) -> bytes:  # noqa: ANN401  # the class that this is a part of
    """Give a file of a dataset, whether it is an instance or not."""
    asked = _asked(
        ds, syntax, (None, None), is_file=True, lengths="as read", repair=False, zero_preamble=False
    )
    return _core.save_bytes(_encoded(ds, asked[0]), asked)


def data_set_alone(ds: Any, syntax: str) -> bytes:  # noqa: ANN401  # likewise
    """Give the bytes of a data set in a transfer syntax, with nothing in front of them: as messages carry it (PS3.5 7)."""
    uid = _uid_of(syntax)
    return _core.save_bytes(_encoded(ds, uid), (uid, "dataset", "as read", False, None))


def _is_instance(ds: Any, wanted: bool) -> bool:  # noqa: ANN401, FBT001
    """Refuse a file that cannot say which instance it holds, where one is wanted (PS3.10 7.1)."""
    if not wanted:
        return False
    for name in ("SOPClassUID", "SOPInstanceUID"):
        if not (ds.file_meta.get(f"MediaStorage{name}") or ds.get(name)):
            message = f"{name} is missing or empty: a file has to say which instance it holds (PS3.10 7.1)"
            raise MissingElementError(message, None, _PLACES[name])
    return True


def _encoded(ds: Any, syntax: str | None) -> _core.Dataset:  # noqa: ANN401  # the class that this is a part of
    """Give the dataset, or where its pixel data are encoded otherwise than in the transfer syntax asked for a copy in that one."""
    made: _core.Dataset = ds
    if syntax is None or "PixelData" not in ds:
        return made
    own = ds.file_meta.get("TransferSyntaxUID") or ds._syntax()[0]
    if own == syntax:
        return made
    from radiogram.registry import TransferSyntax

    new = TransferSyntax(syntax)
    old = _core.syntax_lookup(own) if own else None
    is_encapsulated = old is not None and old[7]
    if not (is_encapsulated or new.is_encapsulated) or not ds["PixelData"].value:
        return made
    from radiogram.codecs.syntaxes import ENCODED

    if old is not None and old[8] == new.codec and new.uid not in ENCODED:
        # The same codec, which is not ours: the writer gives the codestreams their new name.
        return made
    from copy import deepcopy

    from radiogram.pixels.compress import compress, decompress

    copied = deepcopy(ds)
    if new.is_encapsulated:
        compress(copied, syntax, {})
    else:
        decompress(copied, as_rgb=False, syntax=syntax)
    made = copied
    return made


def _asked(
    ds: Any,  # noqa: ANN401
    transfer_syntax: str | None,
    encoding: Encoding,
    *,
    is_file: bool,
    lengths: Lengths,
    repair: bool,
    zero_preamble: bool,
) -> tuple[str | None, str, str, bool, bytes | None]:
    """Give the options as the core takes them."""
    form = "file" if is_file else "as read"
    preamble: bytes | None = ds.__dict__.get("_preamble")
    if zero_preamble or (preamble is None and "_preamble" in ds.__dict__):
        # A preamble that was taken out: what is in its place says nothing (PS3.10 7.1).
        preamble = bytes(128)
    return _syntax(ds, transfer_syntax, encoding), form, lengths, repair, preamble


@lru_cache(maxsize=64)
def _uid_of(named: str) -> str:
    """Give the UID of a transfer syntax by UID or keyword."""
    from radiogram.registry import TransferSyntax

    return str(TransferSyntax(named).uid)


def _syntax(ds: Any, named: str | None, encoding: Encoding) -> str | None:  # noqa: ANN401
    """Give the UID of the transfer syntax that is asked for, ``None`` where it is the dataset's own."""
    if named is not None:
        return _uid_of(named)
    if encoding == (None, None):
        encoding = ds.__dict__.get("_chosen_encoding") or encoding
        if encoding == (None, None) or "TransferSyntaxUID" in ds.file_meta:
            return None
    implicit, little = encoding
    found = _SYNTAXES.get((bool(implicit), little is not False))
    if found is None:
        message = "implicit VR is little endian (PS3.5 A.1)"
        raise ArgumentError(message)
    return found


def dcmwrite(
    filename: str | PathLike[str] | BinaryIO,
    dataset: Dataset,
    /,
    write_like_original: bool | None = None,  # noqa: FBT001  # pydicom's
    *,
    implicit_vr: bool | None = None,
    little_endian: bool | None = None,
    enforce_file_format: bool = False,
    overwrite: bool = True,
    force_encoding: bool = False,
) -> None:
    """Write a dataset; pydicom's name for `Dataset.save_as`, which says more.

    Examples
    --------
    >>> import io
    >>> import radiogram as rg
    >>> from pydicom.data import get_testdata_file
    >>> ds, file = rg.read(get_testdata_file("CT_small.dcm")), io.BytesIO()
    >>> ds.PatientID = "ANON"
    >>> rg.dcmwrite(file, ds)
    >>> rg.read(file.getvalue()).PatientID
    'ANON'
    """
    dataset.save_as(
        filename,
        write_like_original,
        implicit_vr=implicit_vr,
        little_endian=little_endian,
        enforce_file_format=enforce_file_format,
        overwrite=overwrite,
        force_encoding=force_encoding,
    )
