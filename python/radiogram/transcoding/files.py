"""`rg.transcode`: which files there are, what is to be done with each, and doing it, several at a time."""

from __future__ import annotations

import os
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_OID, uuid5

from radiogram.dataset import read
from radiogram.errors import ArgumentError, DicomError, NotDicomError, source_error
from radiogram.interop.names import checked
from radiogram.pixels.compress import compress, decompress
from radiogram.registry import TransferSyntax
from radiogram.transcoding.report import Transcoded, TranscodeReport

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from os import PathLike

    from radiogram.dataset import Dataset

__all__ = ["transcode"]


def transcode(
    src: str | PathLike[str],
    dst: str | PathLike[str],
    syntax: str,
    *,
    verify: bool = True,
    threads: int | None = None,
    progress: Callable[[int, int], object] | None = None,
    **options: Any,  # noqa: ANN401
) -> TranscodeReport:
    """Write a file, or all files of a folder, in another transfer syntax.

    Each file is written beside its place and renamed when it is whole. Files that are at their place already, with the same instance in that
    transfer syntax, are skipped: a run that was broken off goes on where it was. Files without pixel data, and those that are in that
    transfer syntax, are copied. Where a codec loses something the instance gets a new UID, which follows from the old one, the transfer
    syntax and the options.

    Parameters
    ----------
    src : path
        A file, or a folder that is read with all its sub-folders.
    dst : path
        Where to: a file or a folder for a file; a folder for a folder, which gets the same sub-folders.
    syntax : str
        The transfer syntax by UID or keyword; a native one decompresses.
    verify : bool
        Decode each encoded frame and compare it: exactly, or within ``near``.
    threads : int, optional
        How many files are worked on at a time; one for each processor.
    progress : callable, optional
        Called with (files done, all files) after each file.
    **options
        Those of the codec: see `radiogram.codecs.encode`.

    Returns
    -------
    TranscodeReport
        What became of each file. One that failed does not stop the others.

    Raises
    ------
    ArgumentError
        There is no such transfer syntax, or a folder would be written into itself.
    DicomError
        `src` is a file that cannot be read or encoded.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> import radiogram as rg
    >>> from pydicom.data import get_testdata_file
    >>> source, target = pathlib.Path(tempfile.mkdtemp()), pathlib.Path(tempfile.mkdtemp())
    >>> for name in ("CT_small.dcm", "MR_small.dcm", "rtplan.dcm"):
    ...     _ = (source / name).write_bytes(pathlib.Path(get_testdata_file(name)).read_bytes())
    >>> report = rg.transcode(source, target, "RLELossless")
    >>> report.written, report.count("copied"), report.failed
    (2, 1, ())
    >>> str(rg.transcode(source, target, "RLELossless"))
    '3 skipped'
    """
    source, target = (Path(checked(os.fspath(name))) for name in (src, dst))
    new = TransferSyntax(syntax)
    if not source.is_dir():
        if target.is_dir():
            target = target / source.name
        done = _Task(new, options, verify=verify, threads=threads).run(source, target)
        if progress is not None:
            progress(1, 1)
        return TranscodeReport((done,))
    if source.resolve() in (target.resolve(), *target.resolve().parents):
        message = "a folder is not written into itself"
        raise ArgumentError(message)
    unlisted: list[Transcoded] = []
    pairs = [(path, target / path.relative_to(source)) for path in _files(source, target, unlisted)]
    count = os.cpu_count() or 1 if threads is None else threads
    if count < 1:
        message = "threads is a number from 1"
        raise ArgumentError(message)
    # One thread a file: files are more than processors.
    task = _Task(new, options, verify=verify, threads=1)
    files = [*unlisted, *_side_by_side(task.attempt, pairs, count, progress)]
    return TranscodeReport(tuple(sorted(files, key=lambda one: one.source)))


def _files(folder: Path, target: Path, unlisted: list[Transcoded]) -> list[Path]:
    """Give the files of a folder, links to nothing among them; a folder that cannot be listed is told as one that failed."""

    def tell(error: OSError) -> None:
        place = Path(error.filename or folder)
        raised = source_error(f"the folder cannot be listed: {error.strerror}", error.errno or 0)
        unlisted.append(Transcoded(place, target / place.relative_to(folder), "failed", error=raised))

    found = [Path(inner, name) for inner, _, names in os.walk(folder, onerror=tell) for name in names]
    # Neither pipes and devices, nor links to folders.
    return sorted(path for path in found if path.is_file() or (path.is_symlink() and not path.exists()))


