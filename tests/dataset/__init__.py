"""Datasets: access, comparison, copies, printing, sources."""
