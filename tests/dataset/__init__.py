"""Tests of radiogram.dataset."""
