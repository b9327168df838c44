<<<<<<< HEAD
"""Datasets: access, comparison, copies, printing, sources."""
=======
"""Tests of the dataset room."""
>>>>>>> main
