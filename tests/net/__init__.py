"""The network: the engine below, and what is built on it."""
