"""What `make run` takes from the environment, and how it refuses."""

import socket
from pathlib import Path

import pytest

from runtime.config import BadConfig, is_port_free, read_config

SECRET = "hunter2-must-not-be-shown"


def refusal(env: dict[str, str], folder: Path) -> list[str]:
    with pytest.raises(BadConfig) as caught:
        read_config({"DATA_DIR": str(folder), **env})
    return caught.value.problems


class TestReadConfig:
    def test_has_a_default_for_everything(self, tmp_path: Path) -> None:
        config = read_config({"DATA_DIR": str(tmp_path)})
        assert (config.bind, config.port) == ("127.0.0.1", 8000)
        assert config.address == "http://127.0.0.1:8000"
        assert config.external_database is None
        assert config.external_broker is None
        assert config.demo
        assert config.demo_customers == 300

    @pytest.mark.parametrize("port", ["eighty", "0", "65536", "-1", "8000.0", "８０００", "1e3"])
    def test_refuses_a_port_that_is_none(self, port: str, tmp_path: Path) -> None:
        assert refusal({"PORT": port}, tmp_path) == ["PORT must be a whole number from 1 to 65535"]

    @pytest.mark.parametrize(
        "url",
        [
            f"mysql://root:{SECRET}@localhost/credit",
            f"sqlite:///{SECRET}.db",
            f"postgres:{SECRET}",
            f"postgres://user:{SECRET}@host",
        ],
    )
    def test_refuses_another_engine_and_never_shows_the_value(
        self, url: str, tmp_path: Path
    ) -> None:
        (problem,) = refusal({"DATABASE_URL": url}, tmp_path)
        assert problem.startswith("DATABASE_URL ")
        assert SECRET not in problem

    def test_refuses_a_broker_of_another_kind(self, tmp_path: Path) -> None:
        (problem,) = refusal({"REDIS_URL": f"amqp://guest:{SECRET}@host//"}, tmp_path)
        assert problem == "REDIS_URL must start with redis:// or rediss:// or unix://"

    @pytest.mark.parametrize("name", ["PORT", "BIND", "DATABASE_URL", "REDIS_URL", "SECRET_KEY"])
    def test_refuses_what_is_set_but_empty(self, name: str, tmp_path: Path) -> None:
        (problem,) = refusal({name: ""}, tmp_path)
        assert problem.startswith(f"{name} is set but empty")

    def test_refuses_a_data_folder_below_a_file(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        assert refusal({"DATA_DIR": str(tmp_path / "file" / "x")}, tmp_path) == [
            "DATA_DIR cannot be made"
        ]

    def test_refuses_debug_on_a_public_address(self, tmp_path: Path) -> None:
        (problem,) = refusal({"DEBUG": "yes", "BIND": "0.0.0.0"}, tmp_path)
        assert "DEBUG" in problem
        assert "BIND" in problem

    def test_names_every_bad_variable_at_once(self, tmp_path: Path) -> None:
        env = {"PORT": "x", "BIND": "example.com", "DEMO": "maybe", "DEMO_CUSTOMERS": "0"}
        names = [problem.split()[0] for problem in refusal(env, tmp_path)]
        assert sorted(names) == ["BIND", "DEMO", "DEMO_CUSTOMERS", "PORT"]


class TestIsPortFree:
    def test_tells_a_taken_port_from_a_free_one(self) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            assert not is_port_free("127.0.0.1", port)
        assert is_port_free("127.0.0.1", port)
