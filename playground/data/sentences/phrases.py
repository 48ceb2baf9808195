"""Builds sentences from words: statements, questions, answers, and distractors that repeat a question."""

from collections.abc import Callable
from random import Random
from typing import Final, Literal

from playground.data.sentences.facts import Words

Relation = Literal["why", "when", "who", "where"]
RELATIONS: Final[tuple[Relation, ...]] = ("why", "when", "who", "where")


def make_sentence(text: str, end: str = ".") -> str:
    """`text` with a capital at its beginning and `end` at its end."""
    return f"{text[0].upper()}{text[1:]}{end}"


def question(random: Random, asked: Relation, words: Words) -> str:
    """A question for the part `asked`; it names the deed and the town, or the time where the town is asked for."""
    w = words
    did = f"did {w.actor} {w.verb.base} {w.thing}"
    was = f"was {w.thing} {w.verb.participle} by {w.actor}"
    forms: dict[Relation, tuple[str, ...]] = {
        "why": (f"why {did} {w.town}", f"why {was} {w.town}", f"for what reason {did} {w.town}"),
        "when": (f"when {did} {w.town}", f"when {was} {w.town}", f"at what time {did} {w.town}"),
        "who": (
            f"who {w.verb.past} {w.thing} {w.town}",
            f"which person {w.verb.past} {w.thing} {w.town}",
            f"by whom was {w.thing} {w.verb.participle} {w.town}",
        ),
        "where": (f"where {did} {w.time}", f"where {was} {w.time}", f"in which town {did} {w.time}"),
    }
    return make_sentence(random.choice(forms[asked]), "?")


def answer(random: Random, asked: Relation, words: Words) -> str:
    """A statement of the part `asked` and of the parts that the question names; of nothing else."""
    return _ANSWERS[asked](random, words)


def statement(random: Random, words: Words) -> str:
    """A statement of the deed with town, time and reason."""
    what, w = _clause(random, words), words
    return make_sentence(
        random.choice(
            (
                f"{w.time}, {what} {w.town} because {w.reason}",
                f"because {w.reason}, {what} {w.town} {w.time}",
                f"{w.reason}, so {what} {w.town} {w.time}",
                f"it was {w.town} that {what} {w.time}, since {w.reason}",
            )
        )
    )


def other_relation(random: Random, asked: Relation, words: Words) -> str:
    """A statement of the same deed that answers another question than `asked`."""
    if asked == "who":
        other: Literal["why", "when"] = random.choice(("why", "when"))
        return _state_reason_or_time(random, other, _passive(words), words, words.town)
    if asked == "where":
        return _state_reason_or_time(random, "why", _clause(random, words), words, words.time)
    return answer(random, "when" if asked == "why" else "why", words)


def unknown(random: Random, asked: Relation, words: Words) -> str:
    """A statement that the answer is not known."""
    indirect = _indirect(asked, words)
    return make_sentence(
        random.choice(
            (
                f"nobody knows {indirect}",
                f"the newspaper does not say {indirect}",
                f"many people still ask {indirect}",
                f"{indirect} was never found out",
            )
        )
    )


def title(random: Random, asked: Relation, words: Words) -> str:
    """A statement with the question as the title of a work, which repeats the thing asked about."""
    name, thing = make_sentence(_indirect(asked, words), end=""), words.thing
    return make_sentence(
        random.choice(
            (
                f'a poem about {thing} has the title "{name}"',
                f'a film about {thing} is called "{name}"',
                f'the book "{name}" is about {thing}',
            )
        )
    )


def denial(random: Random, asked: Relation, words: Words, wrong: Words) -> str:
    """A statement that a wrong answer is wrong; `wrong` differs from `words` in town, time and reason."""
    what = _clause(random, words)
    told: dict[Relation, str] = {
        "why": f"it was not because {wrong.reason} that {what} {words.town}",
        "when": f"it was not {wrong.time} that {what} {words.town}",
        "who": f"it was not {wrong.time} that {_passive(words)} {words.town}",
        "where": f"it was not {wrong.town} that {what} {words.time}",
    }
    return make_sentence(told[asked])


def _answer_why(random: Random, words: Words) -> str:
    return _state_reason_or_time(random, "why", _clause(random, words), words, words.town)


def _answer_when(random: Random, words: Words) -> str:
    return _state_reason_or_time(random, "when", _clause(random, words), words, words.town)


def _answer_who(random: Random, words: Words) -> str:
    w = words
    forms = (
        f"{w.actor} {w.verb.past} {w.thing} {w.town}",
        f"it was {w.actor} who {w.verb.past} {w.thing} {w.town}",
        f"{_passive(w)} {w.town} by {w.actor}",
    )
    return make_sentence(random.choice(forms))


def _answer_where(random: Random, words: Words) -> str:
    town, what = words.town, f"{_clause(random, words)} {words.time}"
    return make_sentence(random.choice((f"{what} {town}", f"it was {town} that {what}", f"{town}, {what}")))


_ANSWERS: Final[dict[Relation, Callable[[Random, Words], str]]] = {
    "why": _answer_why,
    "when": _answer_when,
    "who": _answer_who,
    "where": _answer_where,
}


def _state_reason_or_time(random: Random, relation: Literal["why", "when"], what: str, words: Words, where: str) -> str:
    """The clause `what` with `where` (a town or a time) and with the reason or the time."""
    here, w = f"{what} {where}", words
    if relation == "why":
        forms = (f"{here} because {w.reason}", f"because {w.reason}, {here}", f"{w.reason}, so {here}")
    else:
        forms = (f"{here} {w.time}", f"{w.time}, {here}", f"it was {w.time} that {here}")
    return make_sentence(random.choice(forms))


def _clause(random: Random, words: Words) -> str:
    active = f"{words.actor} {words.verb.past} {words.thing}"
    return random.choice((active, f"{_passive(words)} by {words.actor}"))


def _passive(words: Words) -> str:
    return f"{words.thing} was {words.verb.participle}"


def _indirect(asked: Relation, words: Words) -> str:
    w = words
    if asked == "who":
        return f"who {w.verb.past} {w.thing} {w.town}"
    return f"{asked} {w.actor} {w.verb.past} {w.thing} {w.time if asked == 'where' else w.town}"
