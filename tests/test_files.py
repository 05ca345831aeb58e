"""Files: where they are kept, atomic writes, bounded reads, and locks."""

import errno
import os
import subprocess
import sys
import threading
from pathlib import Path

import platformdirs
import pytest

from mariel import files
from mariel.errors import CheckpointError, RunError, WriteError
from mariel.files import (
    append_line,
    cache_folder,
    find_run_folder,
    format_bytes,
    hold_lock,
    home_folder,
    is_locked,
    open_atomically,
    read_file,
    runs_folder,
    shipped_runs_folder,
    write_atomically,
)

ROOT = Path(__file__).resolve().parents[1]

HOLD_LOCK = """
import sys
from mariel.files import hold_lock
with hold_lock(sys.argv[1], "it"):
    print("held", flush=True)
    sys.stdin.read()
"""


def fail_writes(monkeypatch, number: int) -> None:
    """Let every write to disk fail with an error number."""

    def failing(*_):
        raise OSError(number, "as it says")

    monkeypatch.setattr(files.os, "fsync", failing)


class TestFiles:
    @pytest.mark.parametrize(
        ("number", "reason"),
        [(errno.ENOSPC, "the disk is full"), (errno.EACCES, "permission denied"), (errno.EROFS, "read-only")],
    )
    def test_a_file_that_cannot_be_written_is_unchanged(self, tmp_path, monkeypatch, number, reason):
        path = tmp_path / "weights"
        write_atomically(path, b"old")
        fail_writes(monkeypatch, number)
        with pytest.raises(WriteError, match=rf"cannot write '.*weights': .*{reason}"):
            write_atomically(path, b"new")
        assert path.read_bytes() == b"old"
        assert list(tmp_path.iterdir()) == [path]

    def test_a_partly_written_line_is_removed(self, tmp_path, monkeypatch):
        path = tmp_path / "log"
        append_line(path, b"first")
        fail_writes(monkeypatch, errno.ENOSPC)
        with pytest.raises(WriteError, match=r"cannot write '.*log': the disk is full"):
            append_line(path, b"second")
        assert path.read_bytes() == b"first\n"

    def test_a_missing_folder_is_reported(self, tmp_path):
        with pytest.raises(WriteError, match="its folder is gone"):
            write_atomically(tmp_path / "gone" / "weights", b"new")

    def test_a_file_written_piece_by_piece_replaces_the_old_one_at_the_end(self, tmp_path):
        path = tmp_path / "large"
        write_atomically(path, b"old")
        with open_atomically(path) as file:
            file.write(b"new ")
            assert path.read_bytes() == b"old"
            file.write(b"content")
        assert path.read_bytes() == b"new content"
        assert list(tmp_path.iterdir()) == [path]

    def test_a_file_whose_writing_fails_is_unchanged(self, tmp_path):
        path = tmp_path / "large"
        write_atomically(path, b"old")

        def fail() -> None:
            with open_atomically(path) as file:
                file.write(b"new")
                raise ValueError("no")

        with pytest.raises(ValueError, match="no"):
            fail()
        assert path.read_bytes() == b"old"
        assert list(tmp_path.iterdir()) == [path]


class TestReading:
    def test_a_file_is_read_up_to_a_limit(self, tmp_path):
        path = tmp_path / "file"
        path.write_bytes(b"12345")
        assert read_file(path, 5) == b"12345"
        with pytest.raises(CheckpointError, match=r"file' is damaged: it has more than 4 bytes"):
            read_file(path, 4)

    @pytest.mark.parametrize(
        ("make", "message"),
        [
            (lambda path: None, r"thing' is missing"),
            (Path.mkdir, r"thing'.*(?i:is a directory|no plain file)"),
            (lambda path: path.symlink_to(path), r"cannot read '.*thing'"),
        ],
    )
    def test_what_is_no_file_is_named(self, tmp_path, make, message):
        make(tmp_path / "thing")
        with pytest.raises(CheckpointError, match=message):
            read_file(tmp_path / "thing", 10)


