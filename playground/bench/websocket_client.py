"""What a browser says to the app's server, and no more, so that nothing but the server is measured.

The messages are Streamlit's own, over its WebSocket: https://github.com/streamlit/streamlit/tree/develop/proto. What
goes on changing comes past them, see `playground.ui.components.live_channel`.
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
from playground.ui.components.poller import POLLER_NAME as PULSE

PATIENCE = 120.0  # seconds that the server gets for an answer
NEWS = f"/{ASSETS_PATH}/news"


class Visitor:
    """One page that is open: its live fragment, and which messages the browser still has."""

    def __init__(self, address: str, query: str) -> None:
        """Open the page Train; raises BenchError where nothing on it is drawn again and again."""
        self.query, self.page, self.fragment = query, "", ""
        self.pulse: dict[str, Any] = {}  # what the page says of its channel, where it has one
        self.stamp = 0  # of the latest news
        self.known: set[str] = set()
        self.received = 0  # bytes
        self.closing = ExitStack()
        asked = connect(f"ws://{address}/_stcore/stream", max_size=None, subprotocols=[Subprotocol("streamlit")])
        self.socket = self.closing.enter_context(asked)
        self.http = self.closing.enter_context(closing(HTTPConnection(address, timeout=PATIENCE)))
        self._ask("")
        if not self.fragment:
            self.close()
            raise BenchError("nothing on the page is drawn again and again")

    def tick(self) -> None:
        """Ask for news, and for a rerun of the fragment, to its end, where one is due or there is no channel."""
        if not self.pulse or self._heard() != self.pulse["layout"]:
            self._ask(self.fragment)

    def close(self) -> None:
        self.closing.close()

    def _heard(self) -> str:
        """The layout of which the news are."""
        self.http.request("GET", f"{NEWS}/{self.pulse['ticket']}?since={self.stamp}")
        body = self.http.getresponse().read()
        self.received += len(body)
        news = json.loads(body)
        self.stamp = news["stamp"]
        return str(news["layout"])

    def _ask(self, fragment: str) -> None:
        asked = BackMsg()
        state = asked.rerun_script
        state.query_string, state.page_script_hash, state.fragment_id = self.query, self.page, fragment
        state.is_auto_rerun = bool(fragment)
        state.cached_message_hashes.extend(self.known)
        self.socket.send(asked.SerializeToString())
        while self._take(self.socket.recv(timeout=PATIENCE)) != "script_finished":
            pass

    def _take(self, payload: str | bytes) -> str | None:
        """The kind of a message, once what it says of the page is noted."""
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
            if component.component_name == PULSE:
                self.pulse, self.fragment = json.loads(component.json), message.delta.fragment_id
        return kind
