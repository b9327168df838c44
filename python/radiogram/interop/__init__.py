"""To and from other libraries and formats. Third-party packages are imported late, and only here."""
