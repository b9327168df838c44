"""The served folder."""
