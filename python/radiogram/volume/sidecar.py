"""What the headers of a volume say beside its voxels, in the words of BIDS: the JSON file beside a NIfTI file.

Keys are those of BIDS, and those that dcm2niix adds in its manner; times are seconds there. Names, numbers and dates of the patient are in none.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from radiogram.interop.whole_file import replacing
from radiogram.values.attribute import items_of, number_of, numbers_of, text_of, texts_of
from radiogram.volume.levels import WANTED, levels_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from radiogram.dataset import Dataset

__all__ = ["sidecar", "write_sidecar"]

# Key, and the attributes that say it, the first of them that is there.
_TEXTS: dict[str, tuple[str, ...]] = {
    "Modality": ("Modality",),
    "Manufacturer": ("Manufacturer",),
    "ManufacturersModelName": ("ManufacturerModelName",),
    "InstitutionName": ("InstitutionName",),
    "InstitutionalDepartmentName": ("InstitutionalDepartmentName",),
    "InstitutionAddress": ("InstitutionAddress",),
    "DeviceSerialNumber": ("DeviceSerialNumber",),
    "StationName": ("StationName",),
    "BodyPart": ("BodyPartExamined",),
    "PatientPosition": ("PatientPosition",),
    "ProcedureStepDescription": ("PerformedProcedureStepDescription",),
    "SoftwareVersions": ("SoftwareVersions",),
    "MRAcquisitionType": ("MRAcquisitionType",),
    "StudyDescription": ("StudyDescription",),
    "SeriesDescription": ("SeriesDescription",),
    "ProtocolName": ("ProtocolName",),
    "ScanningSequence": ("ScanningSequence",),
    "SequenceVariant": ("SequenceVariant",),
    "ScanOptions": ("ScanOptions",),
    "SequenceName": ("SequenceName", "PulseSequenceName"),
    "ParallelAcquisitionTechnique": ("ParallelAcquisitionTechnique",),
    "CoilString": ("ReceiveCoilName",),
    "ConvolutionKernel": ("ConvolutionKernel",),
    "InPlanePhaseEncodingDirectionDICOM": ("InPlanePhaseEncodingDirection",),
    "AttenuationCorrectionMethod": ("AttenuationCorrectionMethod",),
    "ReconstructionMethod": ("ReconstructionMethod",),
}
# Key, what it is divided by, and the attributes that say it.
_NUMBERS: dict[str, tuple[float, tuple[str, ...]]] = {
    "MagneticFieldStrength": (1, ("MagneticFieldStrength",)),
    "ImagingFrequency": (1, ("ImagingFrequency", "TransmitterFrequency")),
    "SeriesNumber": (1, ("SeriesNumber",)),
    "AcquisitionNumber": (1, ("AcquisitionNumber",)),
    "ExposureTime": (1000, ("ExposureTime",)),
    "XRayTubeCurrent": (1, ("XRayTubeCurrent",)),
    "XRayExposure": (1, ("Exposure",)),
    "SliceThickness": (1, ("SliceThickness",)),
    "SpacingBetweenSlices": (1, ("SpacingBetweenSlices",)),
    "SAR": (1, ("SAR",)),
    "EchoTime": (1000, ("EchoTime", "EffectiveEchoTime")),
    "RepetitionTime": (1000, ("RepetitionTime",)),
    "InversionTime": (1000, ("InversionTime",)),
    "FlipAngle": (1, ("FlipAngle",)),
    "PercentPhaseFOV": (1, ("PercentPhaseFieldOfView",)),
    "PercentSampling": (1, ("PercentSampling",)),
    "EchoTrainLength": (1, ("EchoTrainLength",)),
    "PhaseEncodingSteps": (1, ("NumberOfPhaseEncodingSteps", "MRAcquisitionPhaseEncodingStepsInPlane")),
    "ParallelReductionFactorInPlane": (1, ("ParallelReductionFactorInPlane",)),
    "ParallelReductionFactorOutOfPlane": (1, ("ParallelReductionFactorOutOfPlane",)),
    "AcquisitionDuration": (1, ("AcquisitionDuration",)),
    "PixelBandwidth": (1, ("PixelBandwidth",)),
    "DoseCalibrationFactor": (1, ("DoseCalibrationFactor",)),
}
# PS3.3 C.8.9.1.1.3, in the words of BIDS.
_PET_UNITS = {"BQML": "Bq/mL", "GML": "g/mL", "CM2ML": "cm2/mL"}
# Of the radiopharmaceutical (PS3.3 C.8.9.2).
_TRACER = (
    "RadionuclidePositronFraction",
    "RadionuclideHalfLife",
)
# Hertz of a pixel along the phases, of Siemens up to VE11 and from XA on; of GE microseconds between echoes, and how often a scan was accelerated.
_BANDWIDTHS = ((0x0019, "SIEMENS MR HEADER", 0x28), (0x0021, "SIEMENS MR SDI 02", 0x53))
_GE_ECHO_SPACING = (0x0043, "GEMS_PARM_01", 0x2C)
_GE_ACCELERATION = (0x0043, "GEMS_PARM_01", 0x83)
_PRIVATE = tuple(
    tag
    for group, _, element in (*_BANDWIDTHS, _GE_ECHO_SPACING, _GE_ACCELERATION)
    for block in range(0x10, 0x14)
    for tag in (group << 16 | block, group << 16 | block << 8 | element)
)
_OTHERS = (
    "ImageType", "AcquisitionTime", "AcquisitionDateTime", "FrameAcquisitionDateTime", "AcquisitionMatrix", "Rows", "Columns",
    "ImageOrientationPatient", "RadiopharmaceuticalInformationSequence", "ActualFrameDuration", "Units", "DecayCorrection",
    "CorrectedImage",
)  # fmt: skip


def sidecar(
    path: str | Path,
    frame: int,
    dims: tuple[str, ...],
    coords: Mapping[str, NDArray[Any]],
    units: Mapping[str, str],
) -> dict[str, Any]:
    """Give what the header of a volume's first image says, and what the volume's coordinates do.

    Parameters
    ----------
    path : str or Path
        The file of the first image.
    frame : int
        Which of its frames that is.
    dims : tuple of str
        The names of the volume's axes.
    coords : mapping from str to numpy.ndarray
        Their coordinates.
    units : mapping from str to str
        The units of these.

    Returns
    -------
    dict
        Of what `json` writes: texts, numbers, lists of them.

    Examples
    --------
    >>> from pydicom.data import get_testdata_file
    >>> from radiogram.volume.sidecar import sidecar
    >>> found = sidecar(get_testdata_file("MR_small.dcm"), 0, ("slice", "row", "column"), {}, {})
    >>> found["EchoTime"], found["RepetitionTime"], found["Modality"]
    (0.24, 4, 'MR')
    """
    from radiogram._core import VERSION
    from radiogram.dataset import read

    names = [
        *_OTHERS,
        *(name for said in _TEXTS.values() for name in said),
        *(name for _, said in _NUMBERS.values() for name in said),
    ]
    ds = read(path, specific_tags=[*dict.fromkeys(names), *WANTED, *dict.fromkeys(_PRIVATE)])
    levels = levels_of(ds, frame)
    told: dict[str, Any] = {}
    for key, attributes in _TEXTS.items():
        text = "\\".join(_texts(levels, *attributes))
        if text:
            told[key] = text
    for key, (divisor, attributes) in _NUMBERS.items():
        number = _number(levels, *attributes)
        if number is not None:
            told[key] = _plain(number / divisor)
    told |= _computed(levels)
    told |= _readout(levels, told.get("ReconMatrixPE"))
    if told.get("Modality") == "PT":
        told |= _tracer(levels) | _activity(levels, is_dynamic="time" in dims)
    told |= _along(dims, coords, units)
    told["ConversionSoftware"], told["ConversionSoftwareVersion"] = "radiogram", VERSION
    return told


def write_sidecar(path: str | Path, told: Mapping[str, Any]) -> Path:
    """Write it beside a NIfTI file, as a whole or not at all; give where.

    Examples
    --------
    >>> import tempfile
    >>> from radiogram.volume.sidecar import write_sidecar
    >>> write_sidecar(tempfile.mkdtemp() + "/a.nii.gz", {"EchoTime": 0.03}).name
    'a.json'
    """
    path = Path(path)
    beside = path.with_name(path.name.removesuffix(".gz").removesuffix(".nii") + ".json")
    with replacing(beside) as file:
        file.write((json.dumps(told, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode())
    return beside


def _texts(levels: Sequence[Any], *attributes: str) -> tuple[str, ...]:
    """Give the values of the first of these attributes that says anything, of the nearest level."""
    found = (texts_of(level, attribute) for attribute in attributes for level in levels)
    return next(filter(None, found), ())


def _text(levels: Sequence[Any], *attributes: str) -> str:
    return next(iter(_texts(levels, *attributes)), "")


def _numbers(levels: Sequence[Any], *attributes: str) -> tuple[float, ...]:
    found = (numbers_of(level, attribute) for attribute in attributes for level in levels)
    return next(filter(None, found), ())


def _number(levels: Sequence[Any], *attributes: str) -> float | None:
    return next(iter(_numbers(levels, *attributes)), None)


def _plain(number: float) -> float | int:
    """Give whole numbers as such, and take what a division adds behind the fifteenth digit."""
    short = float(f"{number:.15g}")
    return int(short) if short.is_integer() and abs(short) < 2**53 else short


def _computed(levels: Sequence[Dataset]) -> dict[str, Any]:
    """Give what is made of several attributes, or is a list."""
    told: dict[str, Any] = {}
    types = _texts(levels, "ImageType")
    if types:
        told["ImageType"] = list(types)
    clock = _clock(levels)
    if clock:
        told["AcquisitionTime"] = clock
    orientation = _numbers(levels, "ImageOrientationPatient")
    if len(orientation) == 6:
        told["ImageOrientationPatientDICOM"] = [_plain(part) for part in orientation]
    along = _text(levels, "InPlanePhaseEncodingDirection").upper()
    along = {"COLUMN": "COL"}.get(along, along)
    if along in {"COL", "ROW"}:
        told["InPlanePhaseEncodingDirectionDICOM"] = along
        # Columns lie along the second axis of the file. Which way phases run, the standard has no attribute for.
        told["PhaseEncodingAxis"] = "j" if along == "COL" else "i"
        size = _number(levels, "Rows" if along == "COL" else "Columns")
        if size:
            told["ReconMatrixPE"] = int(size)
    matrix = _numbers(levels, "AcquisitionMatrix")
    if len(matrix) == 4 and max(matrix[2:]) > 0:
        # PS3.3 C.8.3.1: frequency rows, frequency columns, phase rows, phase columns.
        told["AcquisitionMatrixPE"] = int(max(matrix[2:]))
    return told


def _readout(levels: Sequence[Dataset], lines: int | None) -> dict[str, Any]:
    """Give how far apart the echoes of an EPI effectively are, seconds, and how long reading all of them takes: by private elements alone."""
    if not lines:
        return {}
    told: dict[str, Any] = {}
    bandwidth = next((found for block in _BANDWIDTHS if (found := _private(levels, *block))), None)
    echo_spacing = _private(levels, *_GE_ECHO_SPACING)
    if bandwidth:
        told["BandwidthPerPixelPhaseEncode"] = _plain(bandwidth[0])
        spacing = 1 / (bandwidth[0] * lines)
    elif echo_spacing and (_private(levels, *_GE_ACCELERATION) or (1.0,))[0] == 1.0:
        # Of accelerated scans GE does not say whether the acceleration is in it.
        spacing = echo_spacing[0] / 1e6
    else:
        return {}
    told["EffectiveEchoSpacing"], told["TotalReadoutTime"] = _plain(spacing), _plain(spacing * (lines - 1))
    return told


def _private(levels: Sequence[Dataset], group: int, creator: str, element: int) -> tuple[float, ...] | None:
    """Give the positive numbers of a private element, of whatever VR it was read with."""
    for level in levels:
        try:
            value = level.private_block(group, creator)[element].value
        except KeyError:
            continue
        if isinstance(value, bytes):
            value = value.decode("ascii", "replace").strip(" \0").split("\\")
        found = numbers_of({"": value}, "")
        if found and found[0] > 0:
            return found
    return None


def _clock(levels: Sequence[Dataset]) -> str | None:
    """Give the time of day of the acquisition, to the microsecond."""
    text = _text(levels, "AcquisitionTime")
    if not text:
        text = _text(levels, "FrameAcquisitionDateTime", "AcquisitionDateTime")[8:]
    text = text.partition("+")[0].partition("-")[0]
    whole, _, part = text.partition(".")
    if len(whole) != 6 or not (whole + part).isdigit():
        return None
    return f"{whole[:2]}:{whole[2:4]}:{whole[4:]}.{part[:6]:0<6}"


def _tracers(levels: Sequence[Any]) -> tuple[Any, ...]:
    found = (items_of(level, "RadiopharmaceuticalInformationSequence") for level in levels)
    return next(filter(None, found), ())


def _tracer(levels: Sequence[Dataset]) -> dict[str, Any]:
    items = _tracers(levels)
    if len(items) != 1:
        return {}
    told: dict[str, Any] = {}
    name = text_of(items[0], "Radiopharmaceutical")
    if name:
        told["Radiopharmaceutical"] = name
    for keyword in _TRACER:
        number = number_of(items[0], keyword)
        if number is not None:
            told[keyword] = _plain(number)
    return told


def _activity(levels: Sequence[Dataset], *, is_dynamic: bool) -> dict[str, Any]:
    """Give what PET says of its values (PS3.3 C.8.9.1): units, dose, correction for decay, and how long the frame took."""
    told: dict[str, Any] = {}
    unit = _text(levels, "Units").upper()
    if unit:
        told["Units"] = _PET_UNITS.get(unit, unit)
    items = _tracers(levels)
    dose = number_of(items[0], "RadionuclideTotalDose") if len(items) == 1 else None
    if dose is not None:
        told["InjectedRadioactivity"], told["InjectedRadioactivityUnits"] = _plain(dose / 1e6), "MBq"
    decay = _text(levels, "DecayCorrection")
    if decay:
        told["DecayCorrection"] = decay
    corrected = _texts(levels, "CorrectedImage")
    if corrected:
        told["ImageDecayCorrected"] = "DECAY" in corrected
    duration = _number(levels, "ActualFrameDuration")
    if duration is not None and not is_dynamic:
        told["FrameDuration"] = [_plain(duration / 1000)]
    return told


def _along(
    dims: tuple[str, ...], coords: Mapping[str, NDArray[Any]], units: Mapping[str, str]
) -> dict[str, Any]:
    """Give what the coordinates say: when each slice was acquired, the times, the echoes."""
    told: dict[str, Any] = {}
    if "slice_time" in coords:
        told["SliceTiming"] = [_plain(float(time) / 1000) for time in coords["slice_time"]]
    if "echo" in dims and units.get("echo_time") == "ms":
        told["EchoTime"] = [_plain(float(time) / 1000) for time in coords["echo_time"]]
    if "time" in dims and units.get("time") == "s":
        told["FrameTimesStart"] = [_plain(float(time)) for time in coords["time"]]
    return told
