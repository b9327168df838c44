"""`ds.video`: the video of a data set."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from radiogram.errors import ArgumentError, ExistingFileError
from radiogram.interop.pictures import pictures
from radiogram.interop.whole_file import replacing
from radiogram.video.embed import embed
from radiogram.video.info import read_info
from radiogram.video.stream import fragments, require, whole

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator
    from fractions import Fraction

    import numpy.typing as npt

    from radiogram.dataset.dataset import Dataset
    from radiogram.video.info import VideoInfo

__all__ = ["Video"]

_SUFFIXES = {
    ".mp4": {".mp4", ".m4v", ".mov"},
    ".ts": {".ts", ".m2ts", ".mts"},
    ".mpg": {".mpg", ".mpeg", ".vob"},
    ".m2v": {".m2v", ".mpg", ".mpeg"},
    ".h264": {".h264", ".264", ".avc"},
    ".hevc": {".hevc", ".h265", ".265"},
}
"""The suffixes that files of each kind have."""


class Video:
    """The video of a data set: its stream as it came, what this says of itself, and its pictures.

    Raises
    ------
    NoPixelDataError
        The data set has no pixel data.
    UnsupportedError
        Its transfer syntax is none of video.

    Examples
    --------
    >>> import radiogram as rg
    >>> from pydicom.data import get_testdata_file
    >>> rg.read(get_testdata_file("CT_small.dcm")).video.info
    Traceback (most recent call last):
    ...
    radiogram.errors.UnsupportedError: the pixel data are no video: Explicit VR Little Endian
    """

    def __init__(self, dataset: Dataset) -> None:
        self._dataset = dataset

    @property
    def stream(self) -> bytes:
        """The bytes of the stream."""
        require(self._dataset)
        return whole(self._dataset)

    @property
    def info(self) -> VideoInfo:
        """What the stream says of itself: coding, container, size, rate, pictures.

        Raises
        ------
        PixelError
            Its headers are damaged.
        """
        return read_info(self.stream)

    def fragments(self) -> Iterator[bytes]:
        """Give the stream as the fragments that it is stored in; the last one may have a byte more, which makes its length even."""
        require(self._dataset)
        return (bytes(part) for part in fragments(self._dataset))

    def save(self, path: str | os.PathLike[str], *, overwrite: bool = True) -> Path:
        """Write the stream to a file of its own, as it is.

        Parameters
        ----------
        path : path-like
            Without a suffix it gets the one of the stream: ``.mp4``, ``.ts``, ``.mpg``, or ``.m2v``, ``.h264``, ``.hevc`` for streams in no
            container. The file is written beside its place and renamed.
        overwrite : bool
            Replace a file that is there.

        Returns
        -------
        Path
            The file.

        Raises
        ------
        ArgumentError
            The path has the suffix of another kind of file.
        ExistingFileError
            There is a file already, and it is to stay.
        """
        stream = self.stream
        suffix = read_info(stream).suffix
        target = Path(path)
        if not target.suffix:
            target = target.with_name(target.name + suffix)
        elif target.suffix.lower() not in _SUFFIXES[suffix]:
            message = f"the stream is one of {suffix} files, not of {target.suffix}; nothing is put into another container"
            raise ArgumentError(message)
        if not overwrite and target.exists():
            message = "there is a file already"
            raise ExistingFileError(message, None, str(target))
        with replacing(target) as file:
            file.write(stream)
        return target

    def frames(self) -> Iterator[npt.NDArray[Any]]:
        """Decode the pictures, one at a time: (rows, columns, 3) of ``uint8``, RGB.

        The package ``av`` decodes them: ``pip install 'radiogram[video]'``.

        Raises
        ------
        UnsupportedError
            The package is not there.
        PixelError
            The stream cannot be decoded.
        """
        return pictures(self.stream)

    def embed(
        self,
        source: str | os.PathLike[str] | bytes,
        *,
        transfer_syntax: str | None = None,
        frame_rate: float | Fraction | None = None,
        fragment: int | None = None,
    ) -> VideoInfo:
        """Put a stream into the data set, as it is, with the attributes that describe it.

        Rows, Columns, Number of Frames, Frame Time, Cine Rate, what describes samples (``YBR_PARTIAL_420``), Lossy Image Compression, its ratio
        and method, and the transfer syntax are set; the instance gets a new UID. What kind of object the data set is stays the caller's.

        Parameters
        ----------
        source : path-like or bytes
            MPEG-2, or H.264 or HEVC in MP4 or a transport stream.
        transfer_syntax : str, optional
            By UID or keyword, one that the stream fits; by default the plainest one that its profile and level fit.
        frame_rate : number, optional
            Pictures a second, where the stream does not say, or says it wrongly.
        fragment : int, optional
            Bytes of a fragment, for a transfer syntax that is fragmentable.

        Returns
        -------
        VideoInfo
            What the stream says of itself.

        Raises
        ------
        UnsupportedError
            DICOM has no transfer syntax for the stream; the reason is said.
        ArgumentError
            The stream does not fit what was asked for, or does not say its rate.
        PixelError
            Its headers are damaged.
        """
        stream = source if isinstance(source, bytes) else Path(source).read_bytes()
        return embed(
            self._dataset,
            stream,
            transfer_syntax=transfer_syntax,
            frame_rate=frame_rate,
            fragment=fragment,
        )

    def __repr__(self) -> str:
        return f"<Video {require(self._dataset).name}>"
