"""What a segment is (PS3.3 C.8.20.2, C.8.20.4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from radiogram.segmentation.color import rgb_of
from radiogram.values.attribute import items_of, numbers_of, text_of, whole_of
from radiogram.values.code import Code, code_of, codes_of

if TYPE_CHECKING:
    from radiogram.dataset import Dataset

__all__ = ["Segment"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A segment, as Segment Sequence describes it.

    Attributes
    ----------
    number : int
        Segment Number: what frames refer to, and what maps of labels hold.
    label : str
        Segment Label.
    description : str
        Segment Description.
    property_category : Code or None
        Segmented Property Category, such as ``(123037004, SCT, "Anatomical Structure")``.
    property_type : Code or None
        Segmented Property Type: what it is.
    property_type_modifiers : tuple of Code
        Such as the side.
    anatomic_region : Code or None
        Where it is, if that is not what it is.
    algorithm_type : str
        ``AUTOMATIC``, ``SEMIAUTOMATIC`` or ``MANUAL``.
    algorithm_name : str
        Segment Algorithm Name.
    tracking_id, tracking_uid : str
        The same for the same thing at other times.
    color : tuple of int or None
        Recommended Display CIELab Value as sRGB, 0 to 255.

    Examples
    --------
    >>> import radiogram as rg
    >>> from pydicom.data import get_testdata_file
    >>> seg = rg.read_segmentation(get_testdata_file("liver_1frame.dcm"))
    >>> [(segment.number, segment.label, segment.algorithm_type) for segment in seg.segments]
    [(1, 'Liver', 'SEMIAUTOMATIC')]
    """

    number: int
    label: str = ""
    description: str = ""
    property_category: Code | None = None
    property_type: Code | None = None
    property_type_modifiers: tuple[Code, ...] = ()
    anatomic_region: Code | None = None
    algorithm_type: str = ""
    algorithm_name: str = ""
    tracking_id: str = ""
    tracking_uid: str = ""
    color: tuple[int, int, int] | None = None

    @classmethod
    def of(cls, item: Dataset) -> Segment:
        """Read an item of Segment Sequence."""
        kinds = items_of(item, "SegmentedPropertyTypeCodeSequence")
        modifiers = codes_of(kinds[0], "SegmentedPropertyTypeModifierCodeSequence") if kinds else ()
        lab = tuple(int(part) for part in numbers_of(item, "RecommendedDisplayCIELabValue"))
        return cls(
            number=whole_of(item, "SegmentNumber") or 0,
            label=text_of(item, "SegmentLabel"),
            description=text_of(item, "SegmentDescription"),
            property_category=code_of(item, "SegmentedPropertyCategoryCodeSequence"),
            property_type=code_of(item, "SegmentedPropertyTypeCodeSequence"),
            property_type_modifiers=modifiers,
            anatomic_region=code_of(item, "AnatomicRegionSequence"),
            algorithm_type=text_of(item, "SegmentAlgorithmType"),
            algorithm_name=text_of(item, "SegmentAlgorithmName"),
            tracking_id=text_of(item, "TrackingID"),
            tracking_uid=text_of(item, "TrackingUID"),
            color=rgb_of(lab) if len(lab) == 3 else None,
        )
