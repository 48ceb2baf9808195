"""The channel: what is told, to whom, and that it is what a rerun of the page would show."""

import gc
import json
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from playground.records import RunStatus, Snapshot
from playground.runs.folder.run_folder import RunFolder, UnreadableRun
from playground.runs.processes.recorder import Recorder
from playground.ui.components.live_channel import TICK_SECONDS, Channel, PageLayout, find_channel, open_channel
from playground.ui.components.widget_state import RUN_TAB
from playground.ui.pages import shown_run
from tests.runs.records import geometry, insight, step
from tests.ui import captioned, sentence_looks
from tests.ui.captioned import Making
from tests.ui.looks import put_look, put_map, put_probe
from tests.ui.page import opened, shown_view, texts, whole
from tests.ui.run.test_run_view import created, write

STILL = PageLayout("page", 1.0)


# The channel alone


@pytest.fixture
def channel() -> Channel:
    made = open_channel()
    made.begin(lambda: STILL)
    made.layout = STILL.layout
    return made


def test_only_what_has_changed_is_told_and_only_until_it_was_heard(channel: Channel) -> None:
    said = {"a": 1, "b": 1}
    for name in said:
        part, known = channel.publish(name, lambda name=name: {"words": said[name]})  # type: ignore[misc]
        assert part == {"words": 1} and known == {"key": f"{channel.ticket}|{name}", "stamp": channel.stamp}
    heard = channel.stamp
    assert channel.news(heard) == {"stamp": heard, "layout": "page", "again": 1.0, "parts": {}}
    said["a"] = 2
    news = channel.news(heard)
    assert news["parts"] == {f"{channel.ticket}|a": {"stamp": heard + 1, "data": {"words": 2}}}
    assert channel.news(heard) == news  # that answer may have been lost on its way
    assert channel.news(news["stamp"])["parts"] == {}
    assert set(channel.news(0)["parts"]) == {f"{channel.ticket}|a", f"{channel.ticket}|b"}


def test_what_a_rerun_has_sent_is_no_news(channel: Channel) -> None:
    said = [1]
    before = channel.publish("a", lambda: {"words": said[0]})[1]["stamp"]
    said[0] = 2
    channel.begin(lambda: STILL)
    now = channel.publish("a", lambda: {"words": said[0]})[1]["stamp"]
    assert now == channel.stamp > before
    assert channel.news(now)["parts"] == {}


def test_where_a_rerun_is_due_it_brings_what_is_new(channel: Channel) -> None:
    channel.publish("a", lambda: {"words": 1})
    channel.layout = "another page"
    assert channel.news(0) == {"stamp": 0, "layout": "page", "again": 1.0, "parts": {}}
    channel.layout = "page"
    assert len(channel.news(0)["parts"]) == 1


def test_what_is_not_on_the_page_any_more_is_not_told(channel: Channel) -> None:
    channel.publish("a", lambda: {"words": 1})
    channel.begin(lambda: STILL)
    channel.publish("b", lambda: {"words": 1})
    assert list(channel.news(0)["parts"]) == [f"{channel.ticket}|b"]


def test_news_wait_for_a_rerun_that_is_under_way(channel: Channel) -> None:
    heard: list[dict[str, Any]] = []
    asking = threading.Thread(target=lambda: heard.append(channel.news(0)))
    with channel.lock:
        asking.start()
        channel.begin(lambda: PageLayout("another page", 1.0))
        assert not heard
    asking.join(60)
    assert heard[0]["layout"] == "another page"


def test_a_channel_is_found_by_its_ticket_for_as_long_as_its_session_has_it() -> None:
    channel = open_channel()
    ticket = channel.ticket
    assert find_channel(ticket) is channel and len(ticket) == 32
    assert find_channel("no such ticket") is None
    assert "__" not in ticket  # Streamlit allows that in no key
    del channel
    gc.collect()
    assert find_channel(ticket) is None


# The page


@pytest.fixture
def run(home: Path) -> RunFolder:
    """One that goes on."""
    run = created(home / "runs")
    run.write_status(RunStatus(state="running", created=0.0, phase="training"))
    put_probe(run)
    write(run, [step(number) for number in range(1, 11)])
    add_look(run, 0)
    add_look(run, 10)
    return run


def add_look(run: RunFolder, number: int, **changes: Any) -> None:
    put_look(run, number)
    put_map(run, number, "umap", "z")
    write(run, insights=[insight(number, **changes)])


def sent(app: AppTest) -> list[dict[str, Any]]:
    return [json.loads(element.proto.json) for element in app.get("bidi_component")]


def pulse(app: AppTest) -> dict[str, Any]:
    (found,) = (data for data in sent(app) if "ticket" in data)
    return found


