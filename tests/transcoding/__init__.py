"""Tests of radiogram.transcoding."""
