"""The door: who is let in, who is not, and what every answer says to a browser."""

import asyncio
import re
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.proto.BackMsg_pb2 import BackMsg

from playground.workshop import gate as doors
from playground.workshop.enter_pages import STYLE, enter_page, leave_page
from playground.workshop.gate import COOKIE
from playground.workshop.hosts import hosts_of
from playground.workshop.registry import LEAST_UNSEEN, UNSEEN_SECONDS, Registry
from tests.workshop.asking import CODE, HOST, PAGE, PRESENTER, a_door, ask, behind, connects, converse, enter, seen

BEHIND = (
    "/",
    "/learn",
    "/_stcore/host-config",
    "/_stcore/upload_file/a/b",
    "/_stcore/metrics",
    "/media/1.png",
    "/component/x/y.js",
    "/playground-assets/sprites/00",
    "/static/js/index.js",
)
HOME_ALONE = hosts_of("127.0.0.1")


@pytest.mark.parametrize("path", BEHIND)
def test_nothing_behind_the_door_answers_a_stranger(path: str, tmp_path: Path) -> None:
    door = a_door(tmp_path)
    assert ask(door, path).status == 401
    assert ask(door, path, method="PUT", **PAGE).status == 401
    assert ask(door, path, token="guessed").status == 401
    assert "behind" not in ask(door, path, **PAGE).text
    assert seen(door) == []


@pytest.mark.parametrize("path", BEHIND)
def test_who_has_entered_gets_everything(path: str, tmp_path: Path) -> None:
    door = a_door(tmp_path)
    assert ask(door, path, token=enter(door).token).text == "behind"


def test_only_the_servers_health_is_open_to_all(tmp_path: Path) -> None:
    door = a_door(tmp_path)
    assert ask(door, "/_stcore/health").text == "behind"
    for near in ("//_stcore/health", "/_stcore/health/", "/_stcore/health/../stream", "/x/_stcore/health"):
        assert ask(door, near).status == 401


def test_a_websocket_needs_the_cookie_as_well(tmp_path: Path) -> None:
    door = a_door(tmp_path)
    assert not connects(door)
    assert not connects(door, token="guessed")
    assert connects(door, token=enter(door).token)
    assert not connects(door, token=enter(door).token, origin="http://evil.example")
    assert not connects(door, token=enter(door).token, origin="null")


def test_a_stranger_sees_a_form_that_leads_back(tmp_path: Path) -> None:
    answer = ask(a_door(tmp_path), "/compare?runs=a,b&x=%22", **PAGE)
    assert answer.status == 200
    assert answer.headers["cache-control"] == "no-store"
    assert f'value="{escape("/compare?runs=a,b&x=%22")}"' in answer.text
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'") and "script" not in policy
    assert "http" not in answer.text.replace("http-equiv", "")  # no request to anywhere
    assert STYLE in answer.text


def test_the_code_lets_in_and_brings_where_one_wanted_to(tmp_path: Path) -> None:
    answer = enter(a_door(tmp_path), code=" Maple Otter-482 ", then="/lab?switch=a")
    assert (answer.status, answer.headers["location"]) == (303, "/lab?switch=a")
    (cookie,) = answer.cookies
    assert cookie.startswith(f"{COOKIE}=")
    for part in ("HttpOnly", "SameSite=lax", "Path=/", "Max-Age=7776000"):
        assert part in cookie
    assert "Secure" not in cookie  # this was no https


@pytest.mark.parametrize(
    "then",
    [
        "//evil.example",
        "/\\evil.example",
        "https://evil.example",
        "",
        "x",
        "/enter",
        "/leave?x",
        "/a\r\nSet-Cookie: a=b",
    ],
)
def test_the_way_in_leads_to_no_other_host(then: str, tmp_path: Path) -> None:
    assert enter(a_door(tmp_path), then=then).headers["location"] == "/"


def test_a_wrong_code_is_one_sentence_and_no_cookie(tmp_path: Path) -> None:
    door = a_door(tmp_path)
    answer = enter(door, name='"><script>alert(1)</script>', code="maple-otter-483")
    assert (answer.status, answer.cookies) == (403, [])
    assert doors.WRONG in answer.text and answer.text.count('role="alert"') == 1
    assert "<script>" not in answer.text
    assert not list(tmp_path.rglob("*.json"))


def test_the_presenter_enters_by_the_same_form(tmp_path: Path) -> None:
    door = a_door(tmp_path)
    enter(door)
    enter(door, "Pat", PRESENTER)
    assert [(one.name, one.presenter) for one in door.registry.people()] == [("Ana", False), ("Pat", True)]


