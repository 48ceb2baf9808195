"""What Streamlit holds of uploads is bounded, and dropped once it is kept."""

from types import SimpleNamespace

import pytest
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.uploaded_file_manager import UploadedFileRec

from playground.ui.session import held_uploads
from playground.ui.session.held_uploads import find_upload_refusal, forget_upload


@pytest.fixture
def manager(monkeypatch: pytest.MonkeyPatch) -> MemoryUploadedFileManager:
    """The manager of a server that holds 60 bytes for Ana's page and 40 for Bob's, and may hold a hundred for each."""
    made = MemoryUploadedFileManager("/upload")
    for session_id, file_id, size in (("ana", "1", 20), ("ana", "2", 40), ("bob", "1", 40)):
        made.add_file(session_id, UploadedFileRec(file_id, "a.zip", "zip", bytes(size)))
    running = SimpleNamespace(exists=lambda: True, get_instance=lambda: SimpleNamespace(uploaded_file_mgr=made))
    monkeypatch.setattr(held_uploads, "runtime", running)
    monkeypatch.setattr(held_uploads, "MOST_OF_SESSION", 100)
    monkeypatch.setattr(held_uploads, "MOST_TOGETHER", 150)
    return made


@pytest.mark.usefixtures("manager")
@pytest.mark.parametrize(
    ("session_id", "size", "said"),
    [
        ("ana", 40, ""),
        ("ana", 41, "for a page"),
        ("new", 50, ""),
        ("new", 51, "as many uploads as it may"),
        ("ana", None, "with its size"),
    ],
)
def test_both_bounds_hold(session_id: str, size: int | None, said: str) -> None:
    refusal = find_upload_refusal(session_id, size, {})
    assert said in refusal and bool(said) == bool(refusal)


@pytest.mark.usefixtures("manager")
def test_what_is_on_its_way_counts_as_held() -> None:
    """Else many files that are sent at once would all find room for the last one."""
    assert find_upload_refusal("ana", 30, {"ana": 10}) == ""
    assert "for a page" in find_upload_refusal("ana", 31, {"ana": 10})
    assert find_upload_refusal("new", 40, {"ana": 10}) == ""
    assert "as many uploads as it may" in find_upload_refusal("new", 41, {"ana": 10})


def test_what_is_kept_on_disk_is_held_no_more(
    manager: MemoryUploadedFileManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = SimpleNamespace(session_id="ana", uploaded_file_mgr=manager)
    monkeypatch.setattr(held_uploads, "get_script_run_ctx", lambda: context)
    forget_upload(SimpleNamespace(file_id="2"))  # type: ignore[arg-type]
    assert [file.file_id for file in manager.get_files("ana", ["1", "2"])] == ["1"]
    assert find_upload_refusal("ana", 80, {}) == ""


def test_without_a_server_nothing_is_held() -> None:
    assert find_upload_refusal("ana", 10, {}) == ""
