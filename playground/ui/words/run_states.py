"""Texts of the pages for collapse verdicts, run states and runs."""

import time
from functools import lru_cache
from pathlib import Path

from playground.config import RunConfig
from playground.config.schema import entries
from playground.runs.folder.run_folder import RunFolder, UnreadableRun
from playground.ui.words.sample_noun import IMAGE_NOUN, SampleNoun

RESUME_HELP = "Go on from the last checkpoint, as if nothing had happened."

# Each badge has a sign, so that nothing depends on colour alone.
VERDICT_BADGES: dict[str, tuple[str, str]] = {
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
STATE_WORDS = {
    "queued": "waiting",
    "running": "running",
    "stopping": "stopping",
    "finished": "finished",
    "failed": "failed",
    "interrupted": "interrupted",
}


def verdict_words(verdict: str, noun: SampleNoun = IMAGE_NOUN) -> tuple[str, str]:
    """A badge and one sentence in Markdown on a collapse verdict. `noun` names the samples."""
    badge, sentence = VERDICT_BADGES[verdict]
    return badge, noun.fill(sentence)


def run_words(run: RunFolder) -> str:
    """One line for a list of runs: "22 Nov 14:05:10 · SimCLR on Digits · 5c55".

    It must never change: browsers answer with this text, and an outdated one would match no run.
    """
    try:
        return _run_line(run.path)
    except UnreadableRun:
        return f"{run.id} · cannot be read"


@lru_cache(maxsize=1000)  # the list is drawn at every click, and each line reads two files
def _run_line(path: Path) -> str:
    run = RunFolder(path)
    made = time.strftime("%d %b %H:%M:%S", time.localtime(run.status().created))
    number = run.id.rpartition("-")[2]
    return (
        f"{made} · {_setting_label(run.config, 'method.name')} on {_setting_label(run.config, 'data.name')} · {number}"
    )


def _setting_label(config: RunConfig, key: str) -> str:
    """The label of a choice: "SimCLR" for method.name=simclr."""
    entry = next(entry for entry in entries(config) if entry.key == key)
    return (entry.labels or {}).get(entry.default, str(entry.default))
