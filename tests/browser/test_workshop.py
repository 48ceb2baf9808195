"""A workshop in real browsers: the way in, workspaces of their own, the board; and that alone there is no login."""

import re
import socket
import urllib.error
import urllib.request
from base64 import b64encode
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from playground.runs.library.store import RunStore
from playground.workshop.settings import Workshop
from tests.browser.conftest import ROOT, Serve

CODES = Workshop("maple-otter-482", "river-ocean-kettle-123", runs_each=3, seconds=60)
SETTINGS = "data.name=digits&batch_size=32&encoder.width=8&budget.steps=5&watch.probe_size=64"
WELCOME = re.compile("then press")
Wait = Callable[[Page], None]
NewPage = Callable[..., Page]


@pytest.fixture(scope="module")
def address(serve: Serve, home: Path) -> str:
    """Of a workshop."""
    return serve(ROOT / "app.py", {"PLAYGROUND_HOME": str(home), **CODES.environment()})


@pytest.fixture
def browsers(browser: Browser) -> Iterator[NewPage]:
    """A browser of somebody's own; the test fails where any of them asks another host or is told of an error."""
    contexts: list[BrowserContext] = []
    wrong: list[str] = []

    def new(**options: object) -> Page:
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})  # type: ignore[arg-type]
        context.set_default_timeout(30_000)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: wrong.append(f"page error: {error}"))
        page.on("console", lambda line: wrong.append(line.text) if "Security Policy" in line.text else None)
        page.on("request", lambda request: wrong.append(request.url) if is_foreign(request.url) else None)
        return page

    yield new
    for context in contexts:
        context.close()
    assert not wrong, "\n".join(wrong)


