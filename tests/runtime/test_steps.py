"""Steps that are skipped, shown, or failed; the supervisor's file; the programs' environment."""

import configparser
import sys
from pathlib import Path

import pytest

from runtime.config import Config, read_config
from runtime.progress import Progress, StepFailed
from runtime.run import program_env
from runtime.stamps import Stamp, digest
from runtime.supervise import write_config


@pytest.fixture
def progress(tmp_path: Path) -> Progress:
    steps = Progress(2, tmp_path / "log" / "setup.log")
    steps.begin("Something")
    return steps


class TestProgress:
    def test_numbers_the_steps_and_says_how_long_they_took(
        self, progress: Progress, capsys: pytest.CaptureFixture[str]
    ) -> None:
        progress.run([sys.executable, "-c", "print('a bar\\rdone')"])
        progress.end()
        said = capsys.readouterr().out
        assert said.startswith("[1/2] Something … ")
        assert said.endswith(" s\n")
        assert progress.log.read_text().endswith("a bar\ndone\n")

    def test_shows_the_last_words_of_what_failed(self, progress: Progress) -> None:
        with pytest.raises(StepFailed, match=r"(?s)Something failed \(status 4\).*the reason"):
            progress.run([sys.executable, "-c", "print('the reason'); raise SystemExit(4)"])

    def test_takes_a_status_that_means_an_answer(self, progress: Progress) -> None:
        command = [sys.executable, "-c", "raise SystemExit(3)"]
        assert progress.run(command, may_return=(0, 3)) == 3


class TestStamp:
    def test_is_current_until_an_input_changes(self, tmp_path: Path) -> None:
        source = tmp_path / "requirements.txt"
        source.write_text("a==1")
        stamp = Stamp(tmp_path / "stamps" / "packages", digest([source]))
        assert not stamp.is_current
        stamp.set()
        assert stamp.is_current
        source.write_text("a==2")
        assert not Stamp(stamp.path, digest([source])).is_current


class TestWriteConfig:
    def config(self, folder: Path, **env: str) -> Config:
        return read_config({"DATA_DIR": str(folder), **env})

    def read(self, path: Path) -> configparser.RawConfigParser:
        parser = configparser.RawConfigParser()
        parser.read(path)
        return parser

    def test_stops_servers_last_and_never_gives_up(self, tmp_path: Path) -> None:
        path = write_config(self.config(tmp_path), broker_port=16379, as_root=False)
        programs = self.read(path)
        names = [s.partition(":")[2] for s in programs.sections() if s.startswith("program:")]
        assert sorted(names) == ["beat", "postgres", "valkey", "web", "worker"]
        priority = {name: programs.getint(f"program:{name}", "priority") for name in names}
        servers = max(priority["postgres"], priority["valkey"])
        assert servers < min(priority["web"], priority["worker"], priority["beat"])
        for name in names:
            assert programs.getboolean(f"program:{name}", "autorestart")
            assert programs.getint(f"program:{name}", "startretries") >= 1_000_000

    def test_holds_no_address_and_starts_no_server_that_is_external(self, tmp_path: Path) -> None:
        config = self.config(
            tmp_path,
            DATABASE_URL="postgres://u:secret-1@db/x",
            REDIS_URL="redis://:secret-2@cache/0",
        )
        text = write_config(config, broker_port=0, as_root=False).read_text()
        assert "secret" not in text
        assert "runtime.postgres" not in text
        assert "runtime.valkey" not in text


class TestProgramEnv:
    def test_demo_mode_needs_logins_of_our_own_making(self, tmp_path: Path) -> None:
        config = read_config({"DATA_DIR": str(tmp_path), "DATABASE_URL": "postgres://u@db/x"})
        assert program_env(config, "redis://cache/0")["DEMO"] == "no"
        (tmp_path / "demo_password").write_text("sales …")
        assert program_env(config, "redis://cache/0")["DEMO"] == "yes"

    def test_points_at_the_embedded_servers(self, tmp_path: Path) -> None:
        env = program_env(read_config({"DATA_DIR": str(tmp_path)}), "redis://127.0.0.1:1/0")
        assert env["DATABASE_URL"].startswith("postgres://postgres@%2F")
        assert env["DATABASE_URL"].endswith("/credit")
        assert (env["REDIS_URL"], env["DATA_DIR"]) == ("redis://127.0.0.1:1/0", str(tmp_path))