def test_after_ten_wrong_codes_the_right_one_still_comes_through(tmp_path: Path) -> None:
    door = a_door(tmp_path)
    door.attempts.pace = 0.0
    assert [enter(door, code="wrong").status for _ in range(12)] == [403] * 12
    assert door.attempts.is_slowed("10.0.0.9")
    assert enter(door).status == 303
    assert enter(door, code=PRESENTER).status == 303


def test_a_code_that_would_wait_for_long_is_not_looked_at(tmp_path: Path) -> None:
    door = a_door(tmp_path)
    door.attempts.pace, door.attempts.patience = 1000.0, 0.05
    assert [enter(door, code="wrong").status for _ in range(12)] == [403] * 11 + [429]
    answer = enter(door)
    assert answer.status == 429
    assert "Many wrong codes were given from your network" in answer.text
    assert enter(door, client="10.0.0.10").status == 303  # from elsewhere, at once


def test_what_a_proxy_says_of_addresses_is_believed_of_a_named_one_only(tmp_path: Path) -> None:
    """uvicorn puts the address of `X-Forwarded-For` in the place of the connection's own."""
    door, named = a_door(tmp_path / "a"), a_door(tmp_path / "b", proxies="127.0.0.1")
    for number in range(10):
        address = f"10.9.9.{number}"
        for one in (door, named):
            enter(one, code="wrong", client=address, x_forwarded_for=address)
    assert door.attempts.is_slowed(doors.FORWARDED)
    assert not door.attempts.is_slowed("10.9.9.1")
    assert not named.attempts.is_slowed(doors.FORWARDED)


def test_another_access_code_ends_the_workshop_before(tmp_path: Path) -> None:
    token = enter(a_door(tmp_path)).token
    assert ask(a_door(tmp_path), "/learn", token=token).text == "behind"
    other = a_door(tmp_path, code="river-panda-123")
    assert ask(other, "/learn", token=token).status == 401
    assert other.registry.people() == []
    assert ask(a_door(tmp_path), "/learn", token=token).text == "behind"  # the same one again knows its people


def test_a_script_does_not_fill_the_room(tmp_path: Path) -> None:
    door = a_door(tmp_path, people=13)
    answers = [enter(door, f"n{number}") for number in range(12)]
    assert [answer.status for answer in answers] == [303] * LEAST_UNSEEN + [403] * 2
    assert "10 people have just entered from your network" in answers[-1].text
    assert connects(door, token=answers[0].token)  # a browser opens a page, and counts no more
    assert enter(door, "Ana").status == 303


def test_a_whole_room_behind_one_router_comes_in(tmp_path: Path) -> None:
    """Browsers follow the answer to a page: such entries are no script's."""
    door = a_door(tmp_path, people=40)
    for number in range(40):
        answer = enter(door, f"n{number}")
        assert answer.status == 303
        assert ask(door, answer.headers["location"], token=answer.token, **PAGE).text == "behind"


def test_a_place_that_nobody_took_up_goes_to_the_next_one(tmp_path: Path) -> None:
    now = [0.0]
    door = a_door(tmp_path, people=2)
    door.registry = Registry(tmp_path, door.registry.workshop, clock=lambda: now[0])
    first, second = enter(door, "Ana"), enter(door, "Script")
    assert connects(door, token=first.token)
    assert enter(door, "Bob").status == 403
    now[0] += UNSEEN_SECONDS
    assert enter(door, "Bob").status == 303
    assert ask(door, "/learn", token=second.token).status == 401
    assert ask(door, "/learn", token=first.token).text == "behind"


def packed(**fields: Any) -> dict[str, Any]:
    return {"type": "websocket.receive", "bytes": BackMsg(**fields).SerializeToString()}


def from_list(*messages: Any) -> Any:
    arriving = iter([{"type": "websocket.connect"}, *messages, {"type": "websocket.disconnect", "code": 1000}])

    async def receive() -> Any:
        return next(arriving)

    return receive


def test_a_file_is_refused_before_its_first_byte_is_held(tmp_path: Path) -> None:
    door = a_door(tmp_path)
    token, asked = enter(door).token, list[tuple[str, int | None]]()

    def refuse(session_id: str, size: int | None, arriving: Mapping[str, int]) -> str:
        asked.append((session_id, size))
        assert not arriving  # each was over before the next one began
        return "" if size == 5 else "Too much."

    door.find_upload_refusal = refuse
    path = "/_stcore/upload_file/session-1/file-1"
    assert ask(door, path, method="PUT", token=token, content_length="5").text == "behind"
    for length in ("6", "-5", "x", "9" * 30):
        answer = ask(door, path, method="PUT", token=token, content_length=length)
        assert (answer.status, answer.text) == (413, "Too much.")
    assert ask(door, path, method="PUT", token=token).status == 413
    assert ask(door, path, method="DELETE", token=token).text == "behind"
    assert asked == [("session-1", size) for size in (5, 6, None, None, None, None)]


