"""The dictionary, the UIDs and the generated tables."""
