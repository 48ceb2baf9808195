"""What one person sees of a server's runs, and how much they may ask for."""

import threading
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from playground.config import RunConfig, parse
from playground.runs.folder.evaluation_files import request_evaluation
from playground.runs.folder.label import make_label, write_label
from playground.runs.folder.owner import OWNER_FILE, Owner, read_owner, write_owner
from playground.runs.folder.run_folder import RunFolder
from playground.runs.library.store import RunStore
from playground.runs.library.submit import submit
from playground.runs.library.workspace import Refused, RunLimits, Workspace, unrestricted_workspace
from tests.runs.finished import finished
from tests.training.tiny import tiny

FULL = "5 runs wait already, and at most 5 may"


def ids(runs: list[RunFolder]) -> list[str]:
    return [run.id for run in runs]


def of_folder(path: str) -> RunConfig:
    return parse({"data.name": "folder", "data.path": path, "batch_size": 32, "budget.steps": 1})


@pytest.fixture
def store(tmp_path: Path) -> RunStore:
    return RunStore(tmp_path / "runs")


def test_each_sees_their_own_and_what_is_shared(store: RunStore) -> None:
    ana, bob = Workspace(store, "ana"), Workspace(store, "bob")
    hers, shared, his = submit(ana, tiny()), submit(ana, tiny()), submit(bob, tiny())
    nobodys = store.create(tiny())
    write_label(shared.path, make_label(shared=True))
    assert ids(ana.runs()) == [hers.id, shared.id]
    assert ids(bob.runs()) == [shared.id, his.id]
    assert ids(bob.own()) == [his.id]
    assert bob.find(hers.id) is None and bob.find(nobodys.id) is None
    assert bob.find(shared.id) and not bob.may_change(shared)
    assert bob.may_change(his) and not bob.may_change(hers)
    assert ids(Workspace(store, sees_all=True).runs()) == ids(store.runs())
    assert ids(Workspace(store, sees_all=True).own()) == ids(store.runs())


def test_a_presenter_opens_everything_and_lists_their_own(store: RunStore) -> None:
    hers = submit(Workspace(store, "ana"), tiny())
    presenter = Workspace(store, "pat", opens_all=True)
    own = submit(presenter, tiny())
    assert ids(presenter.runs()) == ids(presenter.own()) == [own.id]
    assert presenter.find(hers.id) and presenter.may_change(hers)
    assert presenter.find("../etc") is None


def test_a_run_whose_owner_cannot_be_read_is_nobodys(store: RunStore) -> None:
    run = submit(Workspace(store, "ana"), tiny())
    (run.path / OWNER_FILE).write_text("{")
    assert Workspace(store, "ana").find(run.id) is None
    assert Workspace(store, "").find(run.id) is None
    assert Workspace(store, sees_all=True).find(run.id)


def test_what_is_made_belongs_to_who_made_it_with_their_limit(store: RunStore) -> None:
    run = submit(Workspace(store, "ana", RunLimits(time_limit=60)), tiny())
    assert read_owner(run.path) == Owner("ana", 60)
    assert read_owner(submit(Workspace(store, sees_all=True), tiny()).path) == Owner()


def test_an_evaluation_counts_like_a_run(store: RunStore) -> None:
    bob = Workspace(store, "bob", RunLimits(each=2))
    run = finished(store)
    write_owner(run.path, Owner("bob", None))
    bob.check_room(2)
    request_evaluation(run)
    bob.check_room(1)
    with pytest.raises(Refused, match="1 of your runs wait or go on, and each person may have 2"):
        bob.check_room(2)


def test_each_has_their_share_and_the_queue_a_bound(store: RunStore) -> None:
    bounds = RunLimits(waiting=5, each=3)
    ana, bob = Workspace(store, "ana", bounds), Workspace(store, "bob", bounds)
    hers = [submit(ana, tiny()) for _ in range(3)]
    with pytest.raises(Refused, match="3 of your runs wait or go on, and each person may have 3"):
        submit(ana, tiny())
    bob.check_room(2)
    with pytest.raises(Refused, match="3 runs wait already, and at most 5 may"):
        bob.check_room(3)
    for _ in range(2):
        submit(bob, tiny())
    with pytest.raises(Refused, match=FULL):
        submit(bob, tiny())
    hers[0].write_status(replace(hers[0].status(), state="finished", reason="completed"))
    submit(ana, tiny())
    with pytest.raises(Refused, match="4 runs were asked for, but each person may have 3"):
        Workspace(store, "cy", RunLimits(each=3)).check_room(4)


def test_thirty_times_ten_at_once_stay_within_the_bounds(store: RunStore) -> None:
    refused: list[str] = []

    def ask(person: str) -> None:
        mine = Workspace(store, person, RunLimits(waiting=40, each=2))
        for _ in range(10):
            try:
                submit(mine, tiny())
            except Refused as error:
                refused.append(str(error))

    threads = [threading.Thread(target=ask, args=(f"p{number}",)) for number in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    owners = [row.owner.person for row in store.rows()]
    assert len(owners) == 40 and len(refused) == 260
    assert max(owners.count(person) for person in owners) == 2
    assert all(text.endswith(".") and text.count(".") == 1 for text in refused)


def test_nobody_names_a_place_on_the_disk(store: RunStore, tmp_path: Path) -> None:
    brought, secret = str(tmp_path / "a.zip"), str(tmp_path / "secret")
    ana = Workspace(store, "ana", files=[brought])
    bob = Workspace(store, "bob", files=[])
    ana.allow_config(of_folder(brought))
    run = store.create(of_folder(brought), owner=ana.owner)
    for place in (secret, f"{brought}/../secret", "/", "~"):
        for ask in (ana.allow_config, partial(submit, ana)):
            with pytest.raises(Refused, match="allowed in a workshop is what you have uploaded"):
                ask(of_folder(place))
    with pytest.raises(Refused):
        bob.allow_config(of_folder(brought))
    write_label(run.path, make_label(shared=True))
    bob.allow_config(of_folder(brought))
    bob.allow_config(tiny())
    Workspace(store, sees_all=True).allow_config(of_folder(secret))
    assert len(store.runs()) == 1


def test_who_is_alone_with_a_store_is_refused_nothing(store: RunStore) -> None:
    alone = unrestricted_workspace(store)
    run = store.create(tiny(), owner=Owner("ana"))
    alone.check_room(100_000)
    assert alone.find(run.id) and alone.may_change(run) and alone.may_read("/anywhere")
    assert read_owner(submit(alone, tiny()).path) == Owner()