def is_foreign(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme not in ("data", "blob") and parts.hostname != "127.0.0.1"


def enter(page: Page, address: str, name: str, code: str = CODES.code) -> None:
    page.goto(address)
    page.get_by_label("Your name").fill(name)
    page.get_by_label("Access code").fill(code)
    page.get_by_role("button", name="Enter").click()


def train(page: Page) -> str:
    """The id of the run, once it has ended."""
    page.get_by_role("button", name="Train", exact=True).click()
    expect(page).to_have_url(re.compile("run="))
    expect(page.get_by_text("finished", exact=True).first).to_be_visible(timeout=120_000)
    return page.url.partition("run=")[2].partition("&")[0]


def test_a_room_of_people(address: str, browsers: NewPage, wait_for_script: Wait, home: Path) -> None:
    ana, bob = browsers(), browsers(viewport={"width": 390, "height": 844}, color_scheme="dark")
    enter(ana, f"{address}/?{SETTINGS}", "Ana <b>&", "maple-otter-481")
    expect(ana.get_by_role("alert")).to_contain_text("This is not the access code")
    assert ana.get_by_label("Your name").input_value() == "Ana <b>&"
    ana.get_by_label("Access code").fill(" Maple Otter 482")
    ana.get_by_role("button", name="Enter").click()
    wait_for_script(ana)
    assert "budget.steps=5" in ana.url  # what the address asked for is still there
    hers = train(ana)
    expect(ana.get_by_test_id("stSidebar").get_by_text("Ana <b>&")).to_be_visible()

    enter(bob, f"{address}/?run={hers}", "Bob")
    wait_for_script(bob)
    expect(bob.get_by_text("The run that this address names is not on this server")).to_be_visible()
    expect(bob.get_by_text(WELCOME)).to_be_visible()
    bob.goto(f"{address}/?{SETTINGS}&seed=1")
    wait_for_script(bob)
    bob.get_by_test_id("stExpandSidebarButton").click()
    his = train(bob)
    assert his != hers

    ana.reload()  # the workspace is still hers
    wait_for_script(ana)
    expect(ana.get_by_role("combobox", name="Run").first).to_have_value(re.compile(hers[-4:]))
    assert his[-4:] not in ana.get_by_test_id("stMain").inner_text()

    pat = browsers(color_scheme="dark")
    enter(pat, f"{address}/board", "Pat", CODES.presenter_code)
    wait_for_script(pat)
    table = pat.get_by_test_id("stDataFrame").locator("table")
    for name in ("Ana <b>&", "Bob", "Pat (presenter)"):
        expect(table.get_by_text(name, exact=True)).to_be_attached()
    expect(table.get_by_text(re.compile("SimCLR on Digits"))).to_have_count(2)
    pat.get_by_role("combobox", name="Person").click()
    pat.get_by_role("option", name="Ana <b>&").click()
    wait_for_script(pat)
    pat.get_by_test_id("stCheckbox").filter(has_text="Share with all").click()
    expect(table.get_by_text("1", exact=True)).to_have_count(3, timeout=10_000)  # two have a run, one is shared
    bob.goto(f"{address}/?run={hers}")
    wait_for_script(bob)
    expect(bob.get_by_role("combobox", name="Run").first).to_have_value(re.compile(hers[-4:]))

    ana.goto(f"{address}/leave")
    ana.get_by_role("button", name="Leave").click()
    expect(ana.get_by_role("button", name="Enter")).to_be_visible()
    assert {row.owner.person for row in RunStore(home / "runs").rows()} != {""}


def test_a_participant_has_no_board(address: str, browsers: NewPage, wait_for_script: Wait) -> None:
    page = browsers()
    enter(page, address, "Cy")
    wait_for_script(page)
    expect(page.get_by_role("link", name="Learn")).to_be_visible()
    expect(page.get_by_role("link", name="Board")).to_have_count(0)


def status_of(url: str, **headers: str) -> int:
    asked = urllib.request.Request(url, headers={name.replace("_", "-"): text for name, text in headers.items()})
    try:
        with urllib.request.urlopen(asked, timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def handshake(address: str, **headers: str) -> int:
    """What the server says to a browser that asks for its websocket."""
    parts = urlsplit(address)
    given = {"Host": parts.netloc, **{name.title(): text for name, text in headers.items()}}
    key = b64encode(b"0123456789abcdef").decode()
    lines = ["GET /_stcore/stream HTTP/1.1", "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13"]
    lines += [f"Sec-WebSocket-Key: {key}", *(f"{name}: {text}" for name, text in given.items()), "", ""]
    with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=10) as connection:
        connection.sendall("\r\n".join(lines).encode())
        return int(connection.recv(100).split()[1])


def test_a_stranger_reaches_nothing_of_the_real_server(address: str) -> None:
    for path in (
        "",
        "/learn",
        "/_stcore/host-config",
        "/_stcore/upload_file/a/b",
        "/static/js/index.js",
        "/media/a.png",
    ):
        assert status_of(f"{address}{path}") == 401
    assert status_of(f"{address}/playground-assets/sprites/00") == 401
    assert status_of(f"{address}/_stcore/health") == 200
    assert handshake(address) == 403
    assert handshake(address, cookie="playground_person=guessed") == 403


def test_alone_there_is_no_login_and_no_other_name(
    serve: Serve, page: Page, wait_for_script: Wait, tmp_path: Path
) -> None:
    """`page` fails on any error in the console: what the browser is told to leave alone breaks nothing of the page."""
    address = serve(ROOT / "app.py", {"PLAYGROUND_HOME": str(tmp_path)})
    answer = page.goto(address)
    assert answer is not None
    assert "frame-ancestors 'self'" in answer.headers["content-security-policy"]
    wait_for_script(page)
    expect(page.get_by_role("button", name="Train", exact=True)).to_be_visible()
    expect(page.get_by_text("You are")).to_have_count(0)
    assert handshake(address) == 101
    assert handshake(address, origin=address) == 101
    assert handshake(address, origin="http://evil.example") == 403
    assert handshake(address, host="evil.example", origin="http://evil.example") == 403
    assert status_of(address, Host="evil.example") == 403
    assert status_of(address, Host=f"localhost:{urlsplit(address).port}") == 200
