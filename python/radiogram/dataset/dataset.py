"""The dataset: elements by keyword and tag, iteration, comparison, copies, pickles."""

from __future__ import annotations

import os

from radiogram import _core
from radiogram._tables.attributes import Attributes
from radiogram.dataset.compressing import Compressing
from radiogram.dataset.edits import Edits
from radiogram.dataset.models import Models
from radiogram.dataset.namesakes import Namesakes
from radiogram.dataset.tag import Tag
from radiogram.dataset.writer import Writing
from radiogram.errors import ArgumentError, NotADatasetError, UnknownKeywordError, UnknownTagError

# `typing` costs more to import than this package.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from typing import Any, overload

    import numpy as np
    import numpy.typing as npt

    from radiogram._core import DataElement
    from radiogram.pixels import Overlay, Pixels
    from radiogram.problem import Problem
    from radiogram.video import Video
    from radiogram.waveform import Waveforms

    Key = int | str | tuple[int, int]
else:

    def overload(function: object) -> object:
        """Stand in for `typing.overload`, which matters to type checkers alone."""
        return function


__all__ = ["Dataset"]


class Dataset(_core.Dataset, Edits, Writing, Compressing, Models, Namesakes, Attributes):
    """A dataset: the elements of a file, of an item, or of the file meta information.

    Values are decoded when they are touched and are those that pydicom gives. `radiogram.read` gives the dataset of a
    file, ``Dataset()`` an empty one. Both can be changed; what was handed out before stays as it is.

    Parameters
    ----------
    data : Dataset or mapping, optional
        Elements to begin with: those of another dataset, which are shared with it, or by their tags and keywords.

    Examples
    --------
    >>> import radiogram as rg
    >>> from pydicom.data import get_testdata_file
    >>> ds = rg.read(get_testdata_file("MR_small.dcm"))
    >>> ds.PatientName, ds["Rows"].value, ds[0x0028, 0x0011].VR, "KVP" in ds
    ('CompressedSamples^MR1', 64, 'US', False)
    >>> ds.PatientName, ds.KVP = "Doe^Jane", 120
    >>> ds["PatientName"].value.family_name, ds["KVP"].VR
    ('Doe', 'DS')
    """

    def __init__(
        self,
        data: Mapping[Any, Any] | Dataset | _core.Node | None = None,
        *,
        parent_encoding: object = None,  # noqa: ARG002  # pydicom's
    ) -> None:
        # What was read is there already: the core's own node holds no elements.
        if data is not None and not isinstance(data, _core.Node):
            self.update(data)

    @classmethod
    def new(
        cls,
        sop_class: str,
        like: Dataset | None = None,
        *,
        pixels: npt.NDArray[Any] | None = None,
        photometric: str | None = None,
        bits_stored: int | None = None,
        planar: int = 0,
        copy: Iterable[str] = ("patient", "study"),
        prefix: str | None = None,
        **elements: object,
    ) -> Dataset:
        """Give a new instance of a SOP class, of the same patient and study as another (see `radiogram.dataset.new`).

        Parameters
        ----------
        sop_class : str
            The SOP class by UID, keyword or name.
        like : Dataset, optional
            Whose patient and study it belongs to.
        pixels : ndarray, optional
            Its pixels; the elements that describe them follow from shape and type.
        photometric, bits_stored, planar : optional
            What the array does not say: Photometric Interpretation, Bits Stored, Planar Configuration.
        copy : iterable of str
            What it has in common with `like`: ``patient``, ``study``, ``series``, ``frame_of_reference``, ``equipment``.
        prefix : str, optional
            The root of the new UIDs with its last dot; without it they are ``2.25.`` and a random number.
        **elements
            Further elements by keyword, in place of what was copied.

        Raises
        ------
        ArgumentError
            There is no such SOP class or part, or the pixels cannot be described.
        UnknownKeywordError
            There is no such element.

        Examples
        --------
        >>> import numpy as np, radiogram as rg
        >>> ds = rg.Dataset.new("CTImageStorage", pixels=np.zeros((4, 6), "i2"), Modality="CT")
        >>> ds.SOPClassUID.name, ds.Columns, ds.PixelRepresentation, ds.SOPInstanceUID.is_valid
        ('CT Image Storage', 6, 1, True)
        """
        from radiogram.dataset.new import fill

        made: Dataset = fill(
            cls(),
            sop_class,
            like,
            pixels=pixels,
            photometric=photometric,
            bits_stored=bits_stored,
            planar=planar,
            copy=copy,
            prefix=prefix,
            **elements,
        )
        return made

    # -- access ------------------------------------------------------------------------------------------------

    def _missing(self, keyword: str) -> AttributeError:
        """Make the exception for a name that is neither an element here nor an attribute."""
        if hasattr(type(self), keyword):
            # A property that raised: Python asks here, and the property's own words are the answer.
            try:
                object.__getattribute__(self, keyword)
            except AttributeError as error:
                return error
        if _core.dictionary_tag(keyword) is not None:
            return UnknownKeywordError(f"the dataset has no {keyword}")
        return UnknownKeywordError(_no_such_keyword(keyword))

    @overload
    def __getitem__(self, key: Key) -> DataElement: ...
    @overload
    def __getitem__(self, key: slice) -> Dataset: ...
    def __getitem__(self, key: Key | slice) -> DataElement | Dataset:
        """Give the element with a key, or for a slice of tags a dataset of those in it.

        Raises
        ------
        UnknownTagError
            There is none; it is a `KeyError`.
        """
        if isinstance(key, slice):
            return self._slice(key)
        found = self._element(key)
        if found is None:
            raise self._absent(key)
        return found

    def _absent(self, key: Key) -> UnknownTagError:
        try:
            tag = Tag(_core.tag(key))
        except UnknownTagError as error:
            return UnknownTagError(_no_such_keyword(key)) if isinstance(key, str) else error
        return UnknownTagError("the dataset has no such element", None, str(tag))

    def _slice(self, key: slice) -> Dataset:
        return type(self)(self._part(self._slice_tags(key)))

    def _slice_tags(self, key: slice) -> list[int]:
        start = 0 if key.start is None else Tag(key.start)
        stop = 0x1_0000_0000 if key.stop is None else Tag(key.stop)
        return sorted([tag for tag in self._tags() if start <= tag < stop][:: key.step])

    def get(self, key: Key, default: Any = None) -> Any:  # noqa: ANN401  # values are of any type
        """Give the value for a keyword, the element for a tag, `default` where there is none.

        Examples
        --------
        >>> import radiogram as rg
        >>> from pydicom.data import get_testdata_file
        >>> ds = rg.read(get_testdata_file("CT_small.dcm"))
        >>> ds.get("KVP"), ds.get(0x00180060).value, ds.get("EchoTime", 0)
        ('120', '120', 0)
        """
        if isinstance(key, str):
            if _core.dictionary_tag(key) is None:
                return getattr(self, key, default) if key.isidentifier() else self._element_or(key, default)
            found = self._value(key)
            return default if found is None and key not in self else found
        return self._element_or(key, default)

    def _element_or(self, key: Key, default: Any) -> Any:  # noqa: ANN401
        found = self._element(key)
        return default if found is None else found

    def keys(self) -> list[Tag]:
        """Tags in ascending order."""
        return [Tag(number) for number in self._tags()]

    def values(self) -> list[DataElement]:
        """Elements in ascending order of their tags."""
        return list(self)

    def items(self) -> list[tuple[Tag, DataElement]]:
        """Pairs of tag and element in ascending order."""
        return [(elem.tag, elem) for elem in self]

    def group_dataset(self, group: int) -> Dataset:
        """Give a dataset of the elements of one group."""
        return type(self)(self._part([tag for tag in self._tags() if tag >> 16 == group]))

    def dir(self, *filters: str) -> list[str]:
        """Keywords of the elements here, in alphabetic order; those that contain one of `filters`, in any case."""
        names = sorted(filter(None, (elem.keyword for elem in self)))
        wanted = [part.lower() for part in filters]
        return [name for name in names if not wanted or any(part in name.lower() for part in wanted)]

    def __dir__(self) -> list[str]:
        return sorted({*object.__dir__(self), *self.dir()})

    _ipython_key_completions_ = dir  # noqa: A003

    def walk(self, callback: Callable[[Dataset, DataElement], object], *, recursive: bool = True) -> None:
        """Call ``callback(dataset, element)`` for each element, in order, those in sequences too.

        The callback may take elements out; a sequence that it took out is not gone into.
        """
        for dataset, elem in self._walked(recursive=recursive):
            callback(dataset, elem)

    def private_creators(self, group: int) -> list[str]:
        """Texts of the private creators in a group, in the order of their blocks."""
        if group & 1 == 0:
            message = "private creators lie in groups with an odd number"
            raise ArgumentError(message)
        tags = [tag for tag in self._tags() if tag >> 16 == group and 0x10 <= tag & 0xFFFF <= 0xFF]
        return [self._value(tag) for tag in tags]

    def gather(self, path: str) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
        """Collect the numbers of one kind of element from nested sequences, in one call.

        Parameters
        ----------
        path : str
            Keywords or tags of eight digits, each sequence followed by ``*`` for all its items or the number of one:
            ``"ROIContourSequence/*/ContourSequence/*/ContourData"``.

        Returns
        -------
        values : ndarray of float64, 1-D
            All numbers; NaN for a component that is no number.
        offsets : ndarray of int64, 1-D
            Where those of each element begin, and their count at the end. An item without the element has none.

        Raises
        ------
        ArgumentError
            The path is no path.
        InvalidValueError
            The element is one whose values are no numbers.

        Examples
        --------
        >>> import radiogram as rg
        >>> from pydicom.data import get_testdata_file
        >>> ds = rg.read(get_testdata_file("rtplan.dcm"))
        >>> values, offsets = ds.gather("BeamSequence/0/ControlPointSequence/*/ControlPointIndex")
        >>> values, offsets
        (array([0., 1.]), array([0, 1, 2]))
        """
        return self._gather(path)

    # -- the file ----------------------------------------------------------------------------------------------

    @property
    def file_meta(self) -> Dataset:
        """The file meta information (PS3.10 7.1); empty where there is none."""
        return self._meta

    @file_meta.setter
    def file_meta(self, value: Dataset | None) -> None:
        self._set_meta(_checked_meta(value))

    @file_meta.deleter
    def file_meta(self) -> None:
        self._set_meta(Dataset())

    @property
    def preamble(self) -> bytes | None:
        """The 128 bytes in front of ``DICM``, ``None`` where there are none."""
        if "_preamble" in self.__dict__:
            set_here: bytes | None = self.__dict__["_preamble"]
            return set_here
        head = self._head(132)
        return head[:128] if head[128:] == b"DICM" else None

    @preamble.setter
    def preamble(self, value: bytes | None) -> None:
        self.__dict__["_preamble"] = value
        _core.count_edit(self)

    @preamble.deleter
    def preamble(self) -> None:
        self.preamble = None

    @property
    def filename(self) -> str | None:
        """The absolute path that was read, the name of a file-like object, ``None`` for memory; or what it was set to."""
        origin = None if "_name" in self.__dict__ else self._origin()
        return self.__dict__.get("_name") if origin is None else str(origin[0])

    @filename.setter
    def filename(self, value: str | os.PathLike[str] | None) -> None:
        self.__dict__["_name"] = None if value is None else os.fspath(value)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What departs from the standard, as far as it is known.

        Those of the structure are complete after reading; those of values appear when the values are touched.
        `check` touches all.
        """
        from radiogram.problem import Problem

        return tuple(Problem(*found) for found in self._problems())

    def check(self) -> tuple[Problem, ...]:
        """Touch every value, compare the pixel data with their description, and return all problems.

        Of an edited dataset these are the problems of what `save_as` would write.

        Raises
        ------
        InvalidValueError
            The dataset was edited, and a value cannot be written.

        Examples
        --------
        >>> import radiogram as rg
        >>> from pydicom.data import get_testdata_file
        >>> rg.read(get_testdata_file("CT_small.dcm")).check()
        ()
        """
        if self._is_edited:
            from radiogram.dataset.reader import read

            return read(self.to_bytes(), force=True).check()
        for elem in self.iterall():
            if elem.VR not in {"SQ", "OB", "OW", "OF", "OD", "OL", "OV", "UN"}:
                _ = elem.value
        _core.check_pixels(self)
        return self.problems

    def load(self) -> Dataset:
        """Read all of the source into memory, so that the file is not needed any more, and return this dataset.

        Raises
        ------
        SourceChangedError
            The file is no longer the one that was read.
        """
        self._retain()
        return self

    # -- pixels ------------------------------------------------------------------------------------------------

    @property
    def pixels(self) -> Pixels:
        """The pixel data: shape, frames, arrays in any unit (see `radiogram.pixels.Pixels`)."""
        from radiogram.pixels import Pixels

        held: Pixels | None = self.__dict__.get("_pixels")
        if held is None:
            held = self.__dict__.setdefault("_pixels", Pixels(self))
        return held

    @property
    def pixel_array(self) -> npt.NDArray[Any]:
        """The pixel values that pydicom 3 gives, read-only and kept: `.copy()` it to write."""
        return self.pixels.pixel_array

    @property
    def video(self) -> Video:
        """The video: the stream, what it says of itself, its pictures, and another stream put in (see `radiogram.video.Video`)."""
        from radiogram.video import Video

        return Video(self)

    @property
    def waveforms(self) -> Waveforms:
        """The multiplex groups of Waveform Sequence, as arrays with their units (see `radiogram.waveform.MultiplexGroup`)."""
        from radiogram.waveform import Waveforms

        return Waveforms(self)

    @property
    def overlays(self) -> list[Overlay]:
        """The overlay planes of groups 60xx (PS3.3 C.9.2)."""
        return self.pixels.overlays

    def overlay_array(self, group: int) -> npt.NDArray[np.uint8]:
        """One overlay plane as 0 and 1, by its group number."""
        return self.pixels.overlay_array(group)

    # -- copies, comparison, print -------------------------------------------------------------------------------

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Dataset):
            return NotImplemented
        from radiogram.dataset.compare import datasets_equal

        return datasets_equal(self, other)

    __hash__ = None  # type: ignore[assignment]

    def __copy__(self) -> Dataset:
        from radiogram.dataset.copies import shallow

        return shallow(self)

    copy = __copy__

    def __deepcopy__(self, memo: dict[int, Any]) -> Dataset:
        from radiogram.dataset.copies import deep

        return deep(self, memo)

    def __reduce__(self) -> tuple[Any, ...]:
        from radiogram.dataset.copies import reduced

        return reduced(self)

    def __repr__(self) -> str:
        from radiogram.dataset.show import lines

        if self._is_root and len(self._meta):
            rule = "-" * 40
            return "\n".join(("Dataset.file_meta " + "-" * 22, *lines(self._meta), rule, *lines(self)))
        return "\n".join(lines(self))

    __str__ = __repr__

    def _repr_html_(self) -> str:
        from radiogram.dataset.show import html

        return html(self)

    def formatted_lines(self, indent: str = "    ") -> Iterator[str]:
        """Lines of `repr`, one an element, those in sequences indented."""
        from radiogram.dataset.show import lines

        return lines(self, indent)

    # -- exchange ------------------------------------------------------------------------------------------------

    def to_pydicom(self) -> Any:  # noqa: ANN401  # pydicom is an extra and not imported here
        """Give the same dataset as a `pydicom.Dataset` (see `radiogram.interop.to_pydicom`)."""
        from radiogram.interop import to_pydicom

        return to_pydicom(self)

    @classmethod
    def from_pydicom(cls, dataset: Any) -> Dataset:  # noqa: ANN401
        """Take a `pydicom.Dataset` over (see `radiogram.interop.from_pydicom`)."""
        from radiogram.interop import from_pydicom

        return from_pydicom(dataset)


def _no_such_keyword(keyword: str) -> str:
    near = ", ".join(_core.dictionary_nearest(keyword, 3))
    return f"no such keyword as {keyword}" + (f"; did you mean {near}?" if near else "")


def _checked_meta(value: object) -> Dataset:
    if value is None:
        return Dataset()
    if type(value).__module__ == "pydicom.dataset":
        value = Dataset.from_pydicom(value)
    if not isinstance(value, Dataset):
        message = "the file meta information is a dataset"
        raise NotADatasetError(message)
    if any(tag >> 16 != 2 for tag in value._tags()):
        message = "the file meta information has elements of group 0002 alone (PS3.10 7.1)"
        raise ArgumentError(message)
    return value