def test_files_count_while_they_arrive(tmp_path: Path) -> None:
    door = a_door(tmp_path)
    token, seen_arriving = enter(door).token, list[dict[str, int]]()
    plain = door.app

    async def look(scope: Any, receive: Any, send: Any) -> None:
        seen_arriving.append(dict(door.arriving))
        await plain(scope, receive, send)

    door.app = look
    ask(door, "/_stcore/upload_file/session-1/file-1", method="PUT", token=token, content_length="5")
    assert seen_arriving == [{"session-1": 5}]
    assert not door.arriving


def test_whoever_is_alone_sends_what_streamlit_allows(tmp_path: Path) -> None:
    """There is nobody to be kept from anything: the bound is `server.maxUploadSize` alone."""
    door = a_door(tmp_path, workshop=False)
    door.find_upload_refusal = lambda session_id, size, arriving: "Too much."
    path = "/_stcore/upload_file/session-1/file-1"
    assert ask(door, path, method="PUT", content_length="500000000").text == "behind"


@pytest.mark.parametrize("workshop", [True, False])
def test_nobody_clears_what_all_sessions_share(workshop: bool, tmp_path: Path) -> None:
    """Three such messages once made four schedulers, each with its own reserve of a gigabyte."""
    door = a_door(tmp_path, workshop=workshop)
    behind(door).listens = True
    token = enter(door).token if workshop else ""
    asyncio.run(converse(door, token, from_list(packed(clear_cache=True), packed(app_heartbeat=True))))
    assert [message.get("bytes") for message in behind(door).heard] == [None, packed(app_heartbeat=True)["bytes"], None]
    assert door.messages.dropped == {"clear_cache": 1}


def test_whoever_is_removed_is_heard_no_more(tmp_path: Path) -> None:
    door = a_door(tmp_path)
    behind(door).listens = True
    token = enter(door).token
    (ana,) = door.registry.people()
    arriving = from_list(packed(app_heartbeat=True), packed(app_heartbeat=True))
    count = iter(range(9))

    async def receive() -> Any:
        if next(count) == 2:
            door.registry.remove(ana.id)
        return await arriving()

    asyncio.run(converse(door, token, receive))
    kinds = [message["type"] for message in behind(door).heard]
    assert kinds == ["websocket.connect", "websocket.receive", "websocket.disconnect"]
    assert behind(door).heard[-1]["code"] == doors.GONE
    assert not connects(door, token=token)


def test_one_person_opens_only_so_many_pages(tmp_path: Path) -> None:
    door = a_door(tmp_path)
    ana, bob = enter(door).token, enter(door, "Bob").token

    async def scenario() -> None:
        end = asyncio.Event()

        async def receive() -> Any:
            await end.wait()
            return {"type": "websocket.disconnect", "code": 1000}

        behind(door).listens = True
        open_pages = [asyncio.create_task(converse(door, ana, receive)) for _ in range(doors.MOST_WEBSOCKETS)]
        await asyncio.sleep(0)
        refused = await converse(door, ana, receive)
        assert [message["type"] for message in refused] == ["websocket.close"]
        other = asyncio.create_task(converse(door, bob, receive))
        end.set()
        assert [message["type"] for message in await other] == ["websocket.accept"]
        await asyncio.gather(*open_pages)

    asyncio.run(scenario())
    assert not door.websockets


@pytest.mark.parametrize(
    ("name", "sentence"), [("  ", "Your name is missing"), ("x" * 41, "has 41 letters, at most 40")]
)
def test_a_name_that_is_none(name: str, sentence: str, tmp_path: Path) -> None:
    answer = enter(a_door(tmp_path), name=name)
    assert answer.status == 403
    assert sentence in answer.text


def test_a_full_workshop_says_so(tmp_path: Path) -> None:
    door = a_door(tmp_path, people=1)
    assert enter(door).status == 303
    assert "1 people take part already" in enter(door).text
    assert enter(door, code=PRESENTER).status == 303


@pytest.mark.parametrize(
    "headers", [{"origin": "http://evil.example"}, {"origin": "null"}, {"sec_fetch_site": "cross-site"}]
)
def test_no_other_page_can_send_the_form(headers: dict[str, str], tmp_path: Path) -> None:
    door = a_door(tmp_path)
    assert enter(door, **headers).status == 403
    assert ask(door, "/leave", method="POST", token=enter(door).token, **headers).status == 403
    assert len(door.registry.people()) == 1


