"""Images and their captions on the page, without a browser: what a tick draws of a run that was written by hand."""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from playground.config import parse
from playground.insight.text import image_text as insight
from playground.records import Probe, RunStatus, Snapshot, Started
from playground.runs.folder.run_folder import RunFolder
from playground.runs.library.store import RunStore
from playground.runs.processes.recorder import Recorder
from playground.ui.panels.text import image_text_cache
from playground.ui.panels.text.recall_and_gap import _recall_percent
from playground.ui.panels.text.similarity_matrix import LARGEST_PICTURE, picture_uri
from tests.runs.records import insight as figures_of
from tests.runs.records import step
from tests.ui.page import choose, picked, press, texts, whole

N, D = 60, 8
CLASSES = ("circle", "square", "star")


def page() -> None:
    import os
    from pathlib import Path

    import streamlit as st

    from playground.runs.folder.run_folder import RunFolder
    from playground.ui.panels.text.image_text import image_text_panel, image_text_tab
    from playground.ui.run.run_view import RunView

    view = st.session_state.setdefault("the view", RunView(RunFolder(Path(os.environ["SHOWN_RUN"]))))
    view.at = st.session_state.get("the step")
    view.read_on()
    st.fragment(image_text_panel if st.session_state.get("in short") else image_text_tab)(view)


class Written:
    """A run of N pairs, whose images and captions come together as it is looked at."""

    def __init__(self, home: Path, captions: Sequence[str], *, labels: bool = True) -> None:
        config = parse({"method.learn_temperature": True})
        self.folder = RunStore(home / "runs").create(config)
        self.recorder = Recorder(self.folder, RunStatus(state="running", created=0.0))
        images = np.random.default_rng(0).integers(0, 256, (N, 16, 16, 3), np.uint8)
        classes = np.arange(N) % len(CLASSES) if labels else None
        probe = Probe(images, classes, CLASSES if labels else (), images, view_texts=tuple(captions))
        self.recorder.write(Started("CPU", 1000, probe))

    def look(self, number: int, learned: float = 0.0, temperature: float = 0.05) -> None:
        """`learned` from 0, when nothing is alike, to 1, when every caption lies where its image does."""
        rng = np.random.default_rng(number)
        shared, own = rng.normal(size=(2, N, D))
        z, z_view = learned * shared + (1 - learned) * (own + 2), learned * shared + (1 - learned) * (own[::-1] - 2)
        if number:
            self.recorder.write(step(number, temperature=temperature))
        h, z, z_view = (array.astype(np.float32) for array in (rng.normal(size=(N, 4)), z, z_view))
        self.recorder.write(Snapshot(number, h, z, z_view, figures_of(number)))

    def end(self) -> None:
        self.recorder.end("finished", "completed")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    st.cache_resource.clear()
    return tmp_path


def told(number: int) -> str:
    return f"a {CLASSES[number % 3]}, number {number}"


def written(home: Path, *learned: float, captions: Sequence[str] = (), labels: bool = True) -> Written:
    run = Written(home, captions or [told(number) for number in range(N)], labels=labels)
    for number, share in enumerate(learned):
        run.look(10 * number, share)
    return run


def shown(run: RunFolder, **state: object) -> AppTest:
    os.environ["SHOWN_RUN"] = str(run.path)
    app = AppTest.from_function(page, default_timeout=60)
    for key, value in state.items():
        app.session_state[key.replace("_", " ")] = value
    return whole(app.run())


def components(app: AppTest) -> list[dict[str, Any]]:
    return [json.loads(element.proto.json) for element in app.get("bidi_component")]


def alts(app: AppTest) -> str:
    return "\n".join(component["alt"] for component in components(app))


def plotted(app: AppTest, alt: str) -> dict[str, Any]:
    (found,) = (json.loads(part["figure"]) for part in components(app) if "figure" in part and alt in part["alt"])
    return dict(found)


def pick(app: AppTest, row: int) -> AppTest:
    """As a click does it, of which the page without a browser has none."""
    picked(app).focus = row
    return whole(app.run())


def test_before_there_is_a_look_it_says_so(home: Path) -> None:
    app = shown(written(home).folder)
    assert "appears with the first steps" in texts(app) and not components(app)
    assert "appears with the first steps" in texts(shown(RunStore(home / "runs").create(parse({})), in_short=True))


def test_a_run_without_captions_has_nothing_of_this(home: Path) -> None:
    run = Written(home, ())
    run.look(0)
    assert "no captions" in texts(shown(run.folder))


