"""Medians, ratios within rounds, and what a table looks like."""

import json
from dataclasses import asdict
from statistics import median

from hypothesis import given
from hypothesis import strategies as st

from playground.bench.interleaved_rounds import NOT_INSTALLED
from playground.bench.table import BenchRow, BenchTable

rounds = st.lists(st.tuples(*[st.floats(0.01, 1e6)] * 2), min_size=1, max_size=9)


def two(unit: str, ours: tuple[float, ...], theirs: tuple[float, ...]) -> BenchTable:
    return BenchTable("T", "words", unit, [BenchRow("ours", ours, {"x theirs": "theirs"}), BenchRow("theirs", theirs)])


def test_ratios_are_worked_out_within_each_round() -> None:
    """Here the machine is slow in one round for both: the ratio of the medians would be another one, 1.5."""
    table = two("img/s", (200.0, 30.0, 300.0), (100.0, 10.0, 150.0))
    assert table.ratios(table.rows[0]) == {"x theirs": (2.0, 3.0, 2.0)}
    table = two("img/s", (200.0, 30.0, 150.0), (100.0, 10.0, 150.0))
    assert median(table.ratios(table.rows[0])["x theirs"]) == 2.0
    assert "2.00" in table.markdown() and "1.50" not in table.markdown()


@given(rounds)
def test_of_times_the_smaller_one_is_faster_and_of_rates_the_larger_one(values: list[tuple[float, float]]) -> None:
    ours, theirs = zip(*values, strict=True)
    for unit, expected in (
        ("img/s", [a / b for a, b in values]),
        ("ms", [b / a for a, b in values]),
        ("s", [b / a for a, b in values]),
    ):
        table = two(unit, ours, theirs)
        assert table.ratios(table.rows[0])["x theirs"] == tuple(expected)
        assert table.ratios(table.rows[1]) == {}


def test_a_table_is_aligned_markdown() -> None:
    rows = [
        BenchRow("ours", (1234.0, 2000.0, 1000.0), {"x theirs": "theirs"}, {"more MB": 131.4}),
        BenchRow("theirs", (500.0, 1000.0, 500.0), note="2 workers"),
    ]
    assert BenchTable("T", "words", "img/s", rows).markdown().splitlines() == [
        "|        | img/s | lowest to highest | x theirs | more MB | note      |",
        "| ------ | ----: | ----------------: | -------: | ------: | --------- |",
        "| ours   | 1,234 |    1,000 to 2,000 |     2.00 |     131 |           |",
        "| theirs |   500 |      500 to 1,000 |          |         | 2 workers |",
    ]


def test_who_is_missing_has_a_row_that_says_so_and_nobody_is_compared_with_it() -> None:
    rows = [BenchRow("ours", (1.0, 2.0), {"x lightly": "lightly"}), BenchRow("lightly", note=NOT_INSTALLED)]
    table = BenchTable("T", "words", "ms", rows)
    assert table.ratios(rows[0]) == {}
    assert table.markdown().splitlines()[-1].split("|")[1:-1] == [
        " lightly ", "     ", " " * 19, " " * 11, f" {NOT_INSTALLED} ",
    ]  # fmt: skip


def test_json_holds_every_round() -> None:
    table = two("s", (1.0, 4.0), (2.0, 2.0))
    stored = json.loads(json.dumps(table.as_json()))
    assert stored["unit"] == "s"
    assert stored["rows"][0] == {
        "name": "ours",
        "median": 2.5,
        "rounds": [1.0, 4.0],
        "times_as_fast_as": {"x theirs": {"median": 1.25, "rounds": [2.0, 0.5]}},
    }
    nobody = BenchTable("T", "words", "s", [BenchRow("lightly", note=NOT_INSTALLED)]).as_json()
    assert nobody["rows"] == [
        {"name": "lightly", "median": None, "rounds": (), "times_as_fast_as": {}, "note": NOT_INSTALLED}
    ]


def test_a_table_comes_back_from_another_process_as_it_was() -> None:
    row = BenchRow("ours", (1.0, 4.0), {"x theirs": "theirs"}, {"more MB": 3.0}, "note")
    table = BenchTable("T", "words", "s", [row, BenchRow("theirs")], failed=True)
    assert BenchTable.from_dict(json.loads(json.dumps(asdict(table)))) == table
