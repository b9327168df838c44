"""What frames of multi-frame PET images say of activity and time, in the words of single images.

Enhanced PET (PS3.3 A.56) says it in functional groups and in modules of its own (C.8.22); converted series (A.70) keep the words of single
images in groups of what has no other place (C.7.6.16.2.25, C.7.6.16.2.26).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from radiogram.errors import SUVError
from radiogram.values.attribute import items_of, number_of, text_of, whole_of
from radiogram.volume import pet
from radiogram.volume.levels import levels_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime, timedelta

    from radiogram.dataset import Dataset

__all__ = ["WANTED", "Frame", "frames_of"]

SHARED, OWN = "SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence"
_MAPS, _USAGE, _AGENT = (
    "RealWorldValueMappingSequence",
    "RadiopharmaceuticalUsageSequence",
    "RadiopharmaceuticalAgentNumber",
)

_OF_IMAGE = (
    "DecayCorrected", "DecayCorrectionDateTime", "AttenuationCorrected", "ScatterCorrected", "AcquisitionDateTime",
    "RescaleSlope", "RescaleIntercept", "RescaleType",
)  # fmt: skip
WANTED: tuple[int | str, ...] = (*pet.WANTED, *_OF_IMAGE, SHARED, OWN)
"""What is read of a file of several frames."""

# UCUM codes of activity, and of uptake values by what they are normalised (PS3.16 CID 84, CID 85).
_ACTIVITY = {"Bq/ml": 1.0, "kBq/ml": 1e3, "MBq/ml": 1e6}
_UPTAKE = {
    "{SUVbw}g/ml": ("GML", "BW", "bw"),
    "g/ml{SUVbw}": ("GML", "BW", "bw"),
    "{SUVlbm}g/ml": ("GML", "LBMJAMES128", "lbm"),
    "g/ml{SUVlbm}": ("GML", "LBMJAMES128", "lbm"),
    "{SUVibw}g/ml": ("GML", "IBW", "ibw"),
    "g/ml{SUVibw}": ("GML", "IBW", "ibw"),
    "{SUVbsa}cm2/ml": ("CM2ML", "BSA", "bsa"),
    "cm2/ml{SUVbsa}": ("CM2ML", "BSA", "bsa"),
}
_UNITS = frozenset({"BQML", "CNTS", "GML", "CM2ML"})
_CORRECTIONS = (("DECAY", "DecayCorrected"), ("ATTN", "AttenuationCorrected"), ("SCAT", "ScatterCorrected"))


class Frame:
    """A frame of a multi-frame image, which answers as the header of a single image does.

    Parameters
    ----------
    levels : sequence of Dataset
        Where its attributes stand: its own macros first, then those that all frames share, then the data set.
    maps : sequence of Dataset
        Its real world value maps.
    usage : sequence of Dataset
        Which of the radiopharmaceuticals it shows.
    kind : str
        The uptake value that is wanted: the map of it is taken where there is one.

    Attributes
    ----------
    ratio : float
        What makes the unit that `get` calls ``"Units"`` of a value after the rescale.
    """

    def __init__(
        self, levels: Sequence[Dataset], maps: Sequence[Dataset], usage: Sequence[Dataset], kind: str
    ) -> None:
        self._levels = levels
        self.ratio = 1.0
        self._told: dict[str, Any] = {}
        self._take_units(maps, kind)
        self._take_corrections()
        self._take_times()
        self.agents = tuple(whole_of(item, _AGENT) for item in usage)
        if usage:
            # PS3.3 C.8.22.5.4: which of the radiopharmaceuticals a frame shows.
            known = next(filter(None, (items_of(level, pet.RADIOPHARMACEUTICAL) for level in levels)), ())
            self._told[pet.RADIOPHARMACEUTICAL] = [
                item for item in known if whole_of(item, _AGENT) in self.agents
            ]

    def get(self, keyword: str) -> Any:  # noqa: ANN401  (the values of datasets)
        """Give the value of an attribute of a single image, or None."""
        return self._told[keyword] if keyword in self._told else self._plain(keyword)

    def private_block(self, group: int, creator: str) -> Any:  # noqa: ANN401
        """Give the block of a private creator, where one of the levels has it."""
        for level in self._levels:
            try:
                return level.private_block(group, creator)
            except KeyError:
                continue
        raise KeyError(creator)

    def _plain(self, keyword: str) -> Any:  # noqa: ANN401
        for level in self._levels:
            value = level.get(keyword)
            if value is not None and value != "":
                return value
        return None

    def _take_corrections(self) -> None:
        """Say in Corrected Image and Decay Correction what the module of corrections says (PS3.3 C.8.22.4)."""
        said = {word: str(self._plain(keyword) or "").upper() for word, keyword in _CORRECTIONS}
        if not any(said.values()):
            return
        self._told["CorrectedImage"] = [word for word, answer in said.items() if answer == "YES"]
        if said["DECAY"] == "NO":
            self._told["DecayCorrection"] = "NONE"
        elif said["DECAY"] == "YES" and self._plain("DecayCorrectionDateTime"):
            self._told["DecayCorrection"] = "MOMENT"

    def _take_times(self) -> None:
        """Say in Acquisition Date and Time what Frame Content says (PS3.3 C.7.6.16.2.2)."""
        acquired = str(self._plain("FrameAcquisitionDateTime") or "")
        said = _moment(acquired) if len(acquired) >= 14 else None
        if said is not None:
            local = pet.on_the_clock(said, pet.zone_of(self._plain("TimezoneOffsetFromUTC")))
            self._told["AcquisitionDate"] = f"{local:%Y%m%d}"
            self._told["AcquisitionTime"] = f"{local:%H%M%S.%f}"
        duration = self._plain("FrameAcquisitionDuration")
        if duration is not None:
            self._told["ActualFrameDuration"] = duration

    def _take_units(self, maps: Sequence[Dataset], kind: str) -> None:
        """Say in Units what the values after the rescale are: by name, or by a real world value map."""
        said = str(self._plain("Units") or self._plain("RescaleType") or "").upper()
        if said in _UNITS:
            self._told["Units"] = said
            return
        by_unit = {_unit_of(item): item for item in maps}
        wanted = [unit for unit, (*_, held) in _UPTAKE.items() if held == kind]
        chosen = next((unit for unit in (*wanted, *_ACTIVITY, *_UPTAKE) if unit in by_unit), None)
        if chosen is None:
            return
        self.ratio = self._ratio(by_unit[chosen]) * _ACTIVITY.get(chosen, 1.0)
        if chosen in _ACTIVITY:
            self._told["Units"] = "BQML"
        else:
            self._told["Units"], self._told["SUVType"], _ = _UPTAKE[chosen]

    def _ratio(self, item: Dataset) -> float:
        """Give what leads from values after the rescale to those of a map: a factor, where both are lines through nothing."""
        slope, intercept = (
            pet.number(item, "RealWorldValueSlope"),
            pet.number(item, "RealWorldValueIntercept"),
        )
        said, shift = (number_of(self, keyword) for keyword in ("RescaleSlope", "RescaleIntercept"))
        ours = 1.0 if said is None else said
        if slope is None or not ours or shift or intercept:
            message = "the real world value map is no factor of the values after the rescale"
            raise SUVError(message)
        return slope / ours


def _unit_of(item: Dataset) -> str:
    codes = items_of(item, "MeasurementUnitsCodeSequence")
    return text_of(codes[0], "CodeValue") if codes else ""


def frames_of(ds: Dataset, wanted: Iterable[int] | None, kind: str) -> dict[int, Frame]:
    """Give the frames of a file of several: those that are wanted, or all.

    Raises
    ------
    SUVError
        The file does not say of each frame what it is.
    """
    count = whole_of(ds, "NumberOfFrames") or 1
    own, shared = items_of(ds, OWN), items_of(ds, SHARED)[:1]
    if len(own) not in {0, count}:
        message = "there are not as many functional groups as frames"
        raise SUVError(message)
    if not own and not any(len(group) for group in shared):
        message = "images of several frames without functional groups do not say what they are corrected for"
        raise SUVError(message)
    found = {}
    for number in range(count) if wanted is None else sorted(set(wanted)):
        groups = [*own[number : number + 1], *shared]
        maps, usage = (
            next(filter(None, (items_of(group, keyword) for group in groups)), ())
            for keyword in (_MAPS, _USAGE)
        )
        found[number] = Frame(levels_of(ds, number), maps, usage, kind)
    return found


def offset_of(text: str) -> timedelta | None:
    """Give the offset from UTC that a moment says, or None.

    Examples
    --------
    >>> from radiogram.volume.pet_frames import offset_of
    >>> offset_of("20240229101500.25+0200"), offset_of("20240229101500")
    (datetime.timedelta(seconds=7200), None)
    """
    said = _moment(text)
    return None if said is None else said.utcoffset()


def _moment(text: str) -> datetime | None:
    from radiogram.errors import DicomError
    from radiogram.values import DT

    try:
        said = DT(text).to_datetime()
    except DicomError:
        return None
    return None if isinstance(said, tuple) else said
