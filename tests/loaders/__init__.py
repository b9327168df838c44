"""Loaders: datasets, orders, batches; what needs torch or MONAI is skipped where they are not installed."""
