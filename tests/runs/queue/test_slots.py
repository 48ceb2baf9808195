"""How many runs go on at a time."""

from pathlib import Path

import pytest

from playground.runs.queue import slots as module
from playground.runs.queue.slots import Slot, Slots, count_cores, detect_slots, read_slot, write_slot
from tests.training.tiny import tiny


@pytest.fixture
def gpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A driver that knows two GPUs."""
    for number in range(2):
        (tmp_path / "gpus" / f"0000:0{number}:00.0").mkdir(parents=True)
    monkeypatch.setattr(module, "NVIDIA_FOLDER", tmp_path / "gpus")
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    return tmp_path


def test_one_person_has_all_cores_for_a_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(module, "NVIDIA_FOLDER", tmp_path / "none")
    monkeypatch.setattr(module, "count_cores", lambda: 16)
    assert detect_slots(environment={}) == Slots(1, 0)
    assert detect_slots(environment={}).thread_variables(16) == {}
    assert detect_slots(many=True, environment={}) == Slots(4, 0)
    assert detect_slots(many=True, environment={}).thread_variables(16) == {"OMP_NUM_THREADS": "4"}


def test_every_gpu_is_a_slot(gpus: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = detect_slots(environment={})
    assert found == Slots(1, 2)
    assert [found.gpu_variables(Slot("gpu", number)) for number in range(2)] == [
        {"CUDA_VISIBLE_DEVICES": "0"},
        {"CUDA_VISIBLE_DEVICES": "1"},
    ]
    assert found.gpu_variables(Slot("cpu", 0)) == {}
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3")
    assert detect_slots(environment={}) == Slots(1, 1)
    assert detect_slots(environment={}).gpu_variables(Slot("gpu", 0)) == {}  # the worker sees what the server sees
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert detect_slots(environment={}) == Slots(1, 0)


@pytest.mark.parametrize("given", ["0", "65", "-1", "two", "1.5", " "])
def test_what_is_no_number_of_slots_is_refused(given: str) -> None:
    with pytest.raises(ValueError, match=r"PLAYGROUND_SLOTS: .* was given, allowed is a whole number from 1 to 64"):
        detect_slots(environment={"PLAYGROUND_SLOTS": given})


def test_the_number_given_counts() -> None:
    assert detect_slots(environment={"PLAYGROUND_SLOTS": "3"}).cpu == 3


@pytest.mark.parametrize(
    ("slots", "device", "kind"),
    [
        (Slots(2, 0), "auto", "cpu"),
        (Slots(2, 0), "cuda", "cpu"),  # where its worker says that there is none
        (Slots(1, 1), "auto", "gpu"),
        (Slots(1, 1), "cuda", "gpu"),
        (Slots(1, 1), "cpu", "cpu"),
    ],
)
def test_where_a_run_goes(slots: Slots, device: str, kind: str) -> None:
    assert slots.kind_of(tiny(device=device)) == kind


def test_the_first_free_slot_is_taken() -> None:
    slots, taken = Slots(2, 1), {Slot("cpu", 0)}
    assert slots.first_free("cpu", taken) == Slot("cpu", 1)
    assert slots.first_free("gpu", taken) == Slot("gpu", 0)
    assert slots.first_free("cpu", {Slot("cpu", 0), Slot("cpu", 1)}) is None
    assert Slots(1, 0).first_free("gpu", set()) is None


def test_a_slot_is_read_as_written(tmp_path: Path) -> None:
    assert read_slot(tmp_path) == Slot("cpu", 0)
    for slot in (Slot("gpu", 3), Slot("cpu", 1)):
        write_slot(tmp_path, slot)
        assert read_slot(tmp_path) == slot
    (tmp_path / "slot").write_text("gpu")
    assert read_slot(tmp_path) == Slot("cpu", 0)


def test_there_is_a_core() -> None:
    assert count_cores() >= 1
