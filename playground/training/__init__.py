"""The loop that trains: a generator of records."""
