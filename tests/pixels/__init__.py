"""Pixels of a dataset as arrays."""
