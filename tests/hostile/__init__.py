"""Damaged files: a value, a problem or a typed error; never a crash, a hang, a bomb or a wrong picture."""
