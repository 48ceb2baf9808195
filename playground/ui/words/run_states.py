"""What the page says, in words: verdicts, states, runs."""

import time
from functools import lru_cache
from pathlib import Path

from playground.config import RunConfig
from playground.config.schema import entries
from playground.runs.folder.run_folder import RunFolder, UnreadableRun
from playground.ui.words.sample_noun import IMAGES, SampleNoun

RESUME = "Go on from the last checkpoint, as if nothing had happened."


# The sign stands beside the words, so that nothing is told by colour alone.
VERDICTS: dict[str, tuple[str, str]] = {
    "healthy": (":green-badge[✔ healthy]", "Embeddings spread out and use many directions."),
    "dimensional": (
        ":orange-badge[▲ dimensional collapse]",
        "Embeddings spread out, but use only a few of the directions they have.",
    ),
    "complete": (
        ":red-badge[✖ complete collapse]",
        "All {many} get nearly the same embedding: nothing is told apart any more.",
    ),
    "unclear": (
        ":gray-badge[… not yet clear]",
        "Between healthy and collapsed: usual in the first steps, a warning if it stays.",
    ),
}
STATES = {
    "queued": "waiting",
    "running": "running",
    "stopping": "stopping",
    "finished": "finished",
    "failed": "failed",
    "interrupted": "interrupted",
}


def verdict_words(verdict: str, noun: SampleNoun = IMAGES) -> tuple[str, str]:
    """A badge and one sentence on the embeddings of what `noun` names, in Markdown."""
    badge, sentence = VERDICTS[verdict]
    return badge, noun.fill(sentence)


def run_words(run: RunFolder) -> str:
    """One line for a list of runs: "22 Nov 14:05:10 · SimCLR on Digits · 5c55".

    It never changes: the browser answers with these words, and words of a moment ago would name no run any more.
    """
    try:
        return _title(run.path)
    except UnreadableRun:
        return f"{run.id} · cannot be read"


@lru_cache(maxsize=1000)  # the list is drawn at every click, and each title takes two files
def _title(path: Path) -> str:
    run = RunFolder(path)
    made = time.strftime("%d %b %H:%M:%S", time.localtime(run.status().created))
    number = run.id.rpartition("-")[2]
    return f"{made} · {_label(run.config, 'method.name')} on {_label(run.config, 'data.name')} · {number}"


def _label(config: RunConfig, key: str) -> str:
    """ "SimCLR" for method.name=simclr."""
    entry = next(entry for entry in entries(config) if entry.key == key)
    return (entry.labels or {}).get(entry.default, str(entry.default))