def heard(app: AppTest) -> dict[str, Any]:
    """What a browser with this page hears, from a thread that knows nothing of its session."""
    answers: list[dict[str, Any]] = []
    now = pulse(app)

    def ask() -> None:
        channel = find_channel(now["ticket"])
        assert channel is not None
        answers.append(json.loads(json.dumps(channel.news(now["stamp"]))))

    asking = threading.Thread(target=ask)
    asking.start()
    asking.join(60)
    return answers[0]


def names(news: dict[str, Any]) -> set[str]:
    return {key.partition("|")[2] for key in news["parts"]}


def test_where_nothing_is_new_nothing_is_told_and_nothing_is_due(run: RunFolder) -> None:
    app = opened(run=run.id)
    assert heard(app) == {"stamp": pulse(app)["stamp"], "layout": pulse(app)["layout"], "again": 1.0, "parts": {}}


def test_new_steps_are_told_without_a_rerun(run: RunFolder) -> None:
    app = opened(run=run.id)
    write(run, [step(11), step(12)])
    news = heard(app)
    assert names(news) == {"state", "loss"} and news["layout"] == pulse(app)["layout"]
    state = next(part["data"] for key, part in news["parts"].items() if key.endswith("|state"))
    assert "step 12" in state["words"] and state["progress"] == pytest.approx(0.12)


def test_a_new_look_is_told_without_a_rerun_and_a_few_panels_at_a_time(run: RunFolder) -> None:
    app = opened(run=run.id)
    write(run, [step(11)])
    add_look(run, 11)
    told = [heard(app) for _ in range(2)]  # the second answer is for who has not heard the first
    assert names(told[0]) < names(told[1]) == {"state", "timeline", "loss", "map of z", "collapse z", "negatives"}
    assert {news["layout"] for news in told} == {pulse(app)["layout"]}


def test_what_is_told_is_what_a_rerun_shows(run: RunFolder) -> None:
    app = opened(run=run.id)
    write(run, [step(11)])
    add_look(run, 11)
    for _ in range(3):
        news = heard(app)
    whole(app.run())
    shown = {data["live"]["key"]: [] for data in sent(app) if "live" in data}  # type: dict[str, list[dict[str, Any]]]
    for data in sent(app):
        if "live" in data:
            shown[data["live"]["key"]].append(data)
    assert set(shown) == set(news["parts"])
    for key, part in news["parts"].items():
        for data in shown[key]:
            told = {name: value for name, value in part["data"].items() if name in data}
            assert told == {name: data[name] for name in told} and data["live"]["stamp"] == part["stamp"]
        assert set().union(*shown[key]) >= set(part["data"])  # each part of it is shown by one of them


ENDED = RunStatus(state="finished", created=0.0, reason="completed")


@pytest.mark.parametrize(
    "happen",
    [
        lambda run: add_look(run, 12, z=geometry(verdict="complete")),
        lambda run: run.write_status(replace(ENDED)),
        lambda run: run.write_status(replace(ENDED, state="failed", message="It is too large.")),
        lambda run: run.ask_to_stop(),
        lambda run: run.write_status(RunStatus(state="running", created=0.0, notes=("Something is new.",))),
    ],
    ids=["verdict", "end", "failure", "stopping", "note"],
)
def test_what_changes_the_page_is_due_for_a_rerun(run: RunFolder, happen: Callable[[RunFolder], None]) -> None:
    app = opened(run=run.id)
    before = pulse(app)["layout"]
    happen(run)
    assert heard(app)["layout"] != before
    whole(app.run())
    now = [data["layout"] for data in sent(app) if "ticket" in data]
    assert now in ([], [heard(app)["layout"]] if now else [])  # once it is drawn nothing more is due


def test_the_first_look_and_not_the_first_step_is_worth_a_rerun(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shown_run, "NEAR", 0.0)
    run = created(home / "runs")
    app = opened(run=run.id)
    waiting = pulse(app)
    assert waiting["again"] == shown_run.AT_FIRST
    run.write_status(RunStatus(state="running", created=run.status().created, phase="training"))
    put_probe(run)
    assert heard(app)["layout"] == waiting["layout"]
    add_look(run, 0)
    assert heard(app)["layout"] != waiting["layout"]
    whole(app.run())
    drawn = pulse(app)
    assert drawn["again"] == shown_run.AT_FIRST
    write(run, [step(1)])
    news = heard(app)
    assert (news["layout"], news["again"]) == (drawn["layout"], shown_run.AT_FIRST) and names(news) == {"state", "loss"}
    assert heard(app)["layout"] == drawn["layout"] and heard(app)["again"] == TICK_SECONDS


