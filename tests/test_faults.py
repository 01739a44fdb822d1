"""What breaks while stancekit works: full disks, places that cannot be written, kills, two writers, a clock that goes back.

Afterwards the old state or the new one is there. A full disk is a limit on the size of files (RLIMIT_FSIZE), which fails in the
same calls; /dev/full is one too.
"""

from __future__ import annotations

import fcntl
import io
import json
import os
import re
import resource
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from pytest_socket import SocketConnectBlockedError
from test_cli import Run, records, stream_file
from test_training import assert_same_weights, settings, train, written

import stancekit
from stancekit import checkpoint
from stancekit.data import locked, read_articles, read_lines, write_records
from stancekit.errors import DataError
from stancekit.schema import Article

ROOT = Path(__file__).parent.parent
TEXT = "The minister condemned the attack. Kenya supports peace talks."


@contextmanager
def full_disk(size: int) -> Iterator[None]:
    """No file can be written beyond `size` bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def content(folder: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in folder.iterdir()}


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tiny_checkpoint: Path) -> Run:
    return Run(monkeypatch, capfd, tiny_checkpoint)


@pytest.fixture
def saved(tiny_checkpoint: Path, tmp_path: Path) -> Path:
    """A model folder of which two files are not the tiny one's."""
    folder = Path(shutil.copytree(tiny_checkpoint, tmp_path / "at" / "saved"))
    config = checkpoint.read_config(folder)
    checkpoint.update_config(folder, config.model_copy(update={"decode": config.decode.model_copy(update={"threshold": 0.9})}))
    with open(folder / checkpoint.TOKENIZER, "a") as stream:
        stream.write("\n")
    return folder


def test_no_test_reaches_the_network() -> None:
    for address in (("192.0.2.1", 80), ("2001:db8::1", 443, 0, 0)):
        with socket.socket(socket.AF_INET6 if ":" in address[0] else socket.AF_INET) as one, pytest.raises(SocketConnectBlockedError):
            one.connect(address)


# ------------------------------------------------------------------------------------------------- a full disk


def test_a_full_disk_leaves_the_old_model(tiny_checkpoint: Path, saved: Path) -> None:
    old, model = content(saved), stancekit.load(tiny_checkpoint)
    with full_disk(100_000), pytest.raises(OSError, match="too large"):
        model.save_pretrained(saved)
    assert content(saved) == old and [p.name for p in saved.parent.iterdir()] == ["saved"]
    with full_disk(1000), pytest.raises(OSError, match="too large"):
        checkpoint.update_config(saved, checkpoint.read_config(tiny_checkpoint))
    assert stancekit.load(saved).config.decode.threshold == 0.9


def test_a_full_disk_costs_a_stream_nothing_but_time(run: Run, tmp_path: Path) -> None:
    source, out, part = stream_file(tmp_path, 12), tmp_path / "out.jsonl", tmp_path / "out.jsonl.part"
    assert run("predict", source, "-o", out)[0] == 0
    whole = out.read_bytes()
    for keep in (0, 1):
        out.unlink() if not keep else None
        with full_disk(len(whole) // 2):
            code, _, err = run("predict", source, "-o", out)
        assert code == 1 and "--resume goes on" in err and err.endswith(f"File too large: {part}\n")
        assert out.exists() == bool(keep) and 0 < part.stat().st_size < len(whole)
        assert run("predict", source, "-o", out, "--resume")[0] == 0
        assert out.read_bytes() == whole and not part.exists()


def test_a_full_disk_leaves_no_half_table(run: Run, tmp_path: Path) -> None:
    """Its rows are buffered: of a few it is at the very end that the disk is full."""
    out = tmp_path / "out.csv"
    for number in (4, 60):
        source = stream_file(tmp_path, number)
        with full_disk(1000 * number // 4):
            code, _, err = run("predict", source, "-o", out, "--format", "csv")
        assert code == 1 and err == f"stancekit: File too large: {out}.part\n"
        assert [p.name for p in tmp_path.iterdir()] == ["in.jsonl"]


def test_a_full_disk_behind_standard_output(tiny_checkpoint: Path, tmp_path: Path) -> None:
    with open("/dev/full", "w") as full:
        command = [sys.executable, "-m", "stancekit", "predict", str(stream_file(tmp_path, 3)), "-m", str(tiny_checkpoint), "--format", "jsonl"]
        ended = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, timeout=120)
    assert (ended.returncode, ended.stderr) == (1, "stancekit: No space left on device\n")


def test_records_are_written_whole_or_not_at_all(tmp_path: Path) -> None:
    file = tmp_path / "out.jsonl"
    write_records(file, [Article("old")])
    with full_disk(1000), pytest.raises(OSError, match="too large"):
        write_records(file, [Article("new " * 1000)])
    assert [a.text for a in read_articles(file)] == ["old"] and [p.name for p in tmp_path.iterdir()] == ["out.jsonl"]


@pytest.fixture
def back(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every look at the clock finds it an hour earlier."""
    clock = iter(range(2_000_000_000, 0, -3600))
    monkeypatch.setattr(time, "time", lambda: float(next(clock)))


def test_a_full_disk_and_a_clock_that_goes_back_in_training(
    encoder_folder: Path, tmp_path: Path, back: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The checkpoint that did not fit is passed over, and the run goes on from the one before to the weights of an undisturbed run."""
    from stancekit import training

    write_records(tmp_path / "train.jsonl", written(12))
    write_records(tmp_path / "dev.jsonl", written(2, place="russia"))
    changes = {"queries": [], "dev_queries": [], "epochs": 1, "average": 0.9}
    one, other = (settings(encoder_folder, tmp_path, tmp_path / name, **changes) for name in ("one", "other"))
    train(one)
    saves, original = 0, training.Average.on_save

    def on_save(*args: object, **kwargs: object) -> None:
        nonlocal saves
        original(*args, **kwargs)
        saves += 1
        last = training.last_checkpoint(tmp_path / "other")
        assert last is not None
        weights, optimiser = ((last / name).stat().st_size for name in (training.Average.FILE, "optimizer.pt"))
        assert weights < optimiser
        soft = (weights + optimiser) // 2  # the weights fit, the optimiser's state does not
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))

    with full_disk(resource.getrlimit(resource.RLIMIT_FSIZE)[0]), monkeypatch.context() as patch, pytest.raises(OSError, match=r"go on with --resume|too large"):
        patch.setattr(training.Average, "on_save", on_save)
        train(other)
    assert saves == 1 and not (tmp_path / "other" / "model").exists()
    whole = training.last_checkpoint(tmp_path / "other")
    assert whole is not None
    assert_same_weights(train(other, resume=True), tmp_path / "one" / "model")