class TestFolders:
    @pytest.fixture(autouse=True)
    def no_variables(self, monkeypatch):
        for variable in (files.HOME_VARIABLE, files.RUNS_VARIABLE, files.CACHE_VARIABLE):
            monkeypatch.delenv(variable, raising=False)

    @pytest.fixture
    def installed(self, tmp_path, monkeypatch) -> Path:
        """As if the package lay in site-packages."""
        package = tmp_path / "site-packages" / "mariel"
        package.mkdir(parents=True)
        monkeypatch.setattr(files, "_PACKAGE", package)
        return package

    def test_in_the_repository_runs_lie_beside_the_package(self):
        assert runs_folder() == shipped_runs_folder() == ROOT / "checkpoints"

    def test_installed_everything_is_in_the_users_folders(self, installed):
        assert home_folder() == platformdirs.user_data_path("mariel", appauthor=False)
        assert runs_folder() == home_folder() / "checkpoints"
        assert cache_folder() == platformdirs.user_cache_path("mariel", appauthor=False)
        assert installed.parent not in (*runs_folder().parents, *cache_folder().parents)
        assert shipped_runs_folder().is_relative_to(installed)

    @pytest.mark.parametrize("place", ["repository", "installed"])
    def test_a_home_folder_has_everything(self, request, tmp_path, monkeypatch, place):
        if place == "installed":
            request.getfixturevalue("installed")
        monkeypatch.setenv("MARIEL_HOME", str(tmp_path / "home"))
        assert home_folder() == tmp_path / "home"
        assert runs_folder() == tmp_path / "home" / "checkpoints"
        assert cache_folder() == tmp_path / "home" / "cache"

    def test_single_folders_can_be_named(self, tmp_path, monkeypatch):
        monkeypatch.setenv("MARIEL_HOME", str(tmp_path / "home"))
        monkeypatch.setenv("MARIEL_CHECKPOINTS", str(tmp_path / "runs"))
        monkeypatch.setenv("MARIEL_CACHE", str(tmp_path / "cache"))
        assert (runs_folder(), cache_folder()) == (tmp_path / "runs", tmp_path / "cache")

    def test_a_run_is_found_by_its_name(self, tmp_path, monkeypatch):
        monkeypatch.setenv("MARIEL_CHECKPOINTS", str(tmp_path))
        (tmp_path / "waltz").mkdir()
        assert find_run_folder("waltz") == tmp_path / "waltz"
        assert find_run_folder("nobody") == Path("nobody")


class TestLocks:
    @pytest.fixture
    def owner(self, tmp_path):
        """Another process that holds the lock file `lock`."""
        command = [sys.executable, "-c", HOLD_LOCK, str(tmp_path / "lock")]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT)
        assert process.stdout.readline() == b"held\n"
        yield process
        process.kill()
        process.communicate()

    def test_a_lock_names_its_owner_until_it_is_killed(self, tmp_path, owner):
        path = tmp_path / "lock"
        assert is_locked(path)
        refused = pytest.raises(RunError, match=rf"another process \(pid {owner.pid}\) writes the poem")
        with refused, hold_lock(path, "the poem", timeout=0.05):
            pass
        owner.kill()
        owner.wait()
        assert not is_locked(path)
        with hold_lock(path, "the poem"):
            assert is_locked(path)
        assert not is_locked(path)

    def test_checking_creates_nothing_and_needs_no_permission_to_write(self, tmp_path):
        assert not is_locked(tmp_path / "lock")
        assert list(tmp_path.iterdir()) == []
        (tmp_path / "lock").touch()
        (tmp_path / "lock").chmod(0o444)
        assert not is_locked(tmp_path / "lock")

    def test_a_missing_folder_stays_missing(self, tmp_path):
        with pytest.raises(WriteError, match="its folder is gone"), hold_lock(tmp_path / "gone" / "lock", "it"):
            pass
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.skipif(os.name == "nt", reason="checks are exclusive on Windows")
    def test_threads_that_check_do_not_take_each_other_for_the_owner(self, tmp_path):
        (tmp_path / "lock").touch()
        found = []

        def check():
            found.append(any(is_locked(tmp_path / "lock") for _ in range(500)))

        threads = [threading.Thread(target=check) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert found == [False] * 4


@pytest.mark.parametrize(
    ("size", "digits", "text"),
    [
        (0, 3, "0 B"),
        (640, 3, "640 B"),
        (1024, 3, "1 kB"),
        (12_600, 3, "12.3 kB"),
        (12_600, 2, "12 kB"),
        (2**31, 3, "2 GB"),
        (2**31 + 2**25, 3, "2.03 GB"),  # more than a limit of 2 GB, and seen to be
        (1023 * 1024, 3, "1 MB"),
        (3_580_000, 2, "3.4 MB"),
        (10**300, 3, "more than 1,000,000 PB"),
    ],
)
def test_bytes_are_told_in_the_largest_unit_that_has_one(size, digits, text):
    assert format_bytes(size, digits) == text
