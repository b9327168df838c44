"""What holds for every input: each problem has its file, each law its test."""
