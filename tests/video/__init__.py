"""Video: streams, their headers, and data sets with them."""
