"""Tests of radiogram.compat."""