# --------------------------------------------------------------------------------- places that cannot be written or read


@pytest.mark.parametrize("where", ["/proc/out.jsonl", "{file}/out.jsonl", "{file}", "/dev/null", "{folder}"])
def test_a_place_that_cannot_be_written_is_named(run: Run, tmp_path: Path, where: str) -> None:
    (tmp_path / "x.txt").write_text(TEXT)
    (tmp_path / "folder").mkdir()
    place = where.format(file=tmp_path / "x.txt", folder=tmp_path / "folder")
    if place == str(tmp_path / "x.txt"):
        os.mkfifo(tmp_path / "pipe")
        place = str(tmp_path / "pipe")
    code, _, err = run("predict", tmp_path / "x.txt", "-o", place)
    assert code == 1 and err.count("\n") == 1 and str(Path(place).parent) in err
    assert Path("/dev/null").is_char_device(), "a device was replaced by a file"


@pytest.mark.parametrize("where", ["/proc/model", "{file}/model"])
def test_a_model_that_cannot_be_saved_names_the_place(tiny_checkpoint: Path, tmp_path: Path, where: str) -> None:
    file = tmp_path / "x.txt"
    file.write_text("mine")
    place = where.format(file=file)
    with pytest.raises(OSError, match=str(Path(place).parent)):
        stancekit.load(tiny_checkpoint).save_pretrained(place)
    assert file.read_text() == "mine"


def test_a_link_is_written_through(run: Run, tmp_path: Path) -> None:
    source = stream_file(tmp_path, 1)
    (tmp_path / "far").mkdir()
    (tmp_path / "out.jsonl").symlink_to(tmp_path / "far" / "out.jsonl")
    assert run("predict", source, "-o", tmp_path / "out.jsonl")[0] == 0
    assert (tmp_path / "out.jsonl").is_symlink() and [p.name for p in (tmp_path / "far").iterdir()] == ["out.jsonl"]


class Failing(io.BytesIO):
    """A disk that fails after the first lines."""

    def __init__(self, lines: bytes) -> None:
        super().__init__(lines)

    def __next__(self) -> bytes:
        line = self.readline()
        if not line:
            raise OSError(5, "Input/output error")
        return line


def test_a_disk_that_fails_in_the_middle_is_named_with_the_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    class Stdin:
        buffer = Failing(b'{"text": "one"}\n\n{"text": "two"}\n')

    monkeypatch.setattr(sys, "stdin", Stdin)
    stream = read_lines("-")
    assert [next(stream)[0] for _ in range(2)] == ["<stdin>:1", "<stdin>:3"]
    with pytest.raises(DataError, match="<stdin>:4: cannot read on: Input/output error"):
        next(stream)


@pytest.mark.parametrize(("name", "words"), [("/proc/self/mem", "/proc/self/mem:1: cannot read on: Input/output error"), ("{loop}", "no such file|levels of symbolic links")])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, name: str, words: str) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with pytest.raises(DataError, match=words):
        list(read_lines(name.format(loop=tmp_path / "loop")))


