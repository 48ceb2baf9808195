"""Which weights read what a person types, and how often that changes."""

import os
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from playground.inference.embed_texts import TextReader
from playground.inference.errors import TrainingError
from playground.inference.restore import embed_pictures
from playground.records import FloatArray
from playground.runs.folder.run_folder import RunFolder, UnreadableRun
from playground.ui.panels.text.text_reader import (
    SECONDS_BETWEEN_READERS,
    TEXTS_KEPT,
    TextReading,
    all_unknown,
    newest_reading,
    unknown_words,
)
from playground.vocabulary import Vocabulary
from tests.ui.captioned import MEAN, STD, Making, finished, untrained

KNOWN = Vocabulary(("red", "ring"))


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What time it is."""
    now = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    return now


@pytest.fixture
def making(home: Path) -> Making:
    return Making(home)


def newest_step(run: RunFolder) -> int:
    found = newest_reading(run)
    assert found is not None
    return found.step


def test_before_there_are_weights_nothing_is_read(making: Making) -> None:
    making.look(0)
    assert newest_reading(making.folder) is None


def test_texts_and_images_are_of_one_step(making: Making) -> None:
    state = untrained(making.config, seed=5)
    making.look(10)
    look = making.look(20, state)
    making.keep(20, state)
    found = TextReading(making.folder)
    assert found.step == 20
    np.testing.assert_array_equal(found.images, look.z)
    expected = TextReader(making.config, state, making.vocabulary).embed(["a red ring"])[1]
    np.testing.assert_allclose(found.embed(["a red ring"]), expected, rtol=1e-5)


def test_where_there_is_no_look_of_that_step_the_images_are_seen_anew(making: Making) -> None:
    making.look(10)
    making.end(15)
    found = TextReading(making.folder)
    weights = {**making.state, "mean": MEAN, "std": STD}
    assert found.step == 15
    np.testing.assert_allclose(found.images, embed_pictures(making.config, weights, making.probe.images), rtol=1e-5)


def test_while_weights_come_a_reader_is_made_every_few_seconds_only(making: Making, clock: list[float]) -> None:
    making.look(10)
    making.keep(10)
    first = newest_reading(making.folder)
    for number in (20, 30):
        making.look(number)
        making.keep(number)
        clock[0] += SECONDS_BETWEEN_READERS / 4
        assert newest_reading(making.folder) is first
    clock[0] += SECONDS_BETWEEN_READERS
    assert newest_step(making.folder) == 30
    making.look(40)
    making.end(40)  # for which nobody waits: no tick may come after it
    assert newest_step(making.folder) == 40


def test_a_run_that_goes_on_after_its_end_is_read_anew(making: Making, clock: list[float]) -> None:
    making.look(20)
    making.end(20)
    assert newest_step(making.folder) == 20
    making.look(30)
    making.keep(30)
    clock[0] += SECONDS_BETWEEN_READERS
    assert newest_step(making.folder) == 30


def test_sessions_share_one_reader(making: Making) -> None:
    making.look(10)
    making.keep(10)
    assert newest_reading(making.folder) is newest_reading(RunFolder(making.folder.path))


def test_weights_that_are_written_again_are_read_again(making: Making) -> None:
    making.look(20)
    making.end(20)
    before = newest_reading(making.folder)
    written = making.folder.weights_file.stat().st_mtime
    os.utime(making.folder.weights_file, (written + 5, written + 5))
    assert newest_reading(making.folder) is not before


def test_a_text_is_read_once(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = TextReading(finished(home))
    asked: list[str] = []
    embed = found.reader.embed

    def noted(texts: Sequence[str]) -> tuple[FloatArray, FloatArray]:
        asked.extend(texts)
        return embed(texts)

    monkeypatch.setattr(found.reader, "embed", noted)
    first = found.embed(["a ring", "a star", "a ring"])
    again = found.embed(["a star", "a red ring", "a ring"])
    assert asked == ["a ring", "a star", "a red ring"]
    np.testing.assert_array_equal(first[0], first[2])
    np.testing.assert_array_equal(again[[2, 0]], first[:2])


def test_texts_are_not_kept_without_end(home: Path) -> None:
    found = TextReading(finished(home))
    for start in range(0, TEXTS_KEPT + 1000, 1000):
        found.embed([f"{number}" for number in range(start, start + 1000)])
        assert len(found._known) <= TEXTS_KEPT


def test_other_weights_and_runs_without_words_are_refused(making: Making) -> None:
    making.look(10)
    making.keep(10, {name: array for name, array in making.state.items() if not name.startswith("text_projector")})
    with pytest.raises(TrainingError, match="do not fit"):
        newest_reading(making.folder)
    making.folder.vocabulary_file.unlink()
    with pytest.raises(UnreadableRun, match="has kept no words"):
        TextReading(making.folder)


@pytest.mark.parametrize(
    ("texts", "told"),
    [
        (["a red ring"][:0], ""),
        (["red", "ring, red!"], ""),
        (["purple ring"], "'purple' did not occur in training: it is read as an unknown word."),
        (
            ["purple ring", "Purple disc"],
            "'purple' and 'disc' did not occur in training: they are read as one and the same unknown word.",
        ),
        (["b c d e f g h"], "'b', 'c', 'd', 'e', 'f' and 2 more words did not occur in training: they are"),
    ],
)
def test_unknown_words_are_named(texts: list[str], told: str) -> None:
    assert unknown_words(KNOWN, texts, 100).startswith(told)
    assert bool(told) == bool(unknown_words(KNOWN, texts, 100))


def test_where_only_the_most_frequent_words_are_kept_a_word_may_have_occurred() -> None:
    assert "did not occur often enough in training" in unknown_words(KNOWN, ["purple"], len(KNOWN))


@pytest.mark.parametrize(("text", "nothing"), [("purple", True), ("red purple", False), ("?!", True), ("", True)])
def test_a_text_without_a_known_word_says_nothing(text: str, nothing: bool) -> None:
    assert all_unknown(KNOWN, text) is nothing
