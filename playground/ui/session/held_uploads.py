"""Uploaded files that Streamlit holds in memory for its sessions: bounded, and dropped once they are kept on disk.

Streamlit holds every file until its session ends, also what a browser sends without any uploader on its page.
"""

from collections.abc import Mapping

from streamlit import runtime
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import UploadedFile

MOST_OF_SESSION = 250_000_000  # bytes: two of the largest files that a workshop takes
MOST_TOGETHER = 1_500_000_000  # bytes of all sessions


def forget_upload(given: UploadedFile) -> None:
    """Drop the content of a file of this session, which lies on disk by now; its uploader is empty from now on."""
    context = get_script_run_ctx()
    if context is not None and isinstance(context.uploaded_file_mgr, MemoryUploadedFileManager):
        context.uploaded_file_mgr.remove_file(context.session_id, given.file_id)


def find_upload_refusal(session_id: str, size: int | None, arriving: Mapping[str, int]) -> str:
    """Why a browser may not send so many bytes for a session, in one sentence; "" where it may.

    `arriving`: bytes of files that are on their way, by id of the session.
    """
    if size is None:
        return "A file is sent with its size."
    own, together = _held_bytes(session_id)
    own, together = own + arriving.get(session_id, 0), together + sum(arriving.values())
    if own + size > MOST_OF_SESSION:
        return (
            f"Files of at most {MOST_OF_SESSION // 10**6} MB together are held for a page: reload it, then try again."
        )
    if together + size > MOST_TOGETHER:
        return "The server holds as many uploads as it may: try again in a minute."
    return ""


def _held_bytes(session_id: str) -> tuple[int, int]:
    """Bytes that are held for one session, and for all."""
    storage = getattr(runtime.get_instance().uploaded_file_mgr, "file_storage", {}) if runtime.exists() else {}
    sizes = {key: sum(len(file.data) for file in list(files.values())) for key, files in list(storage.items())}
    return sizes.get(session_id, 0), sum(sizes.values())
