"""What is kept for testing: a tenth, evenly spread, and nothing of it is trained on."""

from hypothesis import given, settings
from hypothesis import strategies as st

from playground.data.sentences.text_file import SentenceEntry
from playground.data.sentences.user_sentences import hold_out, without_repeats


def _entries(*texts: tuple[str, ...]) -> list[SentenceEntry]:
    return [SentenceEntry(line, found) for line, found in enumerate(texts, start=1)]


def test_repeats_are_told_by_small_letters() -> None:
    found = without_repeats(_entries(("One",), ("two",), ("ONE",), ("one ",), ("two",)))
    assert [entry.line for entry in found] == [1, 2, 4]


def test_rows_that_share_a_query_only_are_no_repeats() -> None:
    assert len(without_repeats(_entries(("a", "b"), ("a", "c")))) == 2


def test_every_tenth_of_lines() -> None:
    train, test = hold_out(_entries(*((f"line {n}",) for n in range(1, 101))))
    assert [entry.line for entry in test] == list(range(10, 101, 10))
    assert len(train) == 90


def test_few_entries_have_one_to_test_with() -> None:
    train, test = hold_out(_entries(("a",), ("b",)))
    assert (len(train), len(test)) == (1, 1)


def test_all_tied_together() -> None:
    train, test = hold_out(_entries(*((f"query {n}", "the same answer") for n in range(30))))
    assert (len(train), len(test)) == (30, 0)


def test_a_chain_stays_together_and_the_rest_is_tested() -> None:
    chain = [(f"text {n}", f"text {n + 1}") for n in range(40)]
    others = [(f"query {n}", f"answer {n}") for n in range(60)]
    train, test = hold_out(_entries(*chain, *others))
    assert set(chain) <= {entry.texts for entry in train}
    assert len(test) == 10


def test_a_negative_may_be_in_both() -> None:
    train, test = hold_out(_entries(*((f"query {n}", f"answer {n}", "the same wrong answer") for n in range(30))))
    assert (len(train), len(test)) == (27, 3)


texts = st.sampled_from([f"text {n}" for n in range(60)] + [f"Text {n}" for n in range(10)])


@settings(max_examples=100, deadline=None)
@given(rows=st.lists(st.tuples(texts, texts), min_size=1, max_size=80))
def test_nothing_is_in_both_and_nothing_is_lost(rows: list[tuple[str, str]]) -> None:
    entries = without_repeats(_entries(*rows))
    train, test = hold_out(entries)
    assert sorted([*train, *test]) == entries
    learned, tested = ({text.casefold() for entry in part for text in entry.texts} for part in (train, test))
    assert not learned & tested
    assert train
    if len(test) > len(entries) // 10:  # only where there would be none otherwise
        assert len(train) >= len(test)
