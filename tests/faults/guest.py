"""Somebody in a workshop, as far as their browser speaks with the server: the way in, the page, a button, a reload."""

import http.client
from urllib.parse import urlencode

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

PATIENCE = 120.0  # seconds that the server gets for an answer


class Guest:
    """One browser. All that the server ever sent it is in `received`."""

    def __init__(self, address: str, name: str, code: str) -> None:
        self.address, self.name, self.query = address, name, ""
        self.cookie = self._enter(code)
        self.received = b""
        self.page = ""
        self.buttons: dict[str, str] = {}  # by label, the id
        self.texts: list[str] = []  # of the last run of the page
        self.socket: ClientConnection | None = None

    def open(self, query: str = "") -> None:
        """The page Train, or again, as after a reload."""
        self.leave()
        self.query, self.page = query or self.query, ""
        self.socket = connect(
            f"ws://{self.address}/_stcore/stream", max_size=None, subprotocols=[Subprotocol("streamlit")],
            additional_headers={"Cookie": self.cookie}, open_timeout=PATIENCE,
        )  # fmt: skip
        self._ask(BackMsg())

    def press(self, label: str) -> None:
        """A button of the page."""
        asked = BackMsg()
        asked.rerun_script.widget_states.widgets.add(id=self.buttons[label], trigger_value=True)
        self._ask(asked)

    def leave(self) -> None:
        """As where the Wi-Fi drops: without a word on what becomes of the session."""
        if self.socket:
            self.socket.close()
            self.socket = None

    def _enter(self, code: str) -> str:
        host = http.client.HTTPConnection(self.address, timeout=PATIENCE)
        form = urlencode({"name": self.name, "code": code, "then": "/"})
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Origin": f"http://{self.address}"}
        host.request("POST", "/enter", form, headers)
        answer = host.getresponse()
        answer.read()
        assert answer.status == 303, answer.status
        return str(answer.getheader("Set-Cookie")).partition(";")[0]

    def _ask(self, asked: BackMsg) -> None:
        assert self.socket
        asked.rerun_script.query_string, asked.rerun_script.page_script_hash = self.query, self.page
        self.socket.send(asked.SerializeToString())
        self.texts = []
        while self._take(self.socket.recv(timeout=PATIENCE)) != "script_finished":
            pass

    def _take(self, payload: str | bytes) -> str | None:
        assert isinstance(payload, bytes)
        self.received += payload
        message = ForwardMsg.FromString(payload)
        kind: str | None = message.WhichOneof("type")
        if kind == "new_session":
            self.page = message.new_session.page_script_hash
        elif kind == "page_info_changed":
            self.query = message.page_info_changed.query_string
        elif kind == "delta" and message.delta.HasField("new_element"):
            element = message.delta.new_element
            if element.HasField("button"):
                self.buttons[element.button.label] = element.button.id
            self.texts.append(element.alert.body or element.markdown.body)
        return kind
