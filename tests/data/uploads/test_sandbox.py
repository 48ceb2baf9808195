"""Quarantine: what comes out of the other process is what decoding here would give, and nothing it does can hurt."""

import errno
import io
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from playground.config.allowed import AllowedPath
from playground.config.data import FolderConfig
from playground.data import DataError, keep_zip, load, run_to_end
from playground.data.images.decoding import UnreadableImageError, decode_image
from playground.data.images.zip_archive import MAX_IMAGE_BYTES, Member
from playground.data.uploads import sandbox, sandbox_process, sandbox_worker
from playground.data.uploads.resource_limits import MEMORY_BYTES, Limits
from tests.data.pictures import MakeFolder, MakeZip, image_bytes

ROOT = Path(__file__).parents[3]
SCENE = np.add.outer(np.arange(200), np.arange(160))[..., None] * np.array([1, 2, 3])


def photo(kind: str) -> bytes:
    out = io.BytesIO()
    Image.fromarray((SCENE % 256).astype(np.uint8)).save(out, kind)
    return out.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_picture_is_what_it_would_be_here(kind: str) -> None:
    found = sandbox.decode_in_sandbox(io.BytesIO(photo(kind)), 64)
    assert found.flags.writeable and found.dtype == np.uint8
    np.testing.assert_array_equal(found, decode_image(io.BytesIO(photo(kind)), 64))


@pytest.mark.parametrize(
    "content",
    [b"", b"nonsense", photo("JPEG")[:1000], image_bytes(size=(5100, 5000))],
    ids=["empty", "nonsense", "cut off", "too large"],  # their bytes would be in the environment of each process
)
def test_a_refusal_is_what_it_would_be_here(content: bytes) -> None:
    sentences = []
    for way in (decode_image, sandbox.decode_in_sandbox):
        with pytest.raises(UnreadableImageError) as caught:
            way(io.BytesIO(content), 32)
        sentences.append(str(caught.value))
    assert sentences[0] == sentences[1]


def test_a_picture_that_does_not_end() -> None:
    class Endless(io.RawIOBase):
        given = 0

        def read(self, size: int = -1) -> bytes:
            self.given += size
            return bytes(size)

    endless = Endless()
    with pytest.raises(UnreadableImageError, match="is larger than the 128 MB that are allowed"):
        sandbox.decode_in_sandbox(endless, 32)  # type: ignore[arg-type]
    assert endless.given == MAX_IMAGE_BYTES + 1


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
@pytest.mark.parametrize("mode", ["RGBA", "LA", "I;16", "RGB"])
def test_the_largest_image_that_is_allowed_fits_into_the_memory(mode: str, kind: str) -> None:
    if kind == "WEBP" and mode in ("LA", "I;16"):
        return
    out = io.BytesIO()
    Image.new(mode, (5000, 5000)).save(out, kind, **({"compress_level": 1} if kind == "PNG" else {"method": 0}))
    assert sandbox.decode_in_sandbox(io.BytesIO(out.getvalue()), 96).shape == (96, 96, 3)


def test_images_of_a_folder_or_zip_are_those_of_training(
    home: Path, make_folder: MakeFolder, make_zip: MakeZip
) -> None:
    names = [f"{c}/{n}.png" for c in ("cat", "dog") for n in range(20)]
    folder = make_folder(names)
    for path in (folder, make_zip({name: (folder / name).read_bytes() for name in names})):
        train = run_to_end(load(FolderConfig(path=str(path)), home=home)).train.images
        name, found = sandbox.sample_images(AllowedPath(str(path)), 32, 1000)
        assert name == "pictures"
        np.testing.assert_array_equal(found, train)
        few = sandbox.sample_images(AllowedPath(str(path)), 32, 3)[1]
        np.testing.assert_array_equal(few, train[[0, round((len(train) - 1) / 2), len(train) - 1]])


