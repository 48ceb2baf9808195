"""Runs that learned from sentences, made by hand and not trained. Imported as `tests.ui.sentenced`."""

from pathlib import Path
from typing import Any

import numpy as np

from playground.config import RunConfig, parse
from playground.data.sentences.benchmark_file import benchmarks_to_json
from playground.data.sentences.dataset import GradedPairs, Search, SentenceDataset, SentenceSplit
from playground.inference.embed_texts import TextReader
from playground.records import Checkpoint, Probe, RunStatus, Snapshot, Started, Weights
from playground.runs.folder.run_folder import RunFolder
from playground.runs.library.store import RunStore
from playground.runs.processes.recorder import Recorder
from playground.vocabulary import Vocabulary
from tests.runs.records import insight, step
from tests.ui.captioned import State, untrained, without_rest

SETTINGS = {
    "method.name": "simcse", "data.name": "corpus", "encoder.width": 64, "encoder.layers": 1, "encoder.heads": 2,
    "encoder.words": 64, "encoder.length": 16, "method.hidden_dim": 16, "method.projection_dim": 16, "device": "cpu",
}  # fmt: skip
MARKUP = "![x](http://example.org/x.png) <b>cat</b> :material/home: www.example.org $x$"
SENTENCES = (
    "the cat sat on the mat", "a dog ran home", "rain fell on the town", "the judge read the law", MARKUP,
    "snow fell on the hill", "the cook burned the soup", "a star fell on the sea",
)  # fmt: skip
TOPICS = np.array([0, 0, 1, 1, 0, 1, 0, 1])
SEARCH = Search(
    ("why did the cat run", "when did rain fall", f"who burned the soup {MARKUP}"),
    ("why did the cat run is a song", "it fled from a dog", "the storm came at noon", "when did rain fall he asked",
     f"the cook burned the soup {MARKUP}", "a star"),
    np.array([1, 2, 4]),
    ("distractor", "answer", "answer", "distractor", "answer", "other"),
    ("keyword-heavy", "keyword-heavy", "ordinary"),
)  # fmt: skip
PAIRS = GradedPairs(
    ("the cat sat", "a dog ran", "rain fell", "snow fell"), ("the cat sat", "a cat ran", "the law", "a star"),
    np.array([1, 0.6, 0, 0], np.float32),
)  # fmt: skip


class Making:
    """A run whose records a test writes, as the worker would."""

    def __init__(
        self, home: Path, *, search: Search | None = SEARCH, pairs: GradedPairs | None = PAIRS, **settings: Any
    ) -> None:
        self.config: RunConfig = parse({**SETTINGS, **{key.replace("__", "."): one for key, one in settings.items()}})
        self.probe = Probe(
            np.zeros((8, 0, 0, 3), np.uint8), TOPICS, ("homes", "skies"), np.zeros((8, 0, 0, 3), np.uint8),
            texts=SENTENCES, view_texts=SENTENCES,
        )  # fmt: skip
        self.vocabulary = Vocabulary.of([*SENTENCES, *SEARCH.queries, *SEARCH.documents, *PAIRS.a, *PAIRS.b], 64)
        split = SentenceSplit(SENTENCES, TOPICS)
        self.benchmarks = benchmarks_to_json(SentenceDataset("by hand", split, split, search=search, pairs=pairs))
        self.state = untrained(self.config)
        self.folder = RunStore(home / "runs").create(self.config)
        self.recorder = Recorder(self.folder, RunStatus(state="running", created=0.0))
        self.recorder.write(Started("CPU", 1, self.probe, (), self.vocabulary.as_json(), self.benchmarks))

    def reader(self, state: State | None = None) -> TextReader:
        return TextReader(self.config, state or self.state, self.vocabulary)

    def look(self, number: int, state: State | None = None) -> None:
        h, z = self.reader(state).embed(SENTENCES)
        self.recorder.write(Snapshot(number, h, z, z, insight(number)))

    def keep(self, number: int, state: State | None = None) -> None:
        """A checkpoint."""
        arrays = {f"method.{name}": array for name, array in (state or self.state).items()}
        self.recorder.write(Checkpoint(number, 1.0, 1.0, arrays, {}))

    def end(self, number: int, state: State | None = None) -> RunFolder:
        """The weights of the end."""
        self.recorder.write(Weights(number, without_rest(state or self.state)))
        self.recorder.end("finished", "completed")
        return self.folder


def finished(home: Path, seed: int = 0, **settings: Any) -> RunFolder:
    """Twenty steps, a look and the weights."""
    making = Making(home, **settings)
    state = untrained(making.config, seed)
    making.look(0)
    making.recorder.write(step(20))
    making.look(20, state)
    return making.end(20, state)
