"""Equality with the peers: what pydicom, GDCM, SimpleITK and dicomsdl make of the same file, we make too."""
