"""Which transfer syntax a stream has, by what it says of itself (PS3.5 8.2.5 to 8.2.11)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from radiogram.errors import ArgumentError, UnsupportedError

if TYPE_CHECKING:
    from radiogram.video.info import VideoInfo

__all__ = ["check", "choose"]

_MAIN, _HIGH, _STEREO_HIGH = 77, 100, 128
_NAMES = {66: "Baseline", 88: "Extended", 110: "High 10", 122: "High 4:2:2", 244: "High 4:4:4 Predictive"}
# H.262 table 8-1: the profile Main, and its levels.
_MPEG2_MAIN = 4
_MPEG2_LEVELS = {10: "MPEG2MPML", 8: "MPEG2MPML", 6: "MPEG2MPHL", 4: "MPEG2MPHL"}
# H.265 A.4.1: thirty times the level.
_HEVC_5_1 = 153
_HEVC = {1: ("HEVCMP51", 8), 2: ("HEVCM10P51", 10)}
# PS3.5 table 8-4, for discs: rows, columns, whether fields, pictures a second.
_DISC = {
    (1080, 1920, True): ("25", "30000/1001"),
    (1080, 1920, False): ("24", "24000/1001"),
    (720, 1280, False): ("50", "60000/1001", "24", "24000/1001"),
}
_CONTAINERS = {
    "mpeg2": {"elementary", "mpeg-ps", "mpeg-ts", "mp4"},
    "h264": {"mpeg-ts", "mp4"},
    "hevc": {"mpeg-ts", "mp4"},
}


def choose(info: VideoInfo) -> str:
    """Give the keyword of the transfer syntax that a stream fits.

    Raises
    ------
    UnsupportedError
        It fits none; the reason is said.
    """
    if info.container not in _CONTAINERS[info.codec]:
        message = "the stream is in no container: DICOM carries H.264 and HEVC in MP4 or an MPEG-2 transport stream (PS3.5 8.2.7, 8.2.10)"
        raise UnsupportedError(message)
    return {"mpeg2": _mpeg2, "h264": _h264, "hevc": _hevc}[info.codec](info)


def check(info: VideoInfo, keyword: str) -> None:
    """Refuse a transfer syntax that was asked for and that the stream does not fit.

    Raises
    ------
    ArgumentError
        It is another one's.
    UnsupportedError
        The stream fits none.
    """
    fit = choose(info)
    name = keyword.removesuffix("F") if keyword.startswith("MP") else keyword
    allowed = {fit}
    if fit == "MPEG2MPML":
        allowed.add("MPEG2MPHL")
    if info.codec == "h264" and fit != "MPEG4HP42STEREO":
        # A stream of a level is one of every higher level. What is for discs or for three dimensions is only its maker's to say.
        allowed |= {"MPEG4HP422D", "MPEG4HP423D"}
        if fit == "MPEG4HP41" and str(info.frame_rate) in _DISC.get(
            (info.height, info.width, info.interlaced), ()
        ):
            allowed.add("MPEG4HP41BD")
    if fit == "HEVCMP51":
        # H.265 A.3.3: a decoder of the second profile reads the first.
        allowed.add("HEVCM10P51")
    if name not in allowed:
        message = f"the stream is no {keyword}: it is {fit} (PS3.5 8.2.5 to 8.2.11)"
        raise ArgumentError(message)


def _mpeg2(info: VideoInfo) -> str:
    keyword = _MPEG2_LEVELS.get(info.level)
    if info.profile != _MPEG2_MAIN or keyword is None or info.chroma != "4:2:0":
        message = f"the stream is MPEG-2 of profile {info.profile} and level {info.level}: DICOM carries the Main profile (PS3.5 8.2.5, 8.2.6)"
        raise UnsupportedError(message)
    return keyword


def _h264(info: VideoInfo) -> str:
    level = info.level / 10
    if info.profile == _STEREO_HIGH:
        if level <= 4.2:
            return "MPEG4HP42STEREO"
    elif info.profile != _HIGH and not info.main_compatible:
        name = _NAMES.get(info.profile, str(info.profile))
        message = f"the stream is H.264 of the profile {name}: DICOM carries the High profile (PS3.5 8.2.7)"
        raise UnsupportedError(message)
    elif level <= 4.1:
        return "MPEG4HP41"
    elif level <= 4.2:
        return "MPEG4HP422D"
    message = f"the stream is H.264 of level {level:.1f}: DICOM carries up to level 4.2 (PS3.5 8.2.8, 8.2.9)"
    raise UnsupportedError(message)


def _hevc(info: VideoInfo) -> str:
    keyword, depth = _HEVC.get(info.profile, ("", 0))
    if not keyword or info.bit_depth > depth or info.chroma != "4:2:0":
        message = f"the stream is HEVC of profile {info.profile}: DICOM carries Main and Main 10 (PS3.5 8.2.10, 8.2.11)"
        raise UnsupportedError(message)
    if info.level > _HEVC_5_1:
        message = (
            f"the stream is HEVC of level {info.level / 30:.1f}: DICOM carries up to level 5.1 (PS3.5 8.2.10)"
        )
        raise UnsupportedError(message)
    return keyword
