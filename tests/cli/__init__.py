"""The programs, as a person runs them."""
