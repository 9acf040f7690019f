"""Bad environment values are refused by name, all at once, without showing the value."""

from pathlib import Path

import pytest

from credit_mgmt.environment import BadEnvironment, parse_database_url, read_environment


def good(tmp_path: Path, **changes: str) -> dict[str, str]:
    return {"DATA_DIR": str(tmp_path), "SECRET_KEY": "x" * 40} | changes


class TestReadEnvironment:
    def test_needs_nothing_but_a_folder(self, tmp_path: Path) -> None:
        env = read_environment({"DATA_DIR": str(tmp_path)})
        assert env.port == 8000
        assert env.database["HOST"].endswith("/s")
        assert len(env.secret_key) >= 32
        assert (tmp_path / "secret_key").stat().st_mode & 0o777 == 0o600

    def test_keeps_the_key_it_made(self, tmp_path: Path) -> None:
        first = read_environment({"DATA_DIR": str(tmp_path)})
        assert read_environment({"DATA_DIR": str(tmp_path)}).secret_key == first.secret_key

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("PORT", "eighty"),
            ("PORT", "0"),
            ("PORT", "65536"),
            ("DEBUG", "perhaps"),
            ("DATABASE_URL", "mysql://u:secret-word@h/db"),
            ("DATABASE_URL", "postgres://u:secret-word@h/"),
            ("DATABASE_URL", "postgres://u:secret-word@h:port/db"),
            ("REDIS_URL", "http://secret-word"),
            ("SECRET_KEY", "secret-word"),
            ("EMAIL_PORT", "smtp"),
            ("PROCESS_KIND", "secret-word"),
        ],
    )
    def test_names_the_variable_and_hides_the_value(
        self, tmp_path: Path, name: str, value: str
    ) -> None:
        with pytest.raises(BadEnvironment) as caught:
            read_environment(good(tmp_path, **{name: value}))
        assert name in str(caught.value)
        assert "secret-word" not in str(caught.value)

    def test_reports_every_problem_at_once(self, tmp_path: Path) -> None:
        with pytest.raises(BadEnvironment) as caught:
            read_environment(good(tmp_path, PORT="x", DEBUG="y", REDIS_URL="z"))
        assert len(caught.value.problems) == 3


class TestParseDatabaseUrl:
    def test_reads_host_port_and_options(self) -> None:
        parts = parse_database_url("postgres://u:p%40ss@db.example:5433/credit?sslmode=require")
        assert parts == {
            "NAME": "credit",
            "USER": "u",
            "PASSWORD": "p@ss",
            "HOST": "db.example",
            "PORT": "5433",
            "SSLMODE": "require",
        }

    def test_reads_a_socket_folder_with_capitals(self) -> None:
        parts = parse_database_url("postgres://postgres@%2Ftmp%2FDeep%2Fs/credit")
        assert parts["HOST"] == "/tmp/Deep/s"
