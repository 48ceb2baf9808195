"""Where a run stands in the queue, in words."""

from playground.runs.folder.run_folder import RunFolder
from playground.runs.queue.wait_estimate import waits
from playground.ui.server import run_store
from playground.wording.durations import in_words


def queue_words(run: RunFolder) -> str:
    """Its place among everybody's runs, and about when it begins; of one that does not wait any more, that."""
    store = run_store()
    begins = waits(store.rows(), store.slots)
    if run.id not in begins:
        return "about to begin"
    seconds = begins[run.id]
    return f"place {list(begins).index(run.id) + 1} in the queue, " + (
        f"begins in about {in_words(seconds)}" if seconds else "goes next"
    )
