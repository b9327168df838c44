"""Uptake values by numbers that a hand can check, vendor by vendor, and refusals with their reasons.

Half of the dose is left after 6,000 s. 370 MBq for 70 kg that decayed to 185 MBq are 70,000 g / 185,000,000 Bq.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pydicom
import pytest
import radiogram as rg
from radiogram.errors import ArgumentError, SUVError
from radiogram.volume.pet import average_count_time
from radiogram.volume.phantom import Phantom, Storage, write_series
from radiogram.volume.suv import measure

from tests.volume.series import edit

if TYPE_CHECKING:
    from pathlib import Path

HALF_LIFE = 6000.0
DOSE = 370e6
BW_AT_START = 70_000 / 185e6

PET = {
    0x0008_0016: ("UI", "1.2.840.10008.5.1.4.1.1.128"),
    0x0008_0021: ("DA", "20240229"),
    0x0008_0022: ("DA", "20240229"),
    0x0008_0031: ("TM", "114000"),
    0x0008_0032: ("TM", "114500"),
    0x0008_0060: ("CS", "PT"),
    0x0010_0040: ("CS", "M"),
    0x0010_1020: ("DS", 1.75),
    0x0010_1030: ("DS", 70.0),
    0x0018_1242: ("IS", 600_000),
    0x0028_0051: ("CS", ["ATTN", "DECAY", "SCAT"]),
    0x0028_1054: ("LO", "BQML"),
    0x0054_1001: ("CS", "BQML"),
    0x0054_1102: ("CS", "START"),
    0x0054_1300: ("DS", 300_000.0),
}


def tracer(**values: Any) -> rg.Dataset:
    item = rg.Dataset()
    standard = {
        "RadiopharmaceuticalStartTime": "100000",
        "RadionuclideTotalDose": DOSE,
        "RadionuclideHalfLife": HALF_LIFE,
    }
    for keyword, value in {**standard, **values}.items():
        if value is not None:
            setattr(item, keyword, value)
    return item


def pet(folder: Path, elements: dict[int, tuple[str, Any]] | None = None, **of_tracer: Any) -> list[Path]:
    """Write three small slices; ``elements`` of None take one away."""
    changed = {**PET, 0x0054_0016: ("SQ", [tracer(**of_tracer)]), **(elements or {})}
    kept = {tag: value for tag, value in changed.items() if value is not None}
    storage = Storage(bits_stored=16, intercept=0.0, slope=0.5)
    phantom = Phantom(slices=3, rows=8, columns=8, spacing=(3.0, 2.0, 2.0))
    return write_series(folder, phantom, storage=storage, elements=kept)


def factor(paths: list[Path], kind: str = "bw", **options: Any) -> float:
    found = measure(paths, kind, **options)
    assert len(set(found.factors.tolist())) == 1
    assert len(found.factors) == len(paths)
    return float(found.factors[0])


def test_the_dose_decays_from_injection_to_the_start_of_the_scan(tmp_path: Path) -> None:
    paths = pet(tmp_path)
    found = measure(paths)
    assert found.factors == pytest.approx([BW_AT_START] * 3)
    assert found.unit == "g/ml"
    assert found.values == {
        "dose_bq": DOSE, "weight_kg": 70.0, "half_life_s": HALF_LIFE, "decay_s": 6000.0, "decayed_dose_bq": 185e6,
    }  # fmt: skip
    assert found.steps == (
        "Units: BQML",
        "size: PatientWeight",
        "scan start: SeriesDate and SeriesTime, which are not after an acquisition",
        "administration: RadiopharmaceuticalStartTime, of the day of the scan",
        "decay: the dose is decayed to the start of the scan",
    )


@pytest.mark.parametrize(
    ("kind", "sex", "size"),
    [
        ("bw", "M", 70_000.0),
        # 0.007184 * 70 ** 0.425 * 175 ** 0.725 square metres.
        ("bsa", "M", 18_481.43),
        # 1.10 * 70 - 128 * (70 / 175) ** 2 kilograms; 1.07 * 70 - 148 * 0.16.
        ("lbm", "M", 56_520.0),
        ("lbm", "F", 51_220.0),
        # 9270 * 70 / (6680 + 216 * 22.857); 9270 * 70 / (8780 + 244 * 22.857).
        ("lbmjanma", "M", 55_857.1),
        ("lbmjanma", "F", 45_196.5),
        # 48 + 1.06 * (175 - 152) is 72.38, more than the patient weighs; 45.5 + 0.91 * 23.
        ("ibw", "M", 70_000.0),
        ("ibw", "F", 66_430.0),
    ],
)
def test_each_kind_has_its_size(tmp_path: Path, kind: str, sex: str, size: float) -> None:
    paths = pet(tmp_path, {0x0010_0040: ("CS", sex)})
    assert factor(paths, kind) == pytest.approx(size / 185e6, rel=2e-5)
    assert measure(paths, kind).unit == ("cm2/ml" if kind == "bsa" else "g/ml")


def test_images_corrected_to_the_administration_take_the_dose_as_given(tmp_path: Path) -> None:
    paths = pet(tmp_path, {0x0054_1102: ("CS", "ADMIN")}, RadionuclideHalfLife=None)
    assert factor(paths) == pytest.approx(70_000 / 370e6)


def test_images_that_are_not_corrected_decay_the_dose_to_each(tmp_path: Path) -> None:
    elements = {0x0028_0051: ("CS", ["ATTN", "SCAT"]), 0x0054_1102: ("CS", "NONE")}
    paths = pet(tmp_path, elements)
    edit(paths[2], lambda ds: setattr(ds, "AcquisitionTime", "132500"))
    # A frame of 600 s: the mean is reached 300 - 600 ** 2 * ln 2 / 6000 / 24 = 298.27 s after its begin.
    middle = average_count_time(600.0, HALF_LIFE)
    assert middle == pytest.approx(298.27, abs=0.01)
    found = measure(paths)
    # 11:45 is 6,300 s after ten, and 13:25 another 6,000 s.
    left = DOSE * 2 ** (-(6300 + middle) / HALF_LIFE)
    assert found.factors == pytest.approx([70_000 / left, 70_000 / left, 140_000 / left])


@pytest.mark.parametrize(
    ("series", "acquired", "start", "elapsed"),
    [
        # Injected before midnight.
        (("20240301", "002000"), ("20240301", "002500"), "233000", 3000.0),
        # On the very second of the scan.
        (("20240301", "002000"), ("20240301", "002500"), "002000", 0.0),
        # Fractions of a second.
        (("20240301", "002000.5"), ("20240301", "002500"), "001959.25", 1.25),
    ],
)
def test_midnight_and_fractions(
    tmp_path: Path, series: tuple[str, str], acquired: tuple[str, str], start: str, elapsed: float
) -> None:
    times = {
        0x0008_0021: ("DA", series[0]),
        0x0008_0031: ("TM", series[1]),
        0x0008_0022: ("DA", acquired[0]),
        0x0008_0032: ("TM", acquired[1]),
    }
    paths = pet(tmp_path, times, RadiopharmaceuticalStartTime=start)
    assert factor(paths) == pytest.approx(70_000 / (DOSE * 2 ** (-elapsed / HALF_LIFE)))


def test_the_start_with_its_date_is_believed_where_it_can_be(tmp_path: Path) -> None:
    """Two days of a long-lived tracer, which a time of day alone would make an hour and forty minutes."""
    paths = pet(
        tmp_path / "a",
        RadiopharmaceuticalStartDateTime="20240227100000",
        RadionuclideHalfLife=89_400.0,
    )
    assert measure(paths).values["decay_s"] == 2 * 86_400 + 6000
    # A date that de-identification moved is after the scan, and the time of day stands.
    paths = pet(tmp_path / "b", RadiopharmaceuticalStartDateTime="20250101100000")
    found = measure(paths)
    assert found.values["decay_s"] == 6000
    assert any("not used" in step for step in found.steps)


LATE = {0x0008_0021: ("DA", "20240301"), 0x0008_0031: ("TM", "090000")}
"""A series that was made the day after."""


def test_a_processed_series_takes_the_private_scan_time_of_ge(tmp_path: Path) -> None:
    private = {0x0009_0010: ("LO", "GEMS_PETD_01"), 0x0009_100D: ("DT", "20240229114000.00")}
    found = measure(pet(tmp_path, {**LATE, **private}))
    assert found.factors[0] == pytest.approx(BW_AT_START)
    assert "GE's private scan time (0009,xx0D), as SeriesTime is after an acquisition" in found.steps[2]


def test_a_processed_series_takes_the_average_count_rate(tmp_path: Path) -> None:
    """Frame Reference Time counts from the start of the scan to the moment of the average count rate."""
    middle = average_count_time(600.0, HALF_LIFE)
    reference = {0x0054_1300: ("DS", round(1000 * (300 + middle), 6))}
    found = measure(pet(tmp_path, {**LATE, **reference}))
    # 11:45:00 + 298.27 - (300 + 298.27) is 11:40:00.
    assert found.values["decay_s"] == pytest.approx(6000, abs=1e-3)
    assert "AcquisitionTime and the time to the average count rate" in found.steps[2]


def test_a_processed_series_takes_the_earliest_acquisition_last(tmp_path: Path) -> None:
    paths = pet(tmp_path, {**LATE, 0x0054_1300: None})
    edit(paths[1], lambda ds: setattr(ds, "AcquisitionTime", "114000"))
    found = measure(paths)
    assert found.factors == pytest.approx([BW_AT_START] * 3)
    assert "the earliest acquisition" in found.steps[2]
    # A series without a time of its own goes the same way.
    nameless = pet(tmp_path / "b", {0x0008_0031: None, 0x0054_1300: None, 0x0008_0032: ("TM", "114000")})
    assert factor(nameless) == pytest.approx(BW_AT_START)


@pytest.mark.parametrize(("element", "vr"), [(0x00, "DS"), (0x09, "DS")])
def test_counts_need_a_private_factor_of_philips(tmp_path: Path, element: int, vr: str) -> None:
    private = {
        0x0054_1001: ("CS", "CNTS"),
        0x7053_0010: ("LO", "Philips PET Private Group"),
        0x7053_1000 + element: (vr, 0.25),
    }
    paths = pet(tmp_path, private)
    # The first is the factor itself, the second makes Bq/ml.
    expected = 0.25 if element == 0 else 0.25 * BW_AT_START
    assert factor(paths) == pytest.approx(expected)
    assert factor(paths, "lbm") == pytest.approx(expected * 56.52 / 70)


def test_an_empty_factor_of_philips_is_none(tmp_path: Path) -> None:
    private = {
        0x0054_1001: ("CS", "CNTS"),
        0x7053_0010: ("LO", "Philips PET Private Group"),
        0x7053_1000: ("DS", 0.0),
        0x7053_1009: ("DS", 0.5),
    }
    assert factor(pet(tmp_path, private)) == pytest.approx(0.5 * BW_AT_START)


@pytest.mark.parametrize(
    ("units", "said", "kind", "expected"),
    [
        ("GML", None, "bw", 1.0),
        ("GML", "BW", "lbm", 56.52 / 70),
        ("GML", "LBMJAMES128", "bw", 70 / 56.52),
        ("GML", "LBMJAMES128", "lbm", 1.0),
        ("CM2ML", None, "bsa", 1.0),
        ("CM2ML", "BSA", "bw", 70_000 / 18_481.43),
    ],
)
def test_uptake_values_are_kept_or_converted(
    tmp_path: Path, units: str, said: str | None, kind: str, expected: float
) -> None:
    elements = {0x0054_1001: ("CS", units), 0x0054_1006: None if said is None else ("CS", said)}
    # Neither dose nor times are needed.
    paths = pet(tmp_path, {**elements, 0x0054_0016: None})
    assert factor(paths, kind) == pytest.approx(expected, rel=2e-5)


@pytest.mark.parametrize(
    ("elements", "of_tracer", "reason"),
    [
        ({0x0008_0060: ("CS", "CT")}, {}, "no PET"),
        ({0x0028_0051: ("CS", "DECAY")}, {}, "not corrected for attenuation"),
        ({0x0028_0051: None}, {}, "not corrected for attenuation"),
        ({0x0054_1102: None}, {}, "DecayCorrection"),
        ({0x0028_0051: ("CS", "ATTN")}, {}, "contradict"),
        ({0x0054_1102: ("CS", "NONE")}, {}, "contradict"),
        ({0x0054_1001: ("CS", "PROPCPS")}, {}, "no rule"),
        ({0x0054_1001: ("CS", "CNTS")}, {}, "scale factors"),
        ({0x0054_1001: ("CS", "GML"), 0x0054_1006: ("CS", "BSA")}, {}, "SUVType"),
        ({0x0010_1030: None}, {}, "no PatientWeight"),
        ({0x0010_1030: ("DS", 0.0)}, {}, "PatientWeight is no positive number"),
        ({0x0010_1030: ("DS", 70_000.0)}, {}, "PatientWeight"),
        ({}, {"RadionuclideTotalDose": None}, "no RadionuclideTotalDose"),
        ({}, {"RadionuclideTotalDose": 370.0}, "no dose in becquerels"),
        ({}, {"RadionuclideHalfLife": None}, "no RadionuclideHalfLife"),
        ({}, {"RadiopharmaceuticalStartTime": None}, "RadiopharmaceuticalStartTime"),
        (
            {},
            {"RadiopharmaceuticalStartTime": "120000", "RadionuclideHalfLife": 600.0},
            "nothing of the radionuclide",
        ),
        ({0x0054_0016: None}, {}, "3 of 3 images have no RadiopharmaceuticalInformationSequence"),
        ({0x0054_0016: ("SQ", [tracer(), tracer()])}, {}, "several radiopharmaceuticals"),
        ({0x0008_0022: None}, {}, "start of the scan is not known"),
    ],
)
def test_a_refusal_gives_its_reason(
    tmp_path: Path, elements: dict[int, Any], of_tracer: dict[str, Any], reason: str
) -> None:
    with pytest.raises(SUVError, match=reason) as caught:
        measure(pet(tmp_path, elements, **of_tracer))
    assert caught.value.kind == "suv"


@pytest.mark.parametrize(
    ("kind", "elements", "reason"),
    [
        ("bsa", {0x0010_1020: None}, "no PatientSize"),
        ("bsa", {0x0010_1020: ("DS", 175.0)}, "size in metres"),
        ("lbm", {0x0010_0040: ("CS", "O")}, "PatientSex"),
        ("ibw", {0x0010_0040: None}, "PatientSex"),
        ("lbm", {0x0010_1030: ("DS", 400.0)}, "no mass that is positive"),
    ],
)
def test_each_kind_asks_for_what_it_needs(
    tmp_path: Path, kind: str, elements: dict[int, Any], reason: str
) -> None:
    with pytest.raises(SUVError, match=reason):
        measure(pet(tmp_path, elements), kind)


def test_what_is_missing_can_be_given(tmp_path: Path) -> None:
    paths = pet(tmp_path, {0x0010_1030: None}, RadionuclideTotalDose=370.0)
    given = {"PatientWeight": 70.0, "RadionuclideTotalDose": DOSE}
    assert factor(paths, given=given) == pytest.approx(BW_AT_START)


@pytest.mark.parametrize(
    ("moment", "zone"),
    [
        ("20240229100000", "+0200"),
        ("20240229080000+0000", "+0200"),
        ("20240229150000.5+0700", "+0200"),
        ("20240228230000-1100", "+0000"),
        ("20240229100000+0200", None),
    ],
)
def test_a_moment_with_an_offset_is_brought_to_the_zone_of_the_images(
    tmp_path: Path, moment: str, zone: str | None
) -> None:
    elements = {0x0008_0201: None if zone is None else ("SH", zone)}
    paths = pet(tmp_path, elements, RadiopharmaceuticalStartDateTime=moment)
    found = measure(paths)
    assert "administration: RadiopharmaceuticalStartDateTime" in found.steps
    assert found.factors == pytest.approx([BW_AT_START] * 3, rel=1e-4)


def test_a_moment_of_another_zone_than_is_known_is_refused(tmp_path: Path) -> None:
    paths = pet(tmp_path, RadiopharmaceuticalStartDateTime="20240229080000+0000")
    with pytest.raises(SUVError, match="TimezoneOffsetFromUTC does not say"):
        measure(paths)
    assert factor(paths, given={"TimezoneOffsetFromUTC": "+0200"}) == pytest.approx(BW_AT_START)
    with pytest.raises(SUVError, match=r"no offset such as \+0200"):
        measure(paths, given={"TimezoneOffsetFromUTC": "CET"})


def test_images_of_two_patients_are_refused(tmp_path: Path) -> None:
    paths = pet(tmp_path)
    edit(paths[1], lambda ds: setattr(ds, "PatientWeight", 71))
    with pytest.raises(SUVError, match="PatientWeight differs between images"):
        measure(paths)


def test_another_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match="bw, bsa, lbm"):
        measure(pet(tmp_path), "weight")
    with pytest.raises(ArgumentError, match="no images"):
        measure([])


def test_refusals_and_steps_name_no_value_of_the_patient(tmp_path: Path) -> None:
    paths = pet(tmp_path)
    said = " ".join(measure(paths).steps)
    assert not any(text in said for text in ("70", "1.75", "370", "6000", "2024"))


def test_the_volume_is_multiplied(tmp_path: Path) -> None:
    """Each slice with its own slope and its own factor: stored * slope * factor."""
    paths = pet(tmp_path)
    edit(paths[1], lambda ds: setattr(ds, "RescaleSlope", 2.0))
    stored = rg.read_volume(paths, units="stored").array
    slopes = np.array([0.5, 2.0, 0.5])[:, None, None]
    expected = stored * slopes * BW_AT_START
    volume = rg.read_volume(paths)
    uptake = volume.suv("bw")
    assert uptake.array.dtype == np.float32
    np.testing.assert_allclose(uptake.array, expected, rtol=1e-6)
    np.testing.assert_array_equal(uptake.affine, volume.affine)
    assert "SUV bw in g/ml" in uptake.report.notes
    assert "decay: the dose is decayed to the start of the scan" in uptake.report.notes
    # The volume itself is as it was.
    np.testing.assert_allclose(volume.array, stored * slopes, rtol=1e-6)
    at_once = rg.read_volume(paths, units="suvbw")
    np.testing.assert_allclose(at_once.array, expected, rtol=1e-6)
    assert at_once.report.notes == uptake.report.notes
    assert rg.read_volume(paths, units="suvbw", dtype="float64").array.dtype == np.float64


def test_a_gap_of_an_uptake_volume_holds_the_smallest_value(tmp_path: Path) -> None:
    paths = pet(tmp_path)
    volume = rg.read_volume([paths[0], paths[2]], units="suvbw", missing="error")
    assert volume.array.shape[0] == 2
    phantom = Phantom(slices=4, rows=8, columns=8, spacing=(3.0, 2.0, 2.0))
    elements = {**PET, 0x0054_0016: ("SQ", [tracer()])}
    files = write_series(tmp_path / "gap", phantom, missing=[1], elements=elements)
    filled = rg.read_volume(files, units="suvbw", missing="fill")
    there = np.delete(filled.array, 1, axis=0)
    assert filled.report.missing == (1,)
    np.testing.assert_array_equal(filled.array[1], there.min())
    assert filled.report.fill == pytest.approx(float(there.min()))


def test_uptake_values_of_no_pet_are_refused(tmp_path: Path) -> None:
    paths = write_series(tmp_path, Phantom(slices=2, rows=8, columns=8))
    with pytest.raises(SUVError, match="no PET"):
        rg.read_volume(paths, units="suvbw")
    with pytest.raises(SUVError, match="no PET"):
        rg.read_volume(paths).suv()
    with pytest.raises(SUVError, match="stored"):
        rg.read_volume(paths, units="stored").suv()


def test_the_mean_of_a_frame_is_reached_where_the_integral_says() -> None:
    """The mean of exp(-k t) over the frame, by a sum of many parts."""
    for duration, half_life in ((600.0, 6586.2), (60.0, 122.0), (3600.0, 75.0)):
        decay = math.log(2) / half_life
        parts = (np.arange(100_000) + 0.5) * duration / 100_000
        mean = float(np.exp(-decay * parts).mean())
        assert average_count_time(duration, half_life) == pytest.approx(-math.log(mean) / decay, rel=1e-6)


def test_pydicom_writes_what_we_read(tmp_path: Path) -> None:
    """The series is sound: pydicom reads the same attributes."""
    ds = pydicom.dcmread(pet(tmp_path)[0])
    assert ds.RadiopharmaceuticalInformationSequence[0].RadionuclideTotalDose == DOSE