def _side_by_side(
    attempt: Callable[[Path, Path], Transcoded],
    pairs: list[tuple[Path, Path]],
    threads: int,
    progress: Callable[[int, int], object] | None,
) -> Iterator[Transcoded]:
    """Work on some files at a time, and give what became of them in their order."""
    waiting: deque[Any] = deque()
    rest = iter(pairs)
    with ThreadPoolExecutor(threads, "radiogram-transcode") as pool:
        try:
            for number in range(len(pairs)):
                for pair in rest:
                    waiting.append(pool.submit(attempt, *pair))
                    if len(waiting) >= 2 * threads:
                        break
                yield waiting.popleft().result()
                if progress is not None:
                    progress(number + 1, len(pairs))
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise


class _Task:
    """What is done with every file."""

    def __init__(
        self, new: TransferSyntax, options: dict[str, Any], *, verify: bool, threads: int | None
    ) -> None:
        self._new = new
        self._options = options
        self._verify = verify
        self._threads = threads

    def attempt(self, source: Path, target: Path) -> Transcoded:
        """Do it, and give the error where it fails."""
        try:
            return self.run(source, target)
        except NotDicomError:
            return Transcoded(source, target, "set aside", source.stat().st_size)
        except (DicomError, OSError) as error:
            return Transcoded(source, target, "failed", error=error)

    def run(self, source: Path, target: Path) -> Transcoded:
        """Do it, or raise."""
        ds: Any = read(source)
        size = source.stat().st_size
        own = ds.file_meta.get("TransferSyntaxUID") or ds._syntax()[0]
        instance, derived = ds.get("SOPInstanceUID"), self._derived(ds)
        keeps = own == self._new.uid or not self._has_pixels(ds)
        if _is_there(target, own if keeps else str(self._new.uid), {instance, derived}):
            return Transcoded(source, target, "skipped", size, target.stat().st_size)
        if not keeps:
            self._encode(ds, own)
            if ds.get("SOPInstanceUID") != instance:
                ds.SOPInstanceUID = ds.file_meta.MediaStorageSOPInstanceUID = derived
        target.parent.mkdir(parents=True, exist_ok=True)
        ds.save_as(target)
        return Transcoded(source, target, "copied" if keeps else "written", size, target.stat().st_size)

    def _encode(self, ds: Dataset, own: str | None) -> None:
        if self._new.is_encapsulated:
            compress(ds, self._new.uid, self._options, verify=self._verify, threads=self._threads)
            return
        if self._options:
            message = "a native transfer syntax has no options"
            raise ArgumentError(message)
        if own is not None and TransferSyntax(own).is_encapsulated:
            decompress(ds, as_rgb=False, threads=self._threads, syntax=self._new.uid)
        else:
            ds.file_meta.TransferSyntaxUID = self._new.uid

    @staticmethod
    def _has_pixels(ds: Any) -> bool:  # noqa: ANN401
        return any(name in ds for name in ("PixelData", "FloatPixelData", "DoubleFloatPixelData"))

    def _derived(self, ds: Any) -> str:  # noqa: ANN401
        """Give the UID of the instance that becomes of one when something is lost: the same one each time."""
        said = [str(ds.get("SOPInstanceUID")), str(self._new.uid), repr(sorted(self._options.items()))]
        # PS3.5 B.2: a UUID, here one of a name.
        return f"2.25.{uuid5(NAMESPACE_OID, '/'.join(said)).int}"


def _is_there(target: Path, syntax: str | None, instances: set[str | None]) -> bool:
    """Whether a whole file is at its place: they are renamed when they are whole."""
    if not target.exists():
        return False
    try:
        there: Any = read(target, stop_before_pixels=True)
    except DicomError:
        return False
    return there.file_meta.get("TransferSyntaxUID") == syntax and there.get("SOPInstanceUID") in instances
