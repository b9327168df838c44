"""Interoperation over a network: DCMTK, Orthanc, pynetdicom, odil and dicom-echo at the other end, in both roles.

What is missing on a machine is skipped with its name; with ``RADIOGRAM_PEERS`` set, `.ci/run` fails for a test that was skipped.
"""
