"""One calculation of uptake values: from what headers say to a factor for each image, with a sentence for each step.

The rules are those of QIBA's vendor-neutral algorithm; what images say of themselves is read by `pet` and `pet_frames`.
"""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from radiogram.errors import DicomError, SUVError
from radiogram.volume import pet, pet_frames

if TYPE_CHECKING:
    from datetime import time, timezone

__all__ = ["Calculation"]

_TYPES = {"BW": "bw", "BSA": "bsa", "LBMJAMES128": "lbm", "LBMJANMA": "lbmjanma", "IBW": "ibw"}
# Below this a dose is a number of megabecquerels in the wrong place.
_LEAST_DOSE = 1e4
_TALLEST, _HEAVIEST = 3.0, 1000.0
# A tracer is gone after so many half-lives; a start that is longer ago is a wrong date.
_GONE = 20
_DAY = 24 * 60 * 60


class Calculation:
    """One calculation, with what it notes on the way."""

    def __init__(self, study: pet.Study, kind: str) -> None:
        self.study = study
        self.kind = kind
        self.steps: list[str] = []
        self.values: dict[str, float] = {}

    def factors(self) -> list[float]:
        """Give what the values of each image are multiplied by."""
        study = self.study
        if str(study.get("Modality") or "") != "PT":
            message = "the images are no PET: Modality is not PT"
            raise SUVError(message)
        if len({getattr(header, "agents", ()) for header in study.headers}) > 1:
            message = "the frames show several radiopharmaceuticals: choose those of one by `frames`"
            raise SUVError(message)
        corrected = study.get("CorrectedImage") or ()
        words = {corrected} if isinstance(corrected, str) else set(map(str, corrected))
        if "ATTN" not in words:
            message = "CorrectedImage does not say ATTN: the images are not corrected for attenuation"
            raise SUVError(message)
        unit = str(study.get("Units") or "").upper()
        if unit in {"GML", "CM2ML"}:
            return self._of_uptake(unit)
        decay = str(study.get("DecayCorrection") or "").upper()
        # PS3.3 C.8.9.1.1.7: START, ADMIN, NONE; C.8.22.4: a moment.
        if decay not in {"START", "ADMIN", "NONE", "MOMENT"}:
            message = "DecayCorrection is not START, ADMIN or NONE: the moment of the activity is not known"
            raise SUVError(message)
        if ("DECAY" in words) == (decay == "NONE"):
            message = "CorrectedImage and DecayCorrection contradict each other on DECAY"
            raise SUVError(message)
        if unit == "BQML":
            self.steps.append("Units: BQML")
            return self._of_activity(self._ratios(), decay)
        if unit == "CNTS":
            return self._of_counts(decay)
        message = "Units are not BQML, CNTS, GML or CM2ML: no rule leads from them to an uptake value"
        raise SUVError(message)

    def _of_uptake(self, unit: str) -> list[float]:
        """Values that are uptake values already."""
        said = str(self.study.get("SUVType") or "").upper()
        # PS3.3 C.8.9.1: without SUV Type, GML is by body weight.
        held = _TYPES.get(said or ("BSA" if unit == "CM2ML" else "BW"))
        if held is None or (held == "bsa") != (unit == "CM2ML"):
            message = (
                f"Units are {unit}, and SUVType says by what they are normalised in no word that is known"
            )
            raise SUVError(message)
        self.steps.append(f"Units: {unit}, uptake values already, by {said or held.upper()}")
        factor = 1.0 if held == self.kind else self._size(self.kind) / self._size(held)
        return [factor * ratio for ratio in self._ratios()]

    def _ratios(self) -> list[float]:
        """Give what makes the unit of the values of each image; maps of frames are named."""
        ratios = [float(getattr(header, "ratio", 1.0)) for header in self.study.headers]
        if any(ratio != 1.0 for ratio in ratios):
            self.steps.append("Units: by the frames' real world value maps")
        return ratios

    def _of_counts(self, decay: str) -> list[float]:
        """Philips' counts: a private factor makes uptake values of them, or activity."""
        headers = self.study.headers
        uptake = [pet.private_number(ds, pet.PHILIPS, pet.PHILIPS_SUV) for ds in headers]
        if all(uptake):
            self.steps.append("Units: CNTS, with Philips' private SUV scale factor (7053,xx00)")
            size = 1.0 if self.kind == "bw" else self._size(self.kind) / self._size("bw")
            return [factor * size for factor in uptake if factor]
        activity = [pet.private_number(ds, pet.PHILIPS, pet.PHILIPS_ACTIVITY) for ds in headers]
        if all(activity):
            self.steps.append("Units: CNTS, with Philips' private activity scale factor (7053,xx09)")
            return self._of_activity([factor for factor in activity if factor], decay)
        message = "Units are CNTS, and Philips' private scale factors (7053,xx00), (7053,xx09) are not there"
        raise SUVError(message)

    def _of_activity(self, becquerels: list[float], decay: str) -> list[float]:
        """Values that a factor makes Bq/ml."""
        study = self.study
        dose = study.number("RadionuclideTotalDose", tracer=True)
        if dose < _LEAST_DOSE:
            message = "RadionuclideTotalDose is no dose in becquerels; `given` takes the right one"
            raise SUVError(message)
        self.values["dose_bq"] = dose
        size = self._size(self.kind)
        if decay == "ADMIN":
            self.steps.append("decay: images are corrected to the administration, the dose is as given")
            self.values["decayed_dose_bq"] = dose
            return [factor * size / dose for factor in becquerels]
        half_life = study.number("RadionuclideHalfLife", tracer=True)
        self.values["half_life_s"] = half_life
        if decay in {"START", "MOMENT"}:
            scan, how = pet.scan_start(study, half_life) if decay == "START" else self._moment_of_decay()
            self.steps.append(how)
            elapsed = self._elapsed(scan, half_life)
            self.values["decay_s"] = elapsed
            decayed = dose * 2.0 ** (-elapsed / half_life)
            self.values["decayed_dose_bq"] = decayed
            to = "the start of the scan" if decay == "START" else "that moment"
            self.steps.append(f"decay: the dose is decayed to {to}")
            return [factor * size / decayed for factor in becquerels]
        self.steps.append(
            "decay: images are not corrected, the dose is decayed to each one's average count rate"
        )
        counted = [self._counted(pet.Image.of(ds), half_life) for ds in study.headers]
        first = min(counted)
        elapsed = self._elapsed(first, half_life)
        decayed = [dose * 2.0 ** (-(elapsed + (at - first).total_seconds()) / half_life) for at in counted]
        return [factor * size / left for factor, left in zip(becquerels, decayed, strict=True)]

    def _counted(self, image: pet.Image, half_life: float) -> datetime:
        if image.acquired is None or not image.duration or image.duration <= 0:
            message = (
                "an image has no AcquisitionDate, AcquisitionTime or ActualFrameDuration to decay the dose to"
            )
            raise SUVError(message)
        return image.acquired + timedelta(seconds=pet.average_count_time(image.duration, half_life))

    def _elapsed(self, scan: datetime, half_life: float) -> float:
        """Seconds from the administration to the scan."""
        said = self._moment_of_start()
        if said is not None:
            elapsed = (scan - said).total_seconds()
            if 0 <= elapsed <= _GONE * half_life:
                self.steps.append("administration: RadiopharmaceuticalStartDateTime")
                return elapsed
        clock = self._clock_of_start()
        if clock is None:
            what = (
                "has no RadiopharmaceuticalStartTime"
                if said is None
                else "starts after the scan, or days before"
            )
            message = f"the radiopharmaceutical {what}; `given` takes it"
            raise SUVError(message)
        start = datetime.combine(scan.date(), clock)
        if start > scan:
            # Given before midnight, scanned after.
            start -= timedelta(days=1)
            self.steps.append("administration: RadiopharmaceuticalStartTime, of the day before the scan")
        else:
            self.steps.append("administration: RadiopharmaceuticalStartTime, of the day of the scan")
        if said is not None:
            self.steps.append(
                "RadiopharmaceuticalStartDateTime is after the scan or too long before, and not used"
            )
        elapsed = (scan - start).total_seconds()
        if elapsed > _GONE * half_life:
            message = "between administration and scan nothing of the radionuclide is left"
            raise SUVError(message)
        return elapsed

    def _moment_of_decay(self) -> tuple[datetime, str]:
        """Give Decay Correction DateTime: one for all frames of enhanced PET."""
        from radiogram.values import DT

        text = str(self.study.get("DecayCorrectionDateTime") or "")
        try:
            said = DT(text).to_datetime() if len(text) >= 14 else None
        except DicomError:
            said = None
        if not isinstance(said, datetime):
            message = "DecayCorrectionDateTime is no moment"
            raise SUVError(message)
        start = pet_frames.offset_of(str(self.study.tracer("RadiopharmaceuticalStartDateTime") or ""))
        zone = self._zone()
        if zone is None and None not in {said.utcoffset(), start} and said.utcoffset() != start:
            message = (
                "DecayCorrectionDateTime and RadiopharmaceuticalStartDateTime are of two time zones, and "
                "TimezoneOffsetFromUTC does not say which is that of the images; `given` takes it"
            )
            raise SUVError(message)
        return pet.on_the_clock(said, zone), "moment of the activity: DecayCorrectionDateTime"

    def _moment_of_start(self) -> datetime | None:
        from radiogram.values import DT

        text = str(self.study.tracer("RadiopharmaceuticalStartDateTime") or "")
        # Less than a second says no time that a dose could be decayed from.
        if len(text) < 14:
            return None
        try:
            said = DT(text).to_datetime()
        except DicomError as error:
            message = "RadiopharmaceuticalStartDateTime is no moment"
            raise SUVError(message) from error
        if not isinstance(said, datetime):
            return None
        zone = self._zone()
        clock = None if said.tzinfo is None or zone is not None else self._clock_of_start()
        if clock is not None and not _is_near(said.time(), clock):
            message = (
                "RadiopharmaceuticalStartDateTime has an offset from UTC, RadiopharmaceuticalStartTime says another time, "
                "and TimezoneOffsetFromUTC does not say in which zone the images are; `given` takes it"
            )
            raise SUVError(message)
        return pet.on_the_clock(said, zone)

    def _zone(self) -> timezone | None:
        return pet.zone_of(self.study.get("TimezoneOffsetFromUTC"))

    def _clock_of_start(self) -> time | None:
        from radiogram.values import TM

        text = str(self.study.tracer("RadiopharmaceuticalStartTime") or "")
        try:
            said = TM(text).to_time()
        except DicomError as error:
            message = "RadiopharmaceuticalStartTime is no time"
            raise SUVError(message) from error
        return None if isinstance(said, tuple) else said

    def _size(self, kind: str) -> float:
        """Give what a dose is spread over: grams, or square centimetres."""
        weight = self._measure("PatientWeight", "weight_kg", _HEAVIEST)
        if kind == "bw":
            self.steps.append("size: PatientWeight")
            return weight * 1000.0
        height = self._measure("PatientSize", "height_m", _TALLEST) * 100.0
        if kind == "bsa":
            self.steps.append("size: body surface area of PatientWeight and PatientSize (Du Bois 1916)")
            return 0.007184 * math.pow(weight, 0.425) * math.pow(height, 0.725) * 10_000.0
        sex = str(self.study.get("PatientSex") or "").upper()
        if sex not in {"M", "F"}:
            message = "PatientSex is not M or F, and lean and ideal masses are known of these alone"
            raise SUVError(message)
        mass, how = _lean(kind, weight, height, is_male=sex == "M")
        if not (math.isfinite(mass) and mass > 0):
            message = "PatientWeight and PatientSize make no mass that is positive"
            raise SUVError(message)
        self.values["mass_kg"] = mass
        self.steps.append(f"size: {how} of PatientWeight, PatientSize and PatientSex")
        return mass * 1000.0

    def _measure(self, keyword: str, name: str, most: float) -> float:
        value = self.study.number(keyword)
        if value > most:
            message = f"{keyword} is no weight in kilograms or size in metres; `given` takes the right one"
            raise SUVError(message)
        self.values[name] = value
        return value


def _is_near(one: time, other: time) -> bool:
    """Tell whether two times of day are a minute apart at the most."""
    seconds = [60 * (60 * clock.hour + clock.minute) + clock.second for clock in (one, other)]
    apart = abs(seconds[0] - seconds[1])
    return min(apart, _DAY - apart) <= 60


def _lean(kind: str, weight: float, height: float, *, is_male: bool) -> tuple[float, str]:
    """Give a mass in kilograms of a weight in kilograms and a height in centimetres, and its name."""
    if kind == "lbm":
        slope, bend = (1.10, 128.0) if is_male else (1.07, 148.0)
        return slope * weight - bend * (weight / height) ** 2, "lean body mass (James 1976)"
    if kind == "lbmjanma":
        index = weight / (height / 100.0) ** 2
        base, slope = (6680.0, 216.0) if is_male else (8780.0, 244.0)
        return 9270.0 * weight / (base + slope * index), "lean body mass (Janmahasatian 2005)"
    base, slope = (48.0, 1.06) if is_male else (45.5, 0.91)
    # Nobody weighs less than ideally for this.
    return min(base + slope * (height - 152.0), weight), "ideal body weight, at most the weight,"