def test_what_was_learned_is_found_first_both_ways(home: Path) -> None:
    run = written(home, 0.0, 0.5, 1.0)
    run.end()
    app = shown(run.folder)
    words = texts(app)
    assert "| image → caption | **100.0%** | **100.0%** | **100.0%** |" in words
    assert "| chance | 1.7% | 8.3% | 16.7% |" in words
    assert f"{N} pairs, {N} different captions." in words
    assert "12 of 12 images are most similar to their own caption" in words
    assert "**Modality gap 0.00** (1." in words and "before training" in words and "arXiv:2203.02053" in words
    assert (
        "**Temperature 0.05**, logit scale 20, learned; the scale is kept between 1 and 100, and is at neither" in words
    )
    assert (
        f"Recall at 1 of 3 looks, in the last image → caption 100.0%, caption → image 100.0%; chance is {1 / N:.1%}"
        in alts(app)
    )
    recall = plotted(app, "Recall at 1")
    assert recall["data"][0]["name"] == "image → caption" and len(recall["layout"]["shapes"]) == 1
    assert plotted(app, "means of both kinds")["layout"]["annotations"][1]["text"] == "<b>gap 0.00</b>"


def test_the_look_that_is_chosen_is_shown(home: Path) -> None:
    app = shown(written(home, 0.0, 0.5, 1.0).folder, the_step=0)
    words = texts(app)
    assert "12 of 12" not in words and "before training" not in words
    assert "after 0 steps" in words
    assert len(plotted(app, "Recall at 1")["layout"]["shapes"]) == 2  # chance, and the moment


def test_equal_captions_count_as_found_and_chance_knows(home: Path) -> None:
    captions = [f"a {CLASSES[number % 3]}" for number in range(N)]
    words = texts(shown(written(home, 1.0, captions=captions).folder))
    assert f"{N} pairs, 3 different captions; any caption equal to its own counts as found." in words
    assert "| chance | 33.3% |" in words


def test_where_all_captions_are_equal_nothing_is_confused(home: Path) -> None:
    app = shown(written(home, 0.5, captions=["a thing"] * N).folder)
    assert "all captions are equal" in texts(app)
    assert "all captions are equal" in texts(choose_pairs(app, "most confused"))


def choose_pairs(app: AppTest, value: str) -> AppTest:
    return whole(app.segmented_control(key="which pairs").set_value(value).run())


def matrix_of(app: AppTest) -> dict[str, Any]:
    return plotted(app, "images and their captions")


def test_another_batch_has_other_pairs(home: Path) -> None:
    app = shown(written(home, 0.0, 0.6).folder)
    first = matrix_of(app)["layout"]["xaxis"]["ticktext"]
    assert len(first) == 12 and matrix_of(app) == matrix_of(whole(app.run()))
    pictures = matrix_of(app)["layout"]["images"]
    assert len(pictures) == 12 and all(picture["source"].startswith("data:image/png;base64,") for picture in pictures)
    assert matrix_of(press(app, "Another batch"))["layout"]["xaxis"]["ticktext"] != first


def test_the_most_confused_pairs_of_a_look_are_drawn(home: Path) -> None:
    run = written(home, 0.0, 0.6)
    app = choose_pairs(shown(run.folder), "most confused")
    look, captions = run.folder.snapshot(10), np.arange(N)
    rows = insight.confused_rows(insight.compare_pairs(look.z, look.z_view, captions), 12, 0)
    batch = insight.make_pair_batch(look.z, look.z_view, captions, rows)
    assert f"{batch.found} of 12 images" in texts(app) and batch.found < 12
    hints = matrix_of(app)["data"][0]["hovertext"]
    assert [row[0].split()[1] for row in hints] == [str(row) for row in rows]


def test_probabilities_are_those_at_the_temperature_of_the_look(home: Path) -> None:
    app = shown(written(home, 0.0, 0.9).folder)
    whole(app.segmented_control(key="numbers of pairs").set_value("probability").run())
    assert "each row adds up to 100 %" in texts(app)
    assert matrix_of(app)["data"][0]["zmax"] == 1


@pytest.mark.parametrize(
    ("temperature", "words"), [(0.01, "▲ It is at the upper end"), (1.0, "▼ It is at the lower end")]
)
def test_a_scale_at_its_limit_is_told(home: Path, temperature: float, words: str) -> None:
    run = written(home, 0.0)
    run.look(10, 0.5, temperature)
    assert words in texts(shown(run.folder))


def test_a_fixed_temperature_is_told_as_such(home: Path) -> None:
    run = written(home, 0.0)
    run.recorder.write(step(5))
    assert "it is not learned" in texts(shown(run.folder))


