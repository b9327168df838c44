"""Every exception that radiogram raises: one family, each with its kind and its place.

The Rust core raises these very classes. An exception is also the built-in one that Python has a habit of, so that
``except AttributeError`` and ``except KeyError`` go on working.
"""

from __future__ import annotations

import errno

__all__ = [
    "AmbiguousSeriesError",
    "ArgumentError",
    "AssociationAbortedError",
    "AssociationError",
    "AssociationLostError",
    "AssociationOverError",
    "AssociationRejectedError",
    "DicomError",
    "ExistingFileError",
    "FolderSourceError",
    "ForbiddenSourceError",
    "ForkedError",
    "GeometryError",
    "InsecureConnectionError",
    "InvalidValueError",
    "LimitError",
    "MalformedError",
    "MissingElementError",
    "MissingPackageError",
    "MissingSliceError",
    "MissingSourceError",
    "NetworkError",
    "NetworkTimeoutError",
    "NoPixelDataError",
    "NotADatasetError",
    "NotAnElementError",
    "NotDicomError",
    "OverlapError",
    "PixelError",
    "ProtocolError",
    "SUVError",
    "SourceChangedError",
    "SourceError",
    "TruncatedError",
    "UnencodedNameError",
    "UnknownKeywordError",
    "UnknownTagError",
    "UnsupportedError",
    "ValueRangeError",
]


class DicomError(Exception):
    """Base of all radiogram exceptions.

    Attributes
    ----------
    kind : str
        What went wrong, in a word that does not change between versions.
    offset : int or None
        Byte offset in the source, where it is known.
    path : str
        Tag path such as ``(0040,A730)[3].(0040,A160)``, empty where it is not known.
    """

    kind: str = "dicom"

    def __init__(self, message: str = "", offset: int | None = None, path: str = "") -> None:
        super().__init__(message, offset, path)
        self.message = message
        self.offset = offset
        self.path = path

    def __str__(self) -> str:
        place = f", at {self.path}" if self.path else ""
        byte = f", byte {self.offset}" if self.offset is not None else ""
        return f"{self.message}{place}{byte}"


class NotDicomError(DicomError, ValueError):
    """The source is not DICOM (PS3.10 7.1): no ``DICM`` and no plausible elements."""

    kind = "not_dicom"


class MalformedError(DicomError, ValueError):
    """The source is DICOM, but broken in a way that cannot be read past."""

    kind = "malformed"


class TruncatedError(DicomError, ValueError):
    """Bytes that a header promises are not there."""

    kind = "truncated"


class LimitError(DicomError, ValueError):
    """A bound of the call was reached: depth, inflated size, number of elements or samples."""

    kind = "limit"


class SourceError(DicomError, OSError):
    """The operating system could not give the bytes; ``errno`` is set where it gave a reason."""

    kind = "source"


class MissingSourceError(SourceError, FileNotFoundError):
    """There is no file at the path."""


class ForbiddenSourceError(SourceError, PermissionError):
    """The operating system does not let us read the file."""


class FolderSourceError(SourceError, IsADirectoryError):
    """The path is a folder, not a file."""


class ExistingFileError(SourceError, FileExistsError):
    """There is a file at the path, and it is to stay."""


def source_error(message: str, number: int, offset: int | None = None, path: str = "") -> SourceError:
    """Make the exception for an error number of the operating system."""
    words = message.removesuffix(f" (os error {number})")
    made = _BY_NUMBER.get(number, SourceError)(words, offset, path)
    made.errno = number or None
    return made


_BY_NUMBER: dict[int, type[SourceError]] = {
    errno.ENOENT: MissingSourceError,
    errno.EACCES: ForbiddenSourceError,
    errno.EPERM: ForbiddenSourceError,
    errno.EISDIR: FolderSourceError,
    errno.EEXIST: ExistingFileError,
}


class SourceChangedError(DicomError, OSError):
    """The file is no longer the one that was read: its size, time or identity changed."""

    kind = "source_changed"


class UnsupportedError(DicomError, NotImplementedError):
    """Sound input that this version cannot handle."""

    kind = "unsupported"


class MissingPackageError(UnsupportedError, ImportError):  # type: ignore[misc]  # that has a path of its own
    """A package that radiogram does not need by itself is not installed."""

    kind = "missing_package"


class UnencodedNameError(UnsupportedError, AttributeError):
    """The bytes of a person's name are not known."""

    kind = "unencoded_name"


