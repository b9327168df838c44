"""Volumes: the phantom, the verdict, contact sheets and PNG."""