def test_the_hardest_pair_then_a_chosen_one_with_its_wrong_answers(home: Path) -> None:
    run = written(home, 0.4)
    app = shown(run.folder)
    look = run.folder.snapshot(0)
    found = insight.compare_pairs(look.z, look.z_view, np.arange(N))
    row = int(np.argmax(found.lead))
    assert f"**Image {row}**: its own caption comes in place {found.caption_ranks[row]}" in texts(app)
    pick(app, 17)
    assert "**Image 17**" in texts(app) and "**Caption 17**" in texts(app)
    captions = next(part for part in components(app) if "Image 17" in part["alt"])
    assert captions["rows"][0]["title"] == told(17) and captions["rows"][0]["items"][0]["badge"] == "its own"
    wrong = insight.wrong_captions(look.z, look.z_view, np.arange(N), 17, 6)
    assert [group["title"] for group in captions["rows"][1:]] == [told(other) for other in wrong.rows]
    assert captions["rows"][1]["items"][0]["words"] == f"{wrong.cosines[0]:.2f}\nplace {wrong.ranks[0]}"


def test_a_pair_can_be_looked_up_by_number(home: Path) -> None:
    app = choose(shown(written(home, 0.4).folder), "Look up a pair", 23)
    assert "**Image 23**" in texts(app)
    (field,) = app.number_input
    assert field.value is None  # so that 23 can be looked up again
    assert "**Image 4**" in texts(pick(app, 4))


def test_captions_are_nobodys_markup(home: Path) -> None:
    bad = "<img src=x onerror=alert(1)> ![a](http://evil.example/x.png) %{x} $a$"
    app = shown(written(home, 0.0, 0.5, captions=[f"{bad} {number}" for number in range(N)]).folder)
    assert "evil" not in texts(app)
    for part in components(app):
        assert "<img" not in part.get("figure", "")


def test_without_labels(home: Path) -> None:
    app = shown(written(home, 0.0, 0.5, labels=False).folder)
    assert "same class" not in json.dumps(components(app))


def test_in_short_eight_pairs_and_recall(home: Path) -> None:
    app = shown(written(home, 0.0, 1.0).folder, in_short=True)
    (part,) = components(app)
    assert part["alt"].startswith("8 images and their captions")
    assert f"Recall@1 of {N}: image → caption **100.0%**, caption → image **100.0%**, chance 1.7%" in texts(app)


# What a tick costs


def test_a_look_is_compared_once_for_all_who_look_at_it_and_a_tick_without_news_sends_the_same(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[int] = []
    plain = insight.compare_pairs

    def noted(*given: Any) -> insight.PairComparison:
        compared.append(len(given[0]))
        return plain(*given)

    monkeypatch.setattr(image_text_cache, "compare_pairs", noted)
    run = written(home, 0.0, 0.5)
    first, second = shown(run.folder), shown(run.folder)
    assert len(compared) == 2
    before = [element.proto.json for element in first.get("bidi_component")]
    assert [element.proto.json for element in whole(first.run()).get("bidi_component")] == before
    run.look(20, 0.9)
    for app in (first, second):
        whole(app.run())
    assert len(compared) == 3
    for _ in range(4):  # two plots a tick
        whole(first.run())
    assert len(plotted(first, "Recall at 1")["data"][0]["x"]["bdata"]) > 0 and "3 looks" in alts(first)


def test_while_a_run_goes_on_older_looks_are_compared_bit_by_bit(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(image_text_cache, "SECONDS_PER_TICK", -1.0)
    run = written(home, 0.0, 0.2, 0.5, 0.9)
    app = shown(run.folder)
    assert "1 of 4 looks so far" in texts(app)
    assert "2 of 4 looks so far" in texts(whole(app.run()))
    run.end()
    assert "looks so far" not in texts(whole(app.run())) and "4 looks" in alts(app)


def test_of_many_looks_a_curve_shows_some_which_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(image_text_cache, "MOST_CURVE_STEPS", 4)
    assert image_text_cache._curve_steps([]) == []
    assert image_text_cache._curve_steps([0, 5, 9, 12]) == [0, 5, 9, 12]
    assert image_text_cache._curve_steps([0, 5, 9, 12, 20]) == [0, 9, 20]
    assert image_text_cache._curve_steps(list(range(20))) == [0, 8, 16, 19]


def test_a_look_that_was_made_anew_is_compared_anew(home: Path) -> None:
    run = written(home, 0.0)
    assert "**100.0%**" not in texts(shown(run.folder))
    run.look(0, 1.0)
    os.utime(run.folder.snapshot_file(0), ns=(1, 1))
    assert "**100.0%**" in texts(shown(run.folder))


# Small things


def test_a_picture_is_no_larger_than_it_is_shown() -> None:
    large = np.random.default_rng(0).integers(0, 256, (224, 224, 3), np.uint8)
    assert len(picture_uri(large)) < LARGEST_PICTURE**2 * 3 * 1.5
    assert picture_uri(large[:16, :16]).startswith("data:image/png;base64,")


@pytest.mark.parametrize(
    ("share", "words"),
    [(0, "0.0%"), (0.001, "0.10%"), (0.0002, "0.02%"), (0.01, "1.0%"), (0.5, "50.0%"), (1, "100.0%")],
)
def test_small_shares_have_a_digit_more(share: float, words: str) -> None:
    assert _recall_percent(share) == words