def test_images_of_a_folder_that_cannot_be_read(make_folder: MakeFolder) -> None:
    folder = make_folder(f"{number}.png" for number in range(5))
    (folder / "2.png").write_bytes(b"nonsense")
    with pytest.raises(DataError, match=r"1 of 4 images cannot be read; the first is '2\.png', which is not a JPEG"):
        sandbox.sample_images(AllowedPath(str(folder)), 32, 100)
    empty = folder.parent / "empty"
    empty.mkdir()
    with pytest.raises(DataError, match=r"^data\.path: '.*empty' holds no JPEG"):
        sandbox.sample_images(AllowedPath(str(empty)), 32, 100)


def test_the_process_starts_without_what_is_slow() -> None:
    code = "import sys, playground.data.uploads.sandbox_worker; print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    loaded = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True).stdout.split()
    assert "PIL" in loaded
    assert not {"torch", "torchvision", "streamlit", "pydantic", "pandas", "sklearn"} & set(loaded)


@pytest.mark.skipif(not Path("/proc/self/limits").exists(), reason="needs a system that tells the limits of a process")
@pytest.mark.parametrize(("task", "processor"), [("zip", 300), ("sample 32 9", 300), ("picture", 20)])
def test_each_task_is_confined(task: str, processor: int, tmp_path: Path) -> None:
    """Held up by a file that does not come: it is confined before it opens it."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    name, *arguments = task.split()
    with open(pipe, "r+b", buffering=0) as never:
        given = ("picture", "32") if name == "picture" else (name, str(pipe), *arguments)
        process = sandbox_process._start_process(
            (sandbox_process.INSPECTOR, *given), never if name == "picture" else None
        )
        try:
            wanted = {
                "address space": MEMORY_BYTES,
                "file size": 0,
                "cpu time": processor,
                "core file size": 0,
                "processes": 0,
            }
            wait_for(lambda: limits_of(process.pid) == wanted)
        finally:
            process.kill()
            process.communicate()


def limits_of(pid: int) -> dict[str, int]:
    said = Path(f"/proc/{pid}/limits").read_text()
    found = re.findall(r"Max (address space|file size|cpu time|core file size|processes) +(\d+)", said)
    return {name: int(limit) for name, limit in found}


def wait_for(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.fixture
def instead(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], list[Any]]:
    """Run other code than the inspector's; what was started is in the list."""

    def run(code: str) -> list[Any]:
        processes: list[Any] = []

        def start(task: tuple[str, ...], stdin: Any) -> Any:
            processes.append(
                subprocess.Popen(
                    [sys.executable, "-c", f"import os, signal, subprocess, sys, time\n{code}", *task],
                    stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True,
                )
            )  # fmt: skip
            return processes[-1]

        monkeypatch.setattr(sandbox_process, "_start_process", start)
        monkeypatch.setattr(sandbox_process, "_GRACE", 0.3)
        for name in ("LIMITS_OF_MANY", "LIMITS_OF_ONE"):
            monkeypatch.setattr(sandbox, name, Limits(MEMORY_BYTES, 1, 1))
        return processes

    return run


BROKEN = {
    "ends at once": "",
    "fails": "raise ValueError",
    "is killed": "os.kill(os.getpid(), signal.SIGKILL)",
    "crashes": "os.kill(os.getpid(), signal.SIGSEGV)",
    "says nonsense": "print('sound')",
    "says half": "print('{\"sound\"', end='')",
    "says a list": "print('[]')",
    "says it is nearly sound": 'print(\'{"sound": 1, "count": 1.0}\')',
    "says it of many": "print('{\"count\": 100000000}')",
    "says it of none": "print('{\"count\": 0}')",
    "is cut off": "print('{\"count\": 1}'); print('x' * 100)",
    "does not end its line": "while True: print('x' * 100000, end='')",
    "nests": "print('[' * 60000)",
    "says what is no text": "sys.stdout.buffer.write(bytes(range(128, 256)) + b'\\n')",
}
SLOW = {
    "sleeps": "time.sleep(60)",
    "stops": "os.kill(os.getpid(), signal.SIGSTOP)",
    "speaks slowly": "while True: print('x', end='', flush=True); time.sleep(0.1)",
    "will not be ended": "signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)",
    "leaves another behind": "subprocess.Popen(['sleep', '60'], start_new_session=False); sys.exit()",
    "is out of processor time": "os.kill(os.getpid(), signal.SIGXCPU)",
    "is out of time": "os.kill(os.getpid(), signal.SIGALRM)",
}


