"""Threads, forks and interrupts: the interpreter is released, values are shared, children read on."""
