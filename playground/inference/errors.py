"""Errors that end a run."""

from playground.records import Reason


class TrainingError(RuntimeError):
    """A run cannot continue. The message is one sentence for a person, `reason` that of the run's status."""

    def __init__(self, message: str, *, reason: Reason) -> None:
        super().__init__(message)
        self.reason: Reason = reason