def test_the_panels_of_the_first_look_wait_for_a_first_step_that_is_near(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = created(home / "runs")
    app = opened(run=run.id)
    before = pulse(app)["layout"]
    run.write_status(RunStatus(state="running", created=run.status().created, phase="training"))
    put_probe(run)
    add_look(run, 0)
    monkeypatch.setattr(shown_run, "NEAR", 3600.0)
    assert heard(app)["layout"] == before
    monkeypatch.setattr(shown_run, "NEAR", 0.0)
    due = heard(app)["layout"]
    assert due != before
    monkeypatch.setattr(shown_run, "NEAR", 3600.0)
    write(run, [step(1)])
    news = heard(app)
    assert news["layout"] == before and names(news) == {"state", "loss"}  # the step first, at once
    assert heard(app)["layout"] == due


def test_sprites_are_not_made_while_the_first_step_is(home: Path) -> None:
    run = created(home / "runs")
    app = opened(run=run.id)
    view = shown_view(app)
    put_probe(run)
    add_look(run, 0)
    write(run, [step(1)])
    for names_told in ({"loss", "state"}, set()):  # the step, then that a rerun is due
        assert names(heard(app)) == names_told
        assert view.memo.last("thumbnails") is None and view.memo.last("sheets") is None
    whole(app.run())
    assert view.memo.last("thumbnails") is not None and view.memo.last("sheets") is not None


def test_before_the_first_step_the_loss_panel_says_what_it_waits_for(home: Path) -> None:
    run = created(home / "runs")
    run.write_status(RunStatus(state="running", created=0.0, phase="training"))
    put_probe(run)
    add_look(run, 0)
    app = opened(run=run.id)
    (loss,) = (data for data in sent(app) if "No step yet" in data.get("alt", ""))
    figure = json.loads(loss["figure"])
    assert any("chance" in line["text"] for line in figure["layout"]["annotations"])
    assert all(not trace["x"] for trace in figure["data"])


@pytest.mark.parametrize("tab", ["Map", "Negatives", "Collapse", "h and z", "Invariance", "Evaluation", "Retrieval"])
def test_other_tabs_are_drawn_anew_each_time(run: RunFolder, tab: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shown_run, "TICK_SECONDS", 1e-3)
    app = opened(run=run.id)
    app.session_state[RUN_TAB] = tab
    whole(app.run())
    assert heard(app)["layout"] != pulse(app)["layout"]


def test_of_a_run_that_has_ended_nothing_is_asked(run: RunFolder) -> None:
    run.write_status(ENDED)
    app = opened(run=run.id)
    assert all("ticket" not in data and "live" not in data for data in sent(app))


def test_a_map_that_is_asked_for_after_the_run_has_ended_is_waited_for(run: RunFolder) -> None:
    run.write_status(ENDED)
    app = opened(run=run.id)
    app.session_state["map_kind"] = "tsne"
    assert "t-SNE is on its way" in texts(whole(app.run()))
    assert pulse(app)["again"] == 1.0
    for number in (0, 10):
        put_map(run, number, "tsne", "z")
    assert heard(app)["layout"] != pulse(app)["layout"]
    assert "t-SNE of z after 10 steps" in texts(whole(app.run()))
    assert all("ticket" not in data for data in sent(app))


def test_of_a_run_that_is_gone_no_news_can_be_made(run: RunFolder) -> None:
    app = opened(run=run.id)
    channel = find_channel(pulse(app)["ticket"])
    assert channel is not None
    (run.path / "status.json").write_text("{")
    with pytest.raises(UnreadableRun):
        channel.news(0)


def test_of_images_with_captions_the_matrix_and_its_words_are_told(home: Path) -> None:
    run = Making(home)
    for number in (0, 5):
        run.look(number)
    run.step(5)
    app = opened(run=run.folder.id)
    before = pulse(app)["layout"]
    run.step(9)
    run.look(9, captioned.untrained(run.config, seed=1))
    for _ in range(2):
        news = heard(app)
    assert names(news) >= {"state", "timeline", "loss", "few pairs"} and news["layout"] == before
    (told,) = (part["data"] for key, part in news["parts"].items() if key.endswith("few pairs"))
    assert told["words"].startswith(f"Recall@1 of {captioned.N}: ") and "chance" in told["words"]


def test_of_sentences_the_hardest_negatives_are_told(home: Path) -> None:
    run = sentence_looks.put_run(home)
    run.write_status(RunStatus(state="running", created=0.0, phase="training"))
    app = opened(run=run.id)
    before = pulse(app)["layout"]
    recorder = Recorder(run, run.status())
    h, z = np.random.default_rng(1).normal(size=(2, len(sentence_looks.SENTENCES), 4)).astype(np.float32)
    recorder.write(step(30))
    recorder.write(Snapshot(30, h, z, z, insight(30)))
    for _ in range(3):
        news = heard(app)
    assert "negatives" in names(news) and news["layout"] == before
    (told,) = (part["data"] for key, part in news["parts"].items() if key.endswith("negatives"))
    assert all(cell["text"] for row in told["rows"] for cell in row["items"])
