"""The corpus: the same seed writes the same sentences, tests hold nothing that was learned, and words mislead."""

from collections.abc import Callable
from functools import cache
from itertools import islice
from pathlib import Path
from random import Random

import numpy as np
import pytest

from playground.config.sentences import CorpusConfig
from playground.data import run_to_end
from playground.data.sentences.corpus import TEST_ROWS, inspect_corpus, load_corpus
from playground.data.sentences.dataset import SentenceDataset
from playground.data.sentences.facts import Fact, split_deeds
from playground.data.sentences.topics import CLASS_NAMES, TOPICS
from playground.data.sentences.training_triples import KIND_SHARES, TrainingTriple, draw_triples
from playground.records import Progress
from playground.vocabulary import words_of

STOPPED = {"the", "was", "by", "in", "it", "that", "did", "who", "of", "a", "at", "on"}


def _load(**settings: int) -> SentenceDataset:
    return run_to_end(load_corpus(CorpusConfig(**settings), Path()))


@cache
def _rows(count: int) -> tuple[TrainingTriple, ...]:
    return tuple(islice(draw_triples(Random("0/train"), split_deeds(0)[0], tested=False), count))


def _content(text: str) -> set[str]:
    return set(words_of(text)) - STOPPED


def _tells(text: str, fact: Fact) -> dict[str, bool]:
    """Which parts of `fact` are told by `text`, in whichever wording."""
    topic, deed = TOPICS[fact.deed.topic], fact.deed
    wordings = {
        "actor": topic.actors[deed.actor],
        "act": [form for verb in topic.acts[deed.act] for form in verb],
        "thing": topic.things[deed.thing],
    }
    padded = f" {' '.join(words_of(text))} "
    return {part: any(f" {' '.join(words_of(w))} " in padded for w in found) for part, found in wordings.items()}


def test_same_seed_same_sentences() -> None:
    first, again, other = _load(count=200), _load(count=200), _load(count=200, seed=1)
    assert first.train.sentences == again.train.sentences
    assert first.train.hard == again.train.hard
    assert first.pairs is not None and again.pairs is not None
    assert first.pairs.b == again.pairs.b
    assert first.search is not None and again.search is not None
    assert first.search.documents == again.search.documents
    assert first.train.sentences != other.train.sentences


def test_sentences_do_not_depend_on_how_many_there_are() -> None:
    few, many = _load(count=100), _load(count=2500)
    assert many.train.sentences[:100] == few.train.sentences
    assert many.train.positives[:100] == few.train.positives
    assert many.test.sentences == few.test.sentences


def test_sizes_and_contents() -> None:
    for count in (64, 100, 1200):
        dataset = _load(count=count)
        assert dataset.train.labels is not None
        contents = inspect_corpus(CorpusConfig(count=count), Path())
        sizes = np.bincount(dataset.train.labels)
        assert (contents.images, contents.classes, contents.largest_class) == (count, len(sizes), sizes.max())
        assert len(dataset.train.positives) == len(dataset.train.hard) == len(dataset.train) == count
        assert len(dataset.test) == TEST_ROWS
        assert dataset.class_names == CLASS_NAMES


def test_there_is_variety_in_few_words() -> None:
    train = _load().train
    assert len(train) == len(set(train.sentences)) == 8000
    assert len({*train.sentences, *train.positives, *train.hard}) > 20_000
    assert len({word for text in (*train.sentences, *train.positives, *train.hard) for word in words_of(text)}) < 1500
    assert max(len(words_of(text)) for text in (*train.sentences, *train.positives, *train.hard)) <= 32


def test_writing_says_how_far_it_is() -> None:
    seen: list[Progress] = []
    run_to_end(load_corpus(CorpusConfig(count=3500), Path()), seen.append)
    assert [progress.done for progress in seen] == [0, 1000, 2000, 3000]


def test_no_tested_deed_was_ever_told() -> None:
    held_out = set(split_deeds(0)[1])
    for row in _rows(3000):
        assert row.fact.deed not in held_out
        assert not row.fact.tested
    for row in _rows(3000)[:240]:  # also by the words alone
        for deed in held_out:
            if deed.topic == row.fact.deed.topic:
                assert not all(_tells(row.sentence, Fact(deed, 0, 0, 0)).values()), row


def test_sentences_begin_and_end_as_sentences_do() -> None:
    for row in _rows(3000):
        for text in (row.sentence, row.positive, row.hard):
            assert text[0].isupper() and text[-1] in ".?" and "  " not in text
        assert row.sentence.endswith("?") == (row.kind != "statement")
        assert not row.positive.endswith("?") and not row.hard.endswith("?")


def test_all_of_a_row_are_about_one_thing() -> None:
    """Sentence, positive and hard negative name the act and the thing; the positive says what the sentence says."""
    for row in _rows(3000):
        for text in (row.sentence, row.positive, row.hard):
            told = _tells(text, row.fact)
            assert told["act"] and told["thing"], text
        assert row.positive != row.hard
        assert _tells(row.positive, row.fact)["actor"]


def _shared(row: TrainingTriple, text: str) -> float:
    own = _content(row.sentence)
    return len(own & _content(text)) / len(own)


@pytest.mark.parametrize(("kind", "more"), [("keyword-heavy", "hard"), ("ordinary", "positive"), ("statement", "hard")])
def test_which_of_them_has_the_words_of_the_sentence(kind: str, more: str) -> None:
    """Not always the same one: sharing words must not tell what is right."""
    rows = [row for row in _rows(3000) if row.kind == kind]
    texts: dict[str, Callable[[TrainingTriple], str]] = {
        "hard": lambda row: row.hard,
        "positive": lambda row: row.positive,
    }
    shared = {name: np.mean([_shared(row, text(row)) for row in rows]) for name, text in texts.items()}
    less = "positive" if more == "hard" else "hard"
    assert shared[more] > shared[less] + 0.2, shared


def test_paraphrases_share_few_words_beside_the_town() -> None:
    rows = [row for row in _rows(3000) if row.kind == "statement"]
    assert np.mean([_shared(row, row.positive) for row in rows]) < 0.25


def test_shares_of_the_kinds() -> None:
    kinds = [row.kind for row in _rows(3000)]
    for kind, share in KIND_SHARES.items():
        assert kinds.count(kind) / len(kinds) == pytest.approx(share, abs=0.03)
