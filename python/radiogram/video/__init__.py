"""Video in data sets: the stream as it is, what its own headers say, streams put into data sets, and their pictures as arrays.

Nothing is decoded here, and nothing is put into another container: a stream is carried as it came. Its pictures are decoded by
the optional package ``av`` (``pip install radiogram[video]``).
"""

from radiogram.video.info import VideoInfo, read_info
from radiogram.video.video import Video

__all__ = ["Video", "VideoInfo", "read_info"]
