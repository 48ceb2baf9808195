"""How much room runs take."""

from playground.runs.library.disk_usage import DiskUsage, folder_size
from playground.runs.library.store import RunStore
from tests.runs.rows import begun, by


def test_all_files_of_a_folder_count(store: RunStore) -> None:
    run = by(store)
    before = folder_size(run.path)
    (run.path / "snapshots" / "000001.npz").write_bytes(bytes(1000))
    assert folder_size(run.path) == before + 1000
    assert folder_size(run.path / "nowhere") == 0


def test_what_there_is_no_time_for_is_measured_the_next_time(store: RunStore) -> None:
    runs, sizes = [begun(by(store), "finished") for _ in range(3)], DiskUsage()
    rows, looks = store.rows(), 1
    while not sizes.measure(rows, budget=0.0):
        looks += 1
        assert looks < 10
    assert looks > 1
    assert [sizes.of(row) for row in rows] == [folder_size(run.path) for run in runs]


def test_a_run_is_measured_again_once_it_has_ended(store: RunStore) -> None:
    run, sizes = begun(by(store)), DiskUsage()
    sizes.measure(store.rows(), 10.0)
    (run.path / "weights.npz").write_bytes(bytes(1000))
    begun(run, "finished")
    sizes._known = {key: (when - 60, ended, size) for key, (when, ended, size) in sizes._known.items()}
    (row,) = store.rows()
    assert sizes.measure([row], 10.0)
    assert sizes.of(row) == folder_size(run.path)
