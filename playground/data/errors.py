"""Errors of the data a person chose. Raised by every loader, shown by the form and the command line."""


class DataError(ValueError):
    """The data cannot be used. The message is one sentence: the setting, what was given and what is allowed."""


class DiskFullError(DataError):
    """The data is valid, but the disk has no room for its cache or upload."""