@pytest.mark.parametrize("body", [b"x" * 5000, b"name=a&" * 600, b"\xff\xfe=1", b"&".join([b"a=1"] * 11)])
def test_what_is_no_form(body: bytes, tmp_path: Path) -> None:
    assert ask(a_door(tmp_path), "/enter", body, method="POST").status == 403


def test_leaving_takes_two_clicks_and_forgets_the_cookie(tmp_path: Path) -> None:
    door = a_door(tmp_path)
    token = enter(door, "<i>Ana</i>").token
    asked = ask(door, "/leave", token=token, **PAGE)
    assert "Leave the workshop, &lt;i&gt;Ana&lt;/i&gt;?" in asked.text
    left = ask(door, "/leave", method="POST", token=token, origin=f"http://{HOST}")
    assert left.status == 303 and "Max-Age=0" in left.cookies[0]


def test_a_disk_that_takes_nothing_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "people").write_text("in the way")
    answer = enter(a_door(tmp_path))
    assert answer.status == 503 and "tell the presenter" in answer.text


def test_a_server_that_starts_again_knows_everybody(tmp_path: Path) -> None:
    token = enter(a_door(tmp_path)).token
    assert ask(a_door(tmp_path), token=token).text == "behind"


def test_below_a_path(tmp_path: Path) -> None:
    door = a_door(tmp_path, base="/play/")
    page = ask(door, "/play/learn", **PAGE)
    assert 'action="/play/enter"' in page.text and 'value="/play/learn"' in page.text
    form = f"name=a&code={CODE}&then=/play/learn".encode()
    entered = ask(door, "/play/enter", form, method="POST")
    assert entered.headers["location"] == "/play/learn"
    assert ask(door, "/play/_stcore/health").text == "behind"
    assert ask(door, "/play/learn", token=entered.token).text == "behind"


def test_alone_there_is_no_login(tmp_path: Path) -> None:
    door = a_door(tmp_path, workshop=False, hosts=HOME_ALONE)
    assert ask(door, "/", host="localhost:8501").text == "behind"
    assert ask(door, "/enter", host="localhost:8501").text == "behind"  # whatever the app says to that
    assert connects(door, host="127.0.0.1:8501", origin="http://127.0.0.1:8501")


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example:8501", "", "127.0.0.1@evil.example", "a:b:c"])
def test_alone_a_name_that_points_here_is_refused(host: str, tmp_path: Path) -> None:
    door = a_door(tmp_path, workshop=False, hosts=HOME_ALONE)
    answer = ask(door, "/", host=host)
    assert answer.status == 403
    assert "which is not one of its own: open it as localhost" in answer.text
    assert not connects(door, host=host, origin=f"http://{host}")
    assert seen(door) == []


def test_alone_a_page_of_another_host_reaches_nothing(tmp_path: Path) -> None:
    door = a_door(tmp_path, workshop=False, hosts=HOME_ALONE)
    for origin in ("http://evil.example", "null", "http://localhost:3000", "file://"):
        assert ask(door, "/_stcore/health", host="localhost:8501", origin=origin).status == 403
        assert not connects(door, host="localhost:8501", origin=origin)


@pytest.mark.parametrize("workshop", [False, True])
def test_every_answer_is_guarded(workshop: bool, tmp_path: Path) -> None:
    door = a_door(tmp_path, workshop=workshop)
    token = enter(door).token if workshop else ""
    for path, wants in (("/", PAGE), ("/learn", {}), ("/_stcore/health", {}), ("/nothing", PAGE)):
        headers = ask(door, path, token=token, **wants).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert headers["x-frame-options"] in ("SAMEORIGIN", "DENY")
    policy = ask(door, "/", token=token, **PAGE).headers["content-security-policy"]
    assert "frame-ancestors 'self'" in policy and f"connect-src 'self' data: blob: ws://{HOST}" in policy
    assert "content-security-policy" not in ask(door, "/data.txt", token=token).headers


@given(name=st.text(max_size=60), then=st.text(max_size=60), wrong=st.text(max_size=60))
def test_no_text_of_a_person_becomes_html(name: str, then: str, wrong: str) -> None:
    def tags(page: str) -> list[str]:
        return re.findall(r"<[^>]*?(?=[\s>])", re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL))

    wanted = tags(enter_page("/enter", "", wrong="w" if wrong else ""))
    assert tags(enter_page("/enter", then, name=name, wrong=wrong)) == wanted
    assert tags(leave_page("/leave", "/", name)) == tags(leave_page("/leave", "/", "n"))


def test_the_beginning_and_the_end_of_the_server_pass(tmp_path: Path) -> None:
    import asyncio

    door = a_door(tmp_path)
    asyncio.run(door({"type": "lifespan"}, None, None))  # type: ignore[arg-type]
    assert seen(door) == ["lifespan "]
