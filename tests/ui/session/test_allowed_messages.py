"""Of Streamlit's messages only those pass that the app's pages send."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.proto.BackMsg_pb2 import BackendOperationRequest, BackMsg

from playground.ui.session import allowed_messages as messages
from playground.ui.session.allowed_messages import ALLOWED_KINDS, ALLOWED_OPERATIONS, find_refusal


def packed(message: BackMsg) -> dict[str, Any]:
    return {"type": "websocket.receive", "bytes": message.SerializeToString()}


def of_kind(kind: str) -> BackMsg:
    """The smallest message of that kind."""
    message = BackMsg()
    if BackMsg.DESCRIPTOR.fields_by_name[kind].message_type:
        getattr(message, kind).SetInParent()
    else:
        setattr(message, kind, True)
    return message


KINDS = sorted(field.name for field in BackMsg.DESCRIPTOR.oneofs_by_name["type"].fields)
OPERATIONS = sorted(
    field.name for field in BackendOperationRequest.DESCRIPTOR.fields if field.name not in ("request_id", "session_id")
)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "backend_operation_request"])
def test_every_kind_that_streamlit_knows_is_dropped_unless_it_is_listed(kind: str) -> None:
    assert find_refusal(packed(of_kind(kind))) == ("" if kind in ALLOWED_KINDS else kind)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_operation_is_dropped_unless_it_is_listed(operation: str) -> None:
    message = BackMsg()
    message.backend_operation_request.request_id = "1"
    getattr(message.backend_operation_request, operation).SetInParent()
    expected = "" if operation in ALLOWED_OPERATIONS else f"backend_operation_request: {operation}"
    assert find_refusal(packed(message)) == expected


def test_what_is_listed_exists_in_this_streamlit() -> None:
    assert set(KINDS) >= ALLOWED_KINDS
    assert set(OPERATIONS) >= ALLOWED_OPERATIONS


def test_what_is_no_message_is_dropped() -> None:
    assert find_refusal({"type": "websocket.receive", "text": "clear_cache"}) == messages.NOT_BINARY
    assert find_refusal({"type": "websocket.receive", "bytes": b"\xff\xff\xff"}) == messages.UNREADABLE
    assert find_refusal({"type": "websocket.receive", "bytes": b""}) == messages.UNREADABLE
    assert find_refusal({"type": "websocket.receive", "bytes": bytes(messages.MOST_BYTES + 1)}) == messages.TOO_LARGE


def test_addresses_for_uploads_are_asked_for_a_few_at_a_time() -> None:
    message = BackMsg()
    message.file_urls_request.file_names.extend(["a.zip"] * (messages.MOST_FILES + 1))
    assert find_refusal(packed(message)) == messages.TOO_LARGE
    del message.file_urls_request.file_names[0]
    assert find_refusal(packed(message)) == ""


@given(st.binary(max_size=200))
def test_whatever_bytes_come_there_is_an_answer(content: bytes) -> None:
    assert isinstance(find_refusal({"type": "websocket.receive", "bytes": content}), str)
