"""To other libraries and formats: they see the same numbers at the same places."""
