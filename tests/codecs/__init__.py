"""Tests of radiogram.codecs."""
