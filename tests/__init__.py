"""The tests: a mirror of `python/radiogram`, with laws, peers, hostile input and threads beside it."""
