"""Measures radiogram beside its peers: `python -m benches.report` prints the table."""
