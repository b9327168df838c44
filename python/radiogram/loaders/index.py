"""Index files: what a loader needs to know of each sample, on disk. A dataset holds the path and the hash of one, never its rows.

Rows are JSON, one after the other, behind the mark; then where each begins (64-bit, little endian), what is said of all of them (JSON),
and at the end where these two begin and how many rows there are. Only the row that is asked for is read.
"""

from __future__ import annotations

import hashlib
import json
import os
import struct
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from radiogram.errors import ArgumentError, SourceChangedError, source_error

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Index"]

_MARK = b"RGINDEX1"
_END = struct.Struct("<QQQ8s")
_CHUNK = 1 << 20


class Index:
    """The samples of a dataset, as they lie in an index file.

    A pickle of it is the path and the SHA-256 of the file, whatever the number of samples. In each process the file is compared with the
    hash before the first row is read, and stays open from then on; it may be used by many threads and across a fork.

    Parameters
    ----------
    path : path
        The index file.
    digest : str, optional
        The SHA-256 that it must have.

    Raises
    ------
    ArgumentError
        It is no index file.
    SourceChangedError
        It is not the one that the hash is of.
    """

    def __init__(self, path: str | os.PathLike[str], digest: str | None = None) -> None:
        self.path = os.path.abspath(path)  # noqa: PTH100
        self._held: _Held | None = None
        if digest is None:
            self._held = _Held(self.path, None)
            digest = self._held.digest
        self.digest = digest

    def __reduce__(self) -> tuple[Any, ...]:
        return Index, (self.path, self.digest)

    @property
    def _file(self) -> _Held:
        # No lock, which a fork could inherit closed: of two threads that open it, one is the slower, and closes its own.
        held = self._held
        if held is None:
            held = self._held = _Held(self.path, self.digest)
        return held

    @property
    def about(self) -> dict[str, Any]:
        """What is said of all rows."""
        return self._file.about

    def __len__(self) -> int:
        """Give the number of rows."""
        return self._file.count

    def row(self, number: int) -> list[Any]:
        """Read a row."""
        return self._file.row(number)

    @staticmethod
    def is_one(path: str | os.PathLike[str]) -> bool:
        """Tell an index file by its mark."""
        try:
            with Path(path).open("rb") as file:
                return file.read(len(_MARK)) == _MARK
        except OSError:
            return False

    @classmethod
    def write(cls, path: str | os.PathLike[str], rows: Iterable[list[Any]], about: dict[str, Any]) -> Index:
        """Write an index file; it takes its name when it is complete. `about` may be filled while the rows are made.

        Returns
        -------
        Index
        """
        target = Path(path)
        hashed = hashlib.sha256()
        try:
            handle, partial = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".part", dir=target.parent)
        except OSError as error:
            message = f"{target}: {error.strerror}"
            raise source_error(message, error.errno or 0) from error
        try:
            with os.fdopen(handle, "wb") as file:

                def put(data: bytes) -> int:
                    hashed.update(data)
                    return file.write(data)

                at = put(_MARK)
                starts = []
                for row in rows:
                    starts.append(at)
                    at += put(json.dumps(row, separators=(",", ":")).encode("ascii"))
                starts.append(at)
                after = at + put(struct.pack(f"<{len(starts)}Q", *starts))
                put(json.dumps(about).encode("ascii"))
                put(_END.pack(at, after, len(starts) - 1, _MARK))
            umask = os.umask(0)
            os.umask(umask)
            Path(partial).chmod(0o666 & ~umask)
            Path(partial).replace(target)
        except BaseException:
            Path(partial).unlink(missing_ok=True)
            raise
        return cls(target, hashed.hexdigest())


class _Held:
    """An index file that is open, and where its rows begin."""

    def __init__(self, path: str, digest: str | None) -> None:
        import numpy as np

        self._path = path
        self._handle = -1
        try:
            self._handle = os.open(
                path, os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
            )
            size = os.fstat(self._handle).st_size
            hashed = hashlib.sha256()
            at = 0
            while part := self._read(at, min(_CHUNK, size - at), whole=False):
                hashed.update(part)
                at += len(part)
        except OSError as error:
            message = f"{path}: {error.strerror}"
            raise source_error(message, error.errno or 0) from error
        self.digest = hashed.hexdigest()
        if digest is not None and self.digest != digest:
            message = f"{path}: not the index that the dataset was made with"
            raise SourceChangedError(message)
        try:
            starts, about, count, mark = _END.unpack(self._read(size - _END.size, _END.size))
            is_fitting = (
                about - starts == 8 * (count + 1) and len(_MARK) <= starts < about <= size - _END.size
            )
            if not is_fitting or mark != _MARK or self._read(0, len(_MARK)) != _MARK:
                raise ValueError
            self.count: int = count
            self._starts: NDArray[np.uint64] = np.frombuffer(self._read(starts, 8 * (count + 1)), "<u8")
            self.about: dict[str, Any] = json.loads(self._read(about, size - _END.size - about))
        except (ValueError, struct.error, SourceChangedError) as error:
            message = f"{path}: not an index file"
            raise ArgumentError(message) from error

    def __del__(self) -> None:
        if self._handle >= 0:
            os.close(self._handle)

    def row(self, number: int) -> list[Any]:
        if not 0 <= number < self.count:
            message = f"there is no sample {number} of {self.count}"
            raise IndexError(message)
        start, end = int(self._starts[number]), int(self._starts[number + 1])
        row: list[Any] = json.loads(self._read(start, end - start))
        return row

    def _read(self, offset: int, count: int, *, whole: bool = True) -> bytes:
        if count < 0 or offset < 0:
            raise ValueError
        data = _read_at(self._handle, offset, count)
        if whole and len(data) != count:
            message = f"{self._path}: the index became shorter"
            raise SourceChangedError(message)
        return data


if hasattr(os, "pread"):

    def _read_at(handle: int, offset: int, count: int) -> bytes:
        parts = []
        while count and (part := os.pread(handle, count, offset)):
            parts.append(part)
            offset, count = offset + len(part), count - len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)

else:
    import threading

    _TURN = threading.Lock()

    def _read_at(handle: int, offset: int, count: int) -> bytes:
        with _TURN:
            os.lseek(handle, offset, os.SEEK_SET)
            return os.read(handle, count)
