"""Why a run cannot go on."""

from playground.records import Reason


class TrainingError(RuntimeError):
    """The message is one sentence for a person; `reason` is what the run's status gets."""

    def __init__(self, message: str, *, reason: Reason) -> None:
        super().__init__(message)
        self.reason: Reason = reason
