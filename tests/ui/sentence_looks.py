"""Runs that follow sentences, put on disk without a training. Imported as `tests.ui.sentence_looks`."""

from pathlib import Path

import numpy as np

from playground.config import parse
from playground.records import Probe, RunStatus, Snapshot, Started
from playground.runs.folder.run_folder import RunFolder
from playground.runs.library.store import RunStore
from playground.runs.processes.recorder import Recorder
from tests.runs.records import insight, step
from tests.ui.sentenced import MARKUP, SETTINGS

HOSTILE = f"{MARKUP} <script>alert(1)</script> **strong** [a](javascript:alert(1)) <img src=x onerror=alert(1)>"
SENTENCES = ("the cat sat", "a dog ran", HOSTILE, "rain fell", "snow fell", "the law", "a star " + "shone " * 30)
PARAPHRASES = tuple(f"again {sentence}" for sentence in SENTENCES)
TOPICS = np.array([0, 0, 1, 1, 0, 1, 0])


def put_run(home: Path, positives: tuple[str, ...] = PARAPHRASES, *, labels: bool = True, **settings: str) -> RunFolder:
    """A finished run with one look, at random."""
    folder = RunStore(home / "runs").create(
        parse({**SETTINGS, **{key.replace("__", "."): value for key, value in settings.items()}})
    )
    recorder = Recorder(folder, RunStatus(state="running", created=0.0))
    none, n = np.zeros((len(SENTENCES), 0, 0, 3), np.uint8), len(SENTENCES)
    topics, names = (TOPICS, ("homes", "skies")) if labels else (None, ())
    recorder.write(Started("CPU", 1, Probe(none, topics, names, none, texts=SENTENCES, view_texts=positives)))
    h, z = np.random.default_rng(0).normal(size=(2, n, 4)).astype(np.float32)
    recorder.write(step(20))
    recorder.write(Snapshot(20, h, z, z, insight(20)))
    recorder.end("finished", "completed")
    return folder
