"""Where and when: what the facts of all topics share. Places are names and have one wording only."""

from typing import Final

from playground.data.sentences.grammar import Wordings, wordings

TOWNS: Final[tuple[str, ...]] = (
    "Ulm", "Bonn", "Porto", "Lyon", "Ghent", "Leeds", "Turin", "Malmo", "Krakow", "Oslo",
    "Cork", "Basel", "Riga", "Graz", "Bergen", "Delft", "Siena", "Tartu", "York", "Lille",
)  # fmt: skip

TIMES: Final[tuple[Wordings, ...]] = tuple(
    wordings(text)
    for text in (
        "at dawn|at first light",
        "at noon|at midday",
        "at dusk|at nightfall",
        "in autumn|in the fall",
        "in summer|in the hot season",
        "in winter|in the cold season",
        "last year|twelve months ago",
        "a fortnight ago|two weeks ago",
        "an hour ago|sixty minutes ago",
        "on Wednesday|in the middle of the week",
        "at Christmas|on the last holidays of December",
        "on the first of January|on New Year's Day",
    )
)