def test_a_file_without_permission_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Modes do not keep root from reading."""
    file = tmp_path / "x.jsonl"
    file.write_text("{}\n")

    def refuse(*args: object, **kwargs: object) -> None:
        raise PermissionError(13, "Permission denied", str(file))

    monkeypatch.setattr("builtins.open", refuse)
    with pytest.raises(DataError, match=rf"cannot read {file}: Permission denied"):
        list(read_lines(file))


# ------------------------------------------------------------------------------------------------------ two writers


def test_a_second_process_that_writes_the_same_file_is_refused(run: Run, tmp_path: Path) -> None:
    source, pipe, out = stream_file(tmp_path, 2), tmp_path / "pipe.jsonl", tmp_path / "out.jsonl"
    os.mkfifo(pipe)
    command = [sys.executable, "-m", "stancekit", "predict", str(pipe), "-m", str(run.model), "-o", str(out)]
    first = subprocess.Popen(command)
    with open(pipe, "wb") as stream:  # returns when the first has opened it to read, its output before that
        for options in ((), ("--resume",), ("--format", "csv")):
            code, _, err = run("predict", source, "-o", out, *options)
            assert code == 1 and err == f"stancekit: another process is writing {out}.part; wait for its end, or give the output another name\n"
        with pytest.raises(DataError, match="another process is writing"):
            write_records(out, [Article("x")])
        stream.write(json.dumps({"id": "first", "text": TEXT}).encode() + b"\n")
    assert first.wait(60) == 0
    assert [a.id for a in records(out.read_text())] == ["first"] and not list(tmp_path.glob("*.part"))
    assert run("predict", source, "-o", out)[0] == 0
    assert [a.id for a in records(out.read_text())] == ["r0", "r1"]


def test_a_writer_that_ends_while_the_second_begins_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file that the second opened is the first one's result by the time it is locked."""
    part, result, flock = tmp_path / "out.part", tmp_path / "out", fcntl.flock

    def late(handle: int, how: int) -> None:
        if not result.exists():
            part.write_text("first")
            part.rename(result)
        flock(handle, how)

    monkeypatch.setattr(fcntl, "flock", late)
    with locked(part):
        with pytest.raises(DataError, match="another process"), locked(part):
            pass
        part.write_text("second")
    assert (result.read_text(), part.read_text()) == ("first", "second")


# ------------------------------------------------------------------------------------------------------------ kills


def killed(at: int, work: Callable[[], object]) -> int:
    """Runs `work` in a fork that kills itself before its operation number `at` on files; the signal, 0 if it came to its end."""
    pid = os.fork()
    if pid == 0:
        left = at

        def counting(original: Callable[..., object]) -> Callable[..., object]:
            def call(*args: object, **kwargs: object) -> object:
                nonlocal left
                if left == 0:
                    os.kill(os.getpid(), signal.SIGKILL)
                left -= 1
                return original(*args, **kwargs)

            return call

        try:
            for module, names in ((os, ("replace", "unlink", "rmdir", "open", "mkdir")), (shutil, ("copyfile",))):
                for name in names:
                    setattr(module, name, counting(getattr(module, name)))
            work()
            os._exit(0)
        finally:
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def test_a_kill_while_a_model_is_saved_leaves_the_old_one_or_the_new_one(tiny_checkpoint: Path, saved: Path, tmp_path: Path) -> None:
    old, new, model = content(saved), content(tiny_checkpoint), stancekit.load(tiny_checkpoint)
    seen = []
    for at in range(100):
        shutil.rmtree(saved.parent)
        saved.mkdir(parents=True)
        for name, data in old.items():
            (saved / name).write_bytes(data)
        code = killed(at, lambda: model.save_pretrained(saved))
        if code == 0:
            break
        assert code == -signal.SIGKILL
        folder = stancekit.load(saved).folder
        assert folder is not None
        seen.append(content(folder))
        assert seen[-1] in (old, new), f"a mix after a kill at operation {at}"
        model.save_pretrained(saved)
        assert content(saved) == new, "what a kill left behind is in the way"
    assert code == 0 and old in seen and new in seen


def test_kills_of_a_stream(tiny_checkpoint: Path) -> None:
    """A few of what scripts/kills.py does a hundred times."""
    command = [sys.executable, str(ROOT / "scripts" / "kills.py"), "--kills", "5", "--records", "120", "--model", str(tiny_checkpoint)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert re.fullmatch(r"kills 5, while writing \d, records 120, files \d+, lost 0, doubled 0, different 0\n", ended.stdout)


def test_a_clock_that_goes_back_changes_nothing(run: Run, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    source, out = stream_file(tmp_path, 3), tmp_path / "out.jsonl"
    assert run("predict", source, "-o", out)[0] == 0
    before = out.read_bytes()
    request.getfixturevalue("back")
    assert run("predict", source, "-o", out)[0] == 0
    assert out.read_bytes() == before
