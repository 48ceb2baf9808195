"""Messages that a browser may send by Streamlit's websocket: an allow-list, as Streamlit obeys every kind from anybody.

`clear_cache` alone would empty what all sessions share; `backend_operation_request` can write files on the server. What
is not named here is dropped and counted at the gate, so that a kind which a later Streamlit adds is closed until it is
looked at.
"""

from collections.abc import Mapping
from typing import Any

# Kinds as in streamlit/proto/BackMsg.proto: a script's rerun or end, a sign of life, addresses for an uploader's files.
ALLOWED_KINDS = frozenset({"rerun_script", "stop_script", "app_heartbeat", "file_urls_request"})
# Kinds of `backend_operation_request`: the file of a download button, the rows of a table that is scrolled.
ALLOWED_OPERATIONS = frozenset({"deferred_file", "dataframe_chunk"})

_OPERATION_FIELDS = ALLOWED_OPERATIONS | {"request_id", "session_id"}
MOST_BYTES = 4_000_000  # of one message: a page's controls take some kilobytes, a lasso over 2,000 points 20
MOST_FILES = 10  # addresses for uploads asked for in one message: an uploader of this app takes one file
UNREADABLE, TOO_LARGE, NOT_BINARY = "unreadable", "too large", "not binary"  # beside the kinds


def find_refusal(message: Mapping[str, Any]) -> str:
    """The kind of a `websocket.receive` message that is not allowed, or what is wrong with it; "" if it is allowed."""
    content = message.get("bytes")
    if content is None:
        return NOT_BINARY
    if len(content) > MOST_BYTES:
        return TOO_LARGE
    from google.protobuf.message import DecodeError
    from streamlit.proto.BackMsg_pb2 import BackMsg

    parsed = BackMsg()
    try:
        parsed.ParseFromString(content)
    except DecodeError:
        return UNREADABLE
    kind = parsed.WhichOneof("type") or UNREADABLE
    if kind == "backend_operation_request":
        fields = [field.name for field, _ in parsed.backend_operation_request.ListFields()]
        return next((f"{kind}: {name}" for name in fields if name not in _OPERATION_FIELDS), "")
    if kind == "file_urls_request" and len(parsed.file_urls_request.file_names) > MOST_FILES:
        return TOO_LARGE
    return "" if kind in ALLOWED_KINDS else kind
