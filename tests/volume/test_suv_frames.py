"""Uptake values of multi-frame PET by numbers that a hand can check: enhanced objects and converted series, and refusals with their reasons.

Half of the dose is left after 6,000 s. 370 MBq for 70 kg that decayed to 185 MBq are 70,000 g / 185,000,000 Bq.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import radiogram as rg
from radiogram.errors import DicomError, SUVError
from radiogram.volume.multiframe import write_multiframe
from radiogram.volume.pet import average_count_time
from radiogram.volume.phantom import Phantom, Storage
from radiogram.volume.suv import measure

from tests.volume.test_suv import BW_AT_START, DOSE, HALF_LIFE, PET, tracer

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ROOT: dict[str, Any] = {
    "SeriesDate": "20240229",
    "SeriesTime": "114000",
    "PatientWeight": 70.0,
    "PatientSize": 1.75,
    "PatientSex": "M",
    "DecayCorrected": "YES",
    "AttenuationCorrected": "YES",
    "ScatterCorrected": "YES",
    "DecayCorrectionDateTime": "20240229114000",
}
ACTIVITY, UPTAKE = "Bq/ml", "{SUVbw}g/ml"


def unit_map(unit: str = ACTIVITY, slope: float = 0.5, intercept: float = 0.0) -> rg.Dataset:
    """Give a real world value map: the rescale of the files has a slope of 0.5."""
    item = rg.Dataset()
    item.RealWorldValueIntercept, item.RealWorldValueSlope = intercept, slope
    item.MeasurementUnitsCodeSequence = [
        rg.Dataset({"CodeValue": unit, "CodingSchemeDesignator": "UCUM", "CodeMeaning": unit})
    ]
    return item


def enhanced(
    path: Path,
    root: dict[str, Any] | None = None,
    *,
    maps: list[rg.Dataset] | None = None,
    of_frame: Callable[[int, rg.Dataset], None] | None = None,
    **of_tracer: Any,
) -> Path:
    """Write three slices of enhanced PET, a minute apart and ten minutes long; a value of None takes an attribute away."""
    phantom = Phantom(slices=3, rows=8, columns=8, spacing=(3.0, 2.0, 2.0))
    write_multiframe(path, phantom, kind="PT", storage=Storage(bits_stored=16, intercept=0.0, slope=0.5))
    ds = rg.read(path)
    for keyword, value in {**ROOT, **(root or {})}.items():
        if value is not None:
            setattr(ds, keyword, value)
    of_tracer.setdefault("RadiopharmaceuticalStartDateTime", "20240229100000")
    of_tracer.setdefault("RadiopharmaceuticalAgentNumber", 1)
    ds.RadiopharmaceuticalInformationSequence = [tracer(RadiopharmaceuticalStartTime=None, **of_tracer)]
    shared = ds.SharedFunctionalGroupsSequence[0]
    shared.RealWorldValueMappingSequence = [unit_map()] if maps is None else maps
    shared.RadiopharmaceuticalUsageSequence = [rg.Dataset({"RadiopharmaceuticalAgentNumber": 1})]
    for number, group in enumerate(ds.PerFrameFunctionalGroupsSequence):
        content = group.FrameContentSequence[0]
        content.FrameAcquisitionDateTime = f"2024022911{40 + number}00"
        content.FrameAcquisitionDuration = 600_000.0
        if of_frame is not None:
            of_frame(number, group)
    ds.save_as(path)
    return path


def test_the_dose_decays_to_the_moment_of_the_correction(tmp_path: Path) -> None:
    path = enhanced(tmp_path / "pet.dcm")
    found = measure([path])
    assert found.factors == pytest.approx([BW_AT_START] * 3)
    assert found.steps == (
        "Units: BQML",
        "size: PatientWeight",
        "moment of the activity: DecayCorrectionDateTime",
        "administration: RadiopharmaceuticalStartDateTime",
        "decay: the dose is decayed to that moment",
    )
    assert found.values["decayed_dose_bq"] == pytest.approx(185e6)


def test_the_moment_of_the_injection_takes_the_dose_as_given(tmp_path: Path) -> None:
    path = enhanced(tmp_path / "pet.dcm", {"DecayCorrectionDateTime": "20240229100000"})
    assert measure([path]).factors == pytest.approx([70_000 / DOSE] * 3)


def test_frames_that_are_not_corrected_decay_the_dose_to_each(tmp_path: Path) -> None:
    path = enhanced(tmp_path / "pet.dcm", {"DecayCorrected": "NO", "DecayCorrectionDateTime": None})
    after = average_count_time(600.0, HALF_LIFE)
    expected = [70_000 / (DOSE * 2 ** (-(6000 + 60 * frame + after) / HALF_LIFE)) for frame in range(3)]
    assert measure([path]).factors == pytest.approx(expected)
    assert measure([path, path], frames=[2, 0]).factors == pytest.approx([expected[2], expected[0]])
    vol = rg.read_volume(path)
    by_units, by_method = rg.read_volume(path, units="suvbw"), vol.suv()
    for place in range(3):
        np.testing.assert_allclose(
            by_units.array[place], vol.array[place] * np.float32(expected[place]), rtol=1e-6
        )
    np.testing.assert_array_equal(by_units.array, by_method.array)


def test_frames_in_any_order_take_their_own_factors(tmp_path: Path) -> None:
    """The factor goes with the frame, not with the slice it becomes."""
    phantom = Phantom(slices=3, rows=8, columns=8, spacing=(3.0, 2.0, 2.0))
    path = enhanced(tmp_path / "pet.dcm", {"DecayCorrected": "NO", "DecayCorrectionDateTime": None})
    ds = rg.read(path)
    places = [
        group.PlanePositionSequence[0].ImagePositionPatient for group in ds.PerFrameFunctionalGroupsSequence
    ]
    for group, place in zip(
        ds.PerFrameFunctionalGroupsSequence, reversed([list(place) for place in places]), strict=True
    ):
        group.PlanePositionSequence[0].ImagePositionPatient = place
    ds.save_as(path)
    vol = rg.read_volume(path)
    assert vol.frames == (2, 1, 0)
    factors = measure([path]).factors
    expected = vol.array * np.array([factors[frame] for frame in vol.frames])[:, None, None]
    np.testing.assert_allclose(vol.suv().array, expected, rtol=1e-6)
    assert vol.array.shape[0] == phantom.slices


@pytest.mark.parametrize(
    ("maps", "times"),
    [
        ([unit_map("kBq/ml", 0.0005)], 1.0),
        ([unit_map("Bq/ml", 2.0)], 4.0),
        ([unit_map("Bq/ml"), unit_map("{counts}", 1.0)], 1.0),
    ],
)
def test_maps_say_what_the_values_are(tmp_path: Path, maps: list[rg.Dataset], times: float) -> None:
    found = measure([enhanced(tmp_path / "pet.dcm", maps=maps)])
    assert found.factors == pytest.approx([BW_AT_START * times] * 3)


def test_a_map_of_uptake_values_is_taken(tmp_path: Path) -> None:
    """The one of the kind that is wanted, before one of activity; another kind is converted."""
    path = enhanced(tmp_path / "pet.dcm", maps=[unit_map(ACTIVITY), unit_map(UPTAKE, 0.001)])
    assert measure([path]).factors == pytest.approx([0.002] * 3)
    assert measure([path], "lbm").factors == pytest.approx([56_520 / 185e6] * 3)
    path = enhanced(tmp_path / "pet.dcm", maps=[unit_map(UPTAKE, 0.001)])
    assert measure([path], "lbm").factors == pytest.approx([0.002 * 56_520 / 70_000] * 3)


def test_frames_of_two_radiopharmaceuticals_are_read_apart(tmp_path: Path) -> None:
    """Together they are refused; those of one take its dose."""

    def usage(number: int, group: rg.Dataset) -> None:
        group.RadiopharmaceuticalUsageSequence = [
            rg.Dataset({"RadiopharmaceuticalAgentNumber": 1 + number // 2})
        ]

    path = enhanced(tmp_path / "pet.dcm", of_frame=usage)
    ds = rg.read(path)
    ds.RadiopharmaceuticalInformationSequence.append(
        tracer(
            RadiopharmaceuticalStartDateTime="20240229100000",
            RadionuclideTotalDose=DOSE / 2,
            RadiopharmaceuticalAgentNumber=2,
        )
    )
    ds.save_as(path)
    with pytest.raises(SUVError, match="several radiopharmaceuticals: choose"):
        measure([path])
    assert measure([path, path], frames=[0, 1]).factors == pytest.approx([BW_AT_START] * 2)
    assert measure([path], frames=[2]).factors == pytest.approx([BW_AT_START * 2])


def test_converted_series_keep_the_words_of_single_images(tmp_path: Path) -> None:
    """Groups of what has no other place, shared and of each frame, are where they stand (PS3.3 C.7.6.16.2.25)."""
    path = tmp_path / "pet.dcm"
    phantom = Phantom(slices=3, rows=8, columns=8, spacing=(3.0, 2.0, 2.0))
    write_multiframe(
        path, phantom, kind="PT legacy", storage=Storage(bits_stored=16, intercept=0.0, slope=0.5)
    )
    ds = rg.read(path)
    own = {0x0008_0022, 0x0008_0032, 0x0018_1242, 0x0054_1300}
    shared, patient = rg.Dataset(), {0x0010_0040, 0x0010_1020, 0x0010_1030, 0x0008_0021, 0x0008_0031}
    for tag, (vr, value) in PET.items():
        if tag in patient:
            ds.add_new(tag, vr, value)
        elif tag not in own and tag not in {0x0008_0016, 0x0008_0060, 0x0028_1054}:
            shared.add_new(tag, vr, value)
    shared.RadiopharmaceuticalInformationSequence = [tracer()]
    ds.SharedFunctionalGroupsSequence[0].UnassignedSharedConvertedAttributesSequence = [shared]
    for group in ds.PerFrameFunctionalGroupsSequence:
        item = rg.Dataset()
        for tag in own:
            item.add_new(tag, *PET[tag])
        group.UnassignedPerFrameConvertedAttributesSequence = [item]
    ds.save_as(path)
    found = measure([path])
    assert found.factors == pytest.approx([BW_AT_START] * 3)
    assert "scan start: SeriesDate and SeriesTime, which are not after an acquisition" in found.steps


@pytest.mark.parametrize(
    ("correction", "start", "zone"),
    [
        ("20240229104000+0000", "20240229100000+0100", None),
        ("20240229104000+0000", "20240229100000", "+0100"),
        ("20240229114000", "20240229040000-0500", "+0100"),
    ],
)
def test_moments_of_several_zones_are_those_of_the_images(
    tmp_path: Path, correction: str, start: str, zone: str | None
) -> None:
    root = {"DecayCorrectionDateTime": correction, "TimezoneOffsetFromUTC": zone}
    path = enhanced(tmp_path / "pet.dcm", root, RadiopharmaceuticalStartDateTime=start)
    given = {"TimezoneOffsetFromUTC": "+0100"} if zone is None else None
    assert measure([path], given=given).factors == pytest.approx([BW_AT_START] * 3)


@pytest.mark.parametrize(
    ("root", "of_tracer", "maps", "reason"),
    [
        ({"AttenuationCorrected": "NO"}, {}, None, "not corrected for attenuation"),
        ({"DecayCorrectionDateTime": None}, {}, None, "the moment of the activity is not known"),
        ({"DecayCorrectionDateTime": "20240229"}, {}, None, "DecayCorrectionDateTime is no moment"),
        ({"DecayCorrectionDateTime": "20240229090000"}, {}, None, "starts after the scan"),
        (
            {"DecayCorrectionDateTime": "20240229114000+0100"},
            {"RadiopharmaceuticalStartDateTime": "20240229100000+0200"},
            None,
            "two time zones",
        ),
        ({}, {"RadionuclideTotalDose": None}, None, "RadionuclideTotalDose"),
        ({}, {"RadiopharmaceuticalAgentNumber": 7}, None, "RadiopharmaceuticalInformationSequence"),
        ({"PatientWeight": None}, {}, None, "PatientWeight"),
        ({}, {}, [], "no rule leads from them"),
        ({}, {}, [unit_map("{counts}")], "no rule leads from them"),
        ({}, {}, [unit_map("Bq/ml", 0.5, 3.0)], "is no factor"),
    ],
)
def test_a_refusal_gives_its_reason(
    tmp_path: Path,
    root: dict[str, Any],
    of_tracer: dict[str, Any],
    maps: list[rg.Dataset] | None,
    reason: str,
) -> None:
    path = enhanced(tmp_path / "pet.dcm", root, maps=maps, **of_tracer)
    with pytest.raises(SUVError, match=reason):
        measure([path])
    with pytest.raises(SUVError, match=reason):
        rg.read_volume(path, units="suvbw")


def test_frames_that_say_nothing_are_refused(tmp_path: Path) -> None:
    """Several frames without groups, or with groups for some of them."""
    path = enhanced(tmp_path / "pet.dcm")
    ds = rg.read(path)
    del ds.PerFrameFunctionalGroupsSequence[1]
    ds.save_as(tmp_path / "short.dcm")
    with pytest.raises(SUVError, match="as many functional groups as frames"):
        measure([tmp_path / "short.dcm"])
    del ds.PerFrameFunctionalGroupsSequence, ds.SharedFunctionalGroupsSequence
    ds.save_as(tmp_path / "none.dcm")
    with pytest.raises(SUVError, match="without functional groups"):
        measure([tmp_path / "none.dcm"])


def test_damaged_headers_are_errors_in_words(tmp_path: Path) -> None:
    """Of our own kind, whatever stands in the place of a sequence or a number; the sidecar takes them for absent."""
    whole = enhanced(tmp_path / "pet.dcm").read_bytes()
    random = np.random.default_rng(29)
    pieces = [b"\xff\xff\xff\xff", b"\0\0\0\0", b"nan ", b"-1\\2", b"1e99", b"UL\x04\0", b"\\ \\ "]
    outcomes = {"read": 0, "refused": 0}
    for _ in range(300):
        damaged = bytearray(whole)
        for _ in range(int(random.integers(1, 5))):
            at = int(random.integers(200, len(whole) - 8))
            piece = pieces[int(random.integers(len(pieces)))]
            damaged[at : at + len(piece)] = piece
        path = tmp_path / "damaged.dcm"
        path.write_bytes(damaged)
        for read in (lambda: measure([path]), lambda: rg.read_volume(path).sidecar()):  # noqa: B023
            try:
                read()
                outcomes["read"] += 1
            except DicomError:
                outcomes["refused"] += 1
    assert min(outcomes.values()) > 50
