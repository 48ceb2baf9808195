"""What can be wrong with the data a person chose. Raised by every loader, shown by the form and the command line."""


class DataError(ValueError):
    """The data cannot be used. The message is one sentence for a person: the thing, what was given, what is allowed."""


class DiskFullError(DataError):
    """The data is fine, but there is no room on the disk to keep what was read of it."""