@pytest.mark.parametrize("how", [*BROKEN, *SLOW])
def test_a_process_that_does_not_answer_is_a_refusal(how: str, home: Path, instead: Callable[[str], list[Any]]) -> None:
    processes = instead(BROKEN.get(how) or SLOW.get(how, ""))
    why = "takes longer than the 1 seconds that are allowed" if how in SLOW else r"is not accepted: the process"
    begun = time.monotonic()
    with pytest.raises(DataError, match=rf"^data\.path: 'cats\.zip' {why}.*\.$"):
        keep_zip(io.BytesIO(b"content"), "cats.zip", home)
    with pytest.raises(UnreadableImageError, match=rf"^{why}"):
        sandbox.decode_in_sandbox(io.BytesIO(b"content"), 32)
    assert time.monotonic() - begun < 8
    assert list((home / "uploads").iterdir()) == []
    assert [process.poll() is not None for process in processes] == [True, True]


def test_memory_is_a_refusal(home: Path, instead: Callable[[str], list[Any]]) -> None:
    instead("print('{\"out_of_memory\": true}')")
    with pytest.raises(DataError, match=r"'cats\.zip' takes more than the 1\.5 GB of memory that are allowed"):
        keep_zip(io.BytesIO(b"content"), "cats.zip", home)


def test_a_sentence_of_a_process_is_bounded(home: Path, instead: Callable[[str], list[Any]]) -> None:
    instead("print('{\"refusal\": \"' + 'a\\\\n' * 10000 + '\"}')")
    with pytest.raises(DataError) as caught:
        keep_zip(io.BytesIO(b"content"), "cats.zip", home)
    assert str(caught.value).isprintable() and len(str(caught.value)) < 1100


def test_no_process_can_be_started(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/no/such/python")
    with pytest.raises(DataError, match=r"^data\.path: 'cats\.zip' cannot be looked into now \(No such file"):
        keep_zip(io.BytesIO(b"content"), "cats.zip", home)


def test_a_picture_for_which_there_is_no_room(monkeypatch: pytest.MonkeyPatch) -> None:
    def full() -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(tempfile, "TemporaryFile", full)
    with pytest.raises(UnreadableImageError, match=r"^cannot be looked into now \(No space left on device\)$"):
        sandbox.decode_in_sandbox(io.BytesIO(photo("PNG")), 32)


def test_no_more_than_two_are_looked_into_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now, most, lock = 0, 0, threading.Lock()

    class Slow:
        def __init__(self, *_: object, **__: object) -> None: ...

        def __enter__(self) -> "Slow":
            nonlocal now, most
            with lock:
                now += 1
                most = max(most, now)
            return self

        def __exit__(self, *_: object) -> None:
            nonlocal now
            with lock:
                now -= 1

        def read_answer(self, refusal: object) -> dict[str, bool]:
            time.sleep(0.05)
            return {"sound": True}

    monkeypatch.setattr(sandbox, "Inspection", Slow)
    threads = [threading.Thread(target=sandbox.check_zip, args=[tmp_path / "a.zip"]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 2


def test_more_pixels_than_are_allowed_in_all_are_refused_before_any_is_decoded(
    home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Eight pictures of 25 megapixels fit into 84 kB, and took seven seconds of everybody's time."""
    monkeypatch.setattr(sandbox_worker, "MAX_TOTAL_MEGAPIXELS", 50)
    monkeypatch.setattr(Member, "pixels", lambda self, side: pytest.fail("it was decoded"))
    path = tmp_path / "large.zip"
    with zipfile.ZipFile(path, "w") as made:
        for number in range(3):
            made.writestr(f"{number}.png", image_bytes(size=(5000, 5000)))
    with pytest.raises(DataError, match=r"'large\.zip' holds more than the 50 megapixels that are allowed in all"):
        sandbox_worker.zip_task(str(path))
