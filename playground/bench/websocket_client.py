"""A client of Streamlit's websocket that does what a browser does, without drawing: it measures the server alone.

Messages: https://github.com/streamlit/streamlit/tree/develop/proto. Live values come by HTTP, see
`playground.ui.components.live_channel`.
"""

import json
from contextlib import ExitStack, closing
from http.client import HTTPConnection
from typing import Any

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from playground.bench import BenchError
from playground.ui.components.assets import ASSETS_PATH
from playground.ui.components.poller import POLLER_NAME

ANSWER_SECONDS = 120.0  # the longest wait for an answer
NEWS_PATH = f"/{ASSETS_PATH}/news"


class PageVisitor:
    """An open page: its live fragment, its channel, and the hashes of messages that a browser would have cached."""

    def __init__(self, address: str, query: str) -> None:
        """Open the Train page with that URL query. Raises BenchError where the page has no live fragment."""
        self.query, self.page, self.fragment = query, "", ""
        self.channel: dict[str, Any] = {}  # ticket and layout of the page's channel; empty without one
        self.stamp = 0  # of the newest live values
        self.known: set[str] = set()
        self.received = 0  # bytes
        self.closing = ExitStack()
        connection = connect(f"ws://{address}/_stcore/stream", max_size=None, subprotocols=[Subprotocol("streamlit")])
        self.socket = self.closing.enter_context(connection)
        self.http = self.closing.enter_context(closing(HTTPConnection(address, timeout=ANSWER_SECONDS)))
        self._rerun("")
        if not self.fragment:
            self.close()
            raise BenchError("nothing on the page is drawn again and again")

    def tick(self) -> None:
        """Fetch live values, then rerun the fragment and wait for it if the layout changed or there is no channel."""
        if not self.channel or self._fetch_layout() != self.channel["layout"]:
            self._rerun(self.fragment)

    def close(self) -> None:
        self.closing.close()

    def _fetch_layout(self) -> str:
        """Fetch live values; returns the layout that they belong to."""
        self.http.request("GET", f"{NEWS_PATH}/{self.channel['ticket']}?since={self.stamp}")
        body = self.http.getresponse().read()
        self.received += len(body)
        news = json.loads(body)
        self.stamp = news["stamp"]
        return str(news["layout"])

    def _rerun(self, fragment: str) -> None:
        """Rerun a fragment, "" for the whole page, and wait for its end."""
        request = BackMsg()
        state = request.rerun_script
        state.query_string, state.page_script_hash, state.fragment_id = self.query, self.page, fragment
        state.is_auto_rerun = bool(fragment)
        state.cached_message_hashes.extend(self.known)
        self.socket.send(request.SerializeToString())
        while self._handle(self.socket.recv(timeout=ANSWER_SECONDS)) != "script_finished":
            pass

    def _handle(self, payload: str | bytes) -> str | None:
        """Note what a message says of the page; returns its kind. Raises BenchError for one that is no message."""
        if isinstance(payload, str):
            raise BenchError("the server sent text where Streamlit sends messages")
        self.received += len(payload)
        message = ForwardMsg.FromString(payload)
        kind: str | None = message.WhichOneof("type")
        if message.metadata.cacheable:
            self.known.add(message.hash)
        if kind == "new_session":
            self.page = message.new_session.page_script_hash
        elif kind == "auto_rerun":
            self.fragment = message.auto_rerun.fragment_id
        elif kind == "delta":
            component = message.delta.new_element.bidi_component
            if component.component_name == POLLER_NAME:
                self.channel, self.fragment = json.loads(component.json), message.delta.fragment_id
        return kind
