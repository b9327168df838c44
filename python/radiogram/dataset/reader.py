"""`rg.read`: from a source to a dataset."""

from __future__ import annotations

from radiogram import _core

# `typing` costs more to import than this package.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from os import PathLike
    from typing import Any, BinaryIO, Protocol

    from radiogram.dataset.dataset import Dataset
    from radiogram.interop.remote import Ranged

    class Located(Protocol):
        """A file of fsspec, open or not yet."""

        fs: Any
        path: Any

    class Readable(Protocol):
        """A file of obstore."""

        def read(self, size: int | None = None, /) -> Any: ...  # noqa: ANN401

    Source = str | PathLike[str] | bytes | bytearray | memoryview | BinaryIO | Readable | Located | Ranged

__all__ = ["read"]


def read(
    fp: Source,
    defer_size: str | float | None = None,  # noqa: ARG001  # pydicom's; large values are always deferred
    stop_before_pixels: bool = False,  # noqa: FBT001, FBT002  # pydicom's
    force: bool = False,  # noqa: FBT001, FBT002  # pydicom's
    specific_tags: Iterable[int | str | tuple[int, int]] | None = None,
    *,
    strict: bool = False,
    charset: str | Sequence[str] | None = None,
    mmap: bool = False,
    max_depth: int | None = None,
    max_inflated: int | None = None,
    storage_options: Mapping[str, Any] | None = None,
) -> Dataset:
    """Read a DICOM file (PS3.10) or a bare dataset (PS3.5).

    Only the head of a file is read; pixel data and other large values stay in the file until they are touched, and
    are then read once. `bytes` are viewed in place; other buffers are copied, because their owners can change them;
    file-like objects are read to their end now.

    Of a remote object only the ranges are asked for that are needed: its head in one request, a frame in another one
    where its pixel data are native, or an offset table says where it is; then fragments are not gone through, and what is
    behind them is not looked at. Without a table each fragment is looked at, once. What was read is kept up to 32 MiB, and
    a request whose answer is of another state of the object raises `SourceChangedError`.

    Parameters
    ----------
    fp : path, URL, bytes, buffer or binary file-like
        The source. A path is kept absolute, with no open file. A URL is ``http://``, ``https://``, or whatever fsspec or
        obstore opens (``s3://…``); a file that these opened is read by ranges, too.
    defer_size
        Accepted for pydicom's sake, without effect: large values are always deferred.
    stop_before_pixels : bool
        End before the pixel data.
    force : bool
        Read even where nothing says that the bytes are DICOM.
    specific_tags : iterable of keywords or tags, optional
        Only these elements of the root, and Specific Character Set. Reading ends after the largest of them, so that
        elements out of order behind it are not seen.
    strict : bool
        The first problem raises: of the structure now, of a value when it is touched.
    charset : str or sequence of str, optional
        Defined terms of Specific Character Set (PS3.3 C.12.1.1.2) to use against the file's own.
    mmap : bool
        Map the file instead of reading it. If another program cuts the file meanwhile, the process dies.
    max_depth : int, optional
        How deep sequences may nest; 256.
    max_inflated : int, optional
        How many bytes a deflated dataset may inflate to. By default 256 MiB, and past 16 MiB no more than 250 times
        the size of the file.
    storage_options : mapping, optional
        For a URL: what fsspec (or obstore) takes for its store, such as credentials or an endpoint.

    Returns
    -------
    Dataset

    Raises
    ------
    NotDicomError
        There is no ``DICM`` after 128 bytes, and no three plausible elements in a row at the start.
    LimitError
        The source goes past a limit.
    SourceError
        The file cannot be read; also a `FileNotFoundError`, `PermissionError` or `IsADirectoryError` where it is one.
    MalformedError
        With ``strict=True``: the first problem.

    Examples
    --------
    >>> import radiogram as rg
    >>> from pydicom.data import get_testdata_file
    >>> ds = rg.read(get_testdata_file("CT_small.dcm"))
    >>> ds.Modality, ds.Rows, ds.problems
    ('CT', 128, ())
    """
    source: object = fp
    if isinstance(fp, str):
        if "://" in fp:
            from radiogram.interop.names import path_of

            path = path_of(fp)
            source = _remote(fp, storage_options) if path is fp else path
    elif hasattr(fp, "read") or hasattr(fp, "fs") or isinstance(fp, tuple):
        source = _remote(fp, None)
    charsets = [charset] if isinstance(charset, str) else charset
    made = _core.read(
        source, force, strict, specific_tags, stop_before_pixels, charsets, mmap, max_depth, max_inflated
    )
    # A file object has a name, which is kept; a path's own is known.
    if hasattr(fp, "read"):
        name = getattr(fp, "name", None)
        if isinstance(name, str):
            made.__dict__["_name"] = name
    return made


def _remote(fp: Source, options: Mapping[str, Any] | None) -> object:
    """Give what asks for ranges of a remote object, or the source itself."""
    from radiogram.interop import remote

    return remote.opened(fp, options) or fp
