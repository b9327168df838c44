"""What is written: other readers read it."""