class NoPixelDataError(DicomError, AttributeError):
    """The dataset has no pixel data element."""

    kind = "no_pixel_data"


class MissingElementError(DicomError, AttributeError):
    """An element is missing, or empty, without which there is no file (PS3.10 7.1)."""

    kind = "missing_element"


class PixelError(DicomError, ValueError):
    """The description of the pixels and their bytes do not agree."""

    kind = "pixel"


class InvalidValueError(DicomError, ValueError):
    """A value is not what its VR says (PS3.5 6.2)."""

    kind = "invalid_value"


class ValueRangeError(InvalidValueError, OverflowError):
    """A number or a text is larger than its place allows."""

    kind = "value_range"


class ArgumentError(DicomError, ValueError):
    """An option of the call is wrong."""

    kind = "argument"


class NotADatasetError(DicomError, TypeError):
    """What is put into a sequence, or takes the place of a dataset, is no dataset."""

    kind = "not_a_dataset"


class NotAnElementError(DicomError, TypeError):
    """What is put into a dataset by its tag is no data element."""

    kind = "not_an_element"


class UnknownKeywordError(DicomError, AttributeError):
    """The dataset has no element with this keyword, or there is no such keyword."""

    kind = "unknown_keyword"


class UnknownTagError(DicomError, KeyError):
    """The dataset has no such element."""

    kind = "unknown_tag"
    __str__ = DicomError.__str__


class GeometryError(DicomError, ValueError):
    """The slices do not make a regular grid."""

    kind = "geometry"


class MissingSliceError(GeometryError):
    """Slices are missing from an otherwise regular series."""

    kind = "missing_slice"


class OverlapError(DicomError, ValueError):
    """Segments overlap, and one map of labels cannot hold both.

    Attributes
    ----------
    segments : tuple of int
        The numbers of two that do.
    frames : tuple of int
        A frame of each, counted from 1.
    slice : int or None
        The slice of the result they meet in, counted from 0: the first one where any do.
    """

    kind = "overlap"
    segments: tuple[int, ...] = ()
    frames: tuple[int, ...] = ()
    slice: int | None = None


class AmbiguousSeriesError(GeometryError):
    """Several series, or several volumes in one; ``choices`` names them."""

    kind = "ambiguous_series"
    choices: tuple[str, ...] = ()


class SUVError(DicomError, ValueError):
    """The images give no standardized uptake value: they are no quantitative PET, or do not say what is needed."""

    kind = "suv"


class NetworkError(DicomError, ConnectionError):
    """A connection could not be opened, or failed; ``errno`` is set where the operating system gave a reason."""

    kind = "network"


class NetworkTimeoutError(NetworkError, TimeoutError):
    """The peer did not do in time what it was waited for."""

    kind = "network_timeout"


class InsecureConnectionError(NetworkError):
    """The connection could not be secured as was asked for (PS3.15 B): a certificate, a name or a version did not fit."""

    kind = "insecure_connection"


class ForkedError(NetworkError):
    """A connection, server or queue of the process that this one was forked from: only that process can use it."""

    kind = "forked"


class AssociationError(NetworkError):
    """An association that did not come about, or has come to an end."""

    kind = "association"


class AssociationRejectedError(AssociationError, ConnectionRefusedError):
    """The peer has rejected the association (PS3.8 9.3.4).

    Attributes
    ----------
    result : int
        1 for ever, 2 for now.
    source : int
        1 the application, 2 its network layer (ACSE), 3 its network layer (presentation).
    reason : int
        The number of the reason, which means something together with the source.
    """

    kind = "association_rejected"
    result: int = 1
    source: int = 1
    reason: int = 1


class AssociationAbortedError(AssociationError, ConnectionAbortedError):
    """The association was aborted (PS3.8 9.3.8).

    Attributes
    ----------
    source : int
        0 the application, 2 the network layer.
    reason : int
        The number of the reason, which a network layer gives.
    """

    kind = "association_aborted"
    source: int = 0
    reason: int = 0


class AssociationLostError(AssociationError, ConnectionResetError):
    """The connection of an association was closed in the middle of it."""

    kind = "association_lost"


class AssociationOverError(AssociationError, RuntimeError):
    """The association has been released, or is not established: nothing more can be sent."""

    kind = "association_over"


class ProtocolError(AssociationError):
    """The peer broke the protocol, and the association was aborted."""

    kind = "protocol"
