"""Submitting: what cannot be trained is refused at once with one sentence, and nothing half-made is left."""

import shutil
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from playground import data
from playground.catalog.grid import Grid, axis_of
from playground.config import RunConfig, parse
from playground.records import Reason, RunStatus
from playground.runs.folder.origin import Origin
from playground.runs.folder.owner import Owner, read_owner
from playground.runs.folder.run_folder import RunFolder
from playground.runs.library.experiments import Experiment, ExperimentStore
from playground.runs.library.fork import fork_from_start
from playground.runs.library.store import NewRun, RunStore
from playground.runs.library.submit import LEAST_FREE_BYTES, NotWritten, check_submittable, resubmit, submit, submit_all
from playground.runs.library.workspace import Refused, RunLimits, Workspace, unrestricted_workspace
from playground.storage import atomic_files
from tests.data.pictures import colour_of, image_bytes
from tests.training.tiny import tiny

GONE = r"^data\.path: '.*pictures' does not exist; give a folder of images, or a zip of one\.$"


@pytest.fixture
def mine(store: RunStore) -> Workspace:
    return unrestricted_workspace(store)


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """A person's own images."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    for number in range(40):
        (folder / f"{number}.png").write_bytes(image_bytes(colour_of(number)))
    return folder


@pytest.fixture(autouse=True)
def nothing_half_made(store: RunStore) -> Iterator[None]:
    """Whatever happens, no folder of a run that is not whole stays in the store."""
    yield
    assert [path.name for path in store.root.iterdir() if path.name.startswith(".")] == []


def of(folder: Path, **more: object) -> RunConfig:
    return parse({"data.name": "folder", "data.path": str(folder), "batch_size": 32, "budget.steps": 1, **more})


def ended(run: RunFolder, reason: Reason = "killed") -> RunFolder:
    run.write_status(replace(run.status(), state="interrupted", reason=reason))
    return run


def ids(runs: list[RunFolder]) -> list[str]:
    return [run.id for run in runs]


# What comes through.


def test_a_run_waits_and_belongs_to_who_asked_for_it(store: RunStore) -> None:
    brought, origin = list[str](), Origin("another", 0, {})
    run = submit(
        Workspace(store, "ana", RunLimits(time_limit=60)), tiny(), origin, lambda new: brought.append(new.path.name)
    )
    assert (run.status().state, run.config, run.origin) == ("queued", tiny(), origin)
    assert read_owner(run.path) == Owner("ana", 60)
    assert brought == [f".{run.id}"]  # before it could be seen


def test_several_wait_in_the_order_that_they_were_asked_for(mine: Workspace) -> None:
    configs = [tiny(seed=seed) for seed in range(20)]
    made = submit_all(mine, [NewRun(config) for config in configs])
    assert ids(mine.runs()) == ids(made)
    assert [run.config for run in made] == configs
    assert submit_all(mine, []) == []


def test_a_scheduler_is_told_once_they_are_there(mine: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = list[int]()
    monkeypatch.setattr(mine.store, "wake", lambda: seen.append(len(mine.runs())))
    submit_all(mine, [NewRun(tiny()), NewRun(tiny())])
    resubmit(mine, ended(mine.runs()[0]))
    assert seen == [2, 2]


def test_their_ids_are_noted_before_anybody_can_see_them(mine: Workspace) -> None:
    noted = list[str]()

    def note(new: Sequence[str]) -> None:
        assert mine.runs() == []
        noted.extend(new)

    assert ids(submit_all(mine, [NewRun(tiny()), NewRun(tiny())], note)) == noted

    def unable(new: object) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(NotWritten, match=r"^The run could not be written to disk: No space left on device\.$"):
        submit_all(mine, [NewRun(tiny())], unable)
    assert ids(mine.runs()) == noted


def test_of_one_data_set_each_is_looked_at_once(
    mine: Workspace, pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked = list[RunConfig]()
    monkeypatch.setattr(data, "check_run", lambda config, *, home: looked.append(config))
    temperatures = [of(pictures, **{"method.temperature": number / 10}) for number in range(1, 9)]
    check_submittable(mine, temperatures)
    assert len(looked) == 1
    check_submittable(
        mine, [of(pictures, batch_size=16), of(pictures, **{"method.name": "supcon"}), of(pictures, seed=3)]
    )
    assert len(looked) == 4


# Data that went away.


@pytest.mark.parametrize(
    "again",
    [
        lambda mine, run: submit(mine, run.config),
        lambda mine, run: submit_all(mine, [NewRun(tiny()), NewRun(run.config)]),
        lambda mine, run: fork_from_start(mine, run, {"seed": 1}),
        lambda mine, run: fork_from_start(mine, run, {"batch_size": 16}),
        lambda mine, run: resubmit(mine, run),
        lambda mine, run: check_submittable(mine, [tiny(), run.config]),
    ],
    ids=["new", "second of two", "fork", "half the batch", "resume", "looked at"],
)
def test_a_run_of_data_that_are_gone_is_refused_at_once(
    again: Callable[[Workspace, RunFolder], object], mine: Workspace, pictures: Path
) -> None:
    run = ended(submit(mine, of(pictures)))
    before = run.status()
    shutil.rmtree(pictures)
    with pytest.raises(Refused, match=GONE):
        again(mine, run)
    assert ids(mine.runs()) == [run.id]
    assert run.status() == before


@pytest.fixture
def experiment(mine: Workspace, pictures: Path, home: Path) -> Experiment:
    """Two runs, none of which has been made yet."""
    return ExperimentStore(home / "experiments", mine).create("Mine", grid_of(pictures), lambda config: 1.0)


def grid_of(pictures: Path) -> Grid:
    base = {"data.name": "folder", "data.path": str(pictures), "batch_size": 32, "budget.steps": 1}
    return Grid(base, {"Temperature": axis_of("method.temperature", "0.1, 0.5")}, (0,))


def test_an_experiment_whose_data_went_away_is_as_it_was(
    experiment: Experiment, mine: Workspace, pictures: Path, home: Path
) -> None:
    experiment.stop()
    before = experiment.file.read_text()
    shutil.rmtree(pictures)
    with pytest.raises(Refused, match=GONE):
        experiment.resume()
    assert experiment.file.read_text() == before
    with pytest.raises(Refused, match=GONE):
        ExperimentStore(home / "experiments", mine).begin("Mine", grid_of(pictures), lambda config: 1.0)
    experiment.want("going")
    with pytest.raises(Refused, match=GONE):
        experiment.run_for(1)
    assert ids(mine.runs()) == []
    assert [path.name for path in (home / "experiments").iterdir()] == [experiment.id]


def test_an_experiment_is_begun_with_all_its_runs(mine: Workspace, pictures: Path, home: Path) -> None:
    begun = ExperimentStore(home / "experiments", mine).begin("Mine", grid_of(pictures), lambda config: 1.0)
    assert [cell.run for cell in begun.plan().cells] == ids(mine.runs())
    assert len(mine.runs()) == 2


def test_an_experiment_for_which_there_is_no_room_leaves_nothing(store: RunStore, pictures: Path, home: Path) -> None:
    ana = Workspace(store, "ana", RunLimits(each=1))
    with pytest.raises(Refused, match=r"^2 runs were asked for, but each person may have 1: ask for less\.$"):
        ExperimentStore(home / "experiments", ana).begin("Mine", grid_of(pictures), lambda config: 1.0)
    assert not (home / "experiments").exists()


@pytest.mark.parametrize("written", [0, 1, 5])
def test_an_experiment_that_meets_a_full_disk_leaves_nothing(
    written: int, mine: Workspace, pictures: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill_after(written, monkeypatch)
    with pytest.raises(NotWritten, match=r"^The run could not be written to disk: No space left on device\.$"):
        ExperimentStore(home / "experiments", mine).begin("Mine", grid_of(pictures), lambda config: 1.0)
    assert mine.runs() == []
    assert list((home / "experiments").iterdir()) == []


def fill_after(written: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk takes so many files more."""
    left, replace_file = [written], atomic_files._write_atomically

    def full(*given: object) -> None:
        if not left[0]:
            raise OSError(28, "No space left on device")
        left[0] -= 1
        replace_file(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(atomic_files, "_write_atomically", full)


# The disk.


@pytest.mark.parametrize("written", range(4))
def test_of_two_that_meet_a_full_disk_none_is_made(
    written: int, mine: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill_after(written, monkeypatch)
    with pytest.raises(NotWritten, match=r"^The run could not be written to disk: No space left on device\.$"):
        submit_all(mine, [NewRun(tiny()), NewRun(tiny())])
    assert mine.runs() == []


@pytest.mark.parametrize("count", [1, 3])
def test_what_the_disk_has_no_room_for_is_refused_before_it_is_made(
    count: int, mine: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = count * LEAST_FREE_BYTES
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=free))
    check_submittable(mine, [tiny()] * count)
    free -= 1
    with pytest.raises(NotWritten) as caught:
        submit_all(mine, [NewRun(tiny())] * count)
    takes = "a run takes at least 0.5 MB" if count == 1 else "3 runs take at least 1.6 MB"
    assert str(caught.value) == (f"The run could not be written to disk: {free / 1e6:.1f} MB are free, and {takes}.")
    assert mine.runs() == []


def test_where_no_folder_can_be_made_the_reason_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(NotWritten) as caught:
        submit(unrestricted_workspace(RunStore(tmp_path / "file" / "runs")), tiny())
    assert str(caught.value) == "The run could not be written to disk: Not a directory."
    assert caught.value.reason == "Not a directory"


def test_a_store_that_is_not_there_yet_is_made(tmp_path: Path) -> None:
    there = unrestricted_workspace(RunStore(tmp_path / "a" / "b"))
    assert ids(there.runs()) == [] != ids([submit(there, tiny())])


def test_data_that_cannot_be_looked_at_are_a_sentence(mine: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(config: RunConfig, *, home: Path) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(data, "check_run", broken)
    with pytest.raises(Refused, match=r"^The data could not be read: Input/output error\.$"):
        submit(mine, tiny())


# Quota and place.


def test_half_a_pair_is_never_made(store: RunStore) -> None:
    ana = Workspace(store, "ana", RunLimits(each=2))
    submit(ana, tiny())
    with pytest.raises(Refused, match="1 of your runs wait or go on, and each person may have 2"):
        submit_all(ana, [NewRun(tiny()), NewRun(tiny())])
    assert len(ana.runs()) == 1


def test_a_place_that_may_not_be_named_is_never_looked_at(
    store: RunStore, pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(data, "check_run", lambda config, *, home: pytest.fail("it was looked at"))
    ana = Workspace(store, "ana", files=[])
    for ask in (submit, lambda who, config: submit_all(who, [NewRun(tiny()), NewRun(config)])):
        with pytest.raises(Refused, match="allowed in a workshop is what you have uploaded"):
            ask(ana, of(pictures))
    with pytest.raises(Refused, match="allowed in a workshop is what you have uploaded"):
        fork_from_start(ana, store.create(tiny()), {"data.name": "folder", "data.path": str(pictures)})


def test_a_presenter_resumes_anybodys_run_wherever_its_data_are(store: RunStore, pictures: Path) -> None:
    run = ended(submit(Workspace(store, "ana", files=[str(pictures)]), of(pictures)))
    presenter = Workspace(store, "pat", opens_all=True, files=[])
    assert resubmit(presenter, run).state == "queued"


@pytest.mark.parametrize("reason", ["completed", "nan", "time_limit"])
def test_what_is_over_says_so_rather_than_that_its_data_are_gone(
    reason: Reason, mine: Workspace, pictures: Path
) -> None:
    run = ended(submit(mine, of(pictures)), reason)
    shutil.rmtree(pictures)
    with pytest.raises(Refused, match=rf"^Run {run.id} has|^Run {run.id} would"):
        resubmit(mine, run)


def test_a_damaged_run_is_not_resumed(mine: Workspace) -> None:
    run = ended(submit(mine, tiny()))
    (run.path / "status.json").write_text("{")
    with pytest.raises(Refused, match=rf"^status.json of run {run.id} cannot be read"):
        resubmit(mine, run)


def test_new_runs_and_resumed_ones_share_one_quota_however_many_ask_at_once(store: RunStore) -> None:
    ana = Workspace(store, "ana", RunLimits(each=3))
    old = [ended(store.create(tiny(), owner=ana.owner)) for _ in range(15)]
    refused, queued = list[str](), list[RunFolder | RunStatus]()

    def ask(act: Callable[[], RunFolder | RunStatus]) -> None:
        try:
            queued.append(act())
        except Refused as error:
            refused.append(str(error))

    acts: list[Callable[[], RunFolder | RunStatus]] = [
        *(lambda run=run: resubmit(ana, run) for run in old),
        *(lambda: submit(ana, tiny()) for _ in range(15)),
    ]
    threads = [threading.Thread(target=ask, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(queued) == sum(row.is_open for row in store.rows()) == 3
    assert len(refused) == 27
    assert all("each person may have 3" in sentence for sentence in refused)
