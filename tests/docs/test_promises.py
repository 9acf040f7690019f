"""The report over the last test run: what a run writes down, and what is read out of it."""

import json
import os
import subprocess
import sys
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from credit_mgmt.management.commands.promises import Promise, read_promises, weigh_proof

ROOT = Path(__file__).resolve().parents[2]

SUITE = """
import pytest

@pytest.mark.promise("R1")
@pytest.mark.parametrize("n", [1, 2, 3])
def test_holds(n):
    pass

@pytest.mark.promise("R1", "K2")
class TestBoth:
    def test_counts(self, record_property):
        record_property("cases", 600)

@pytest.mark.promise("K3")
def test_breaks():
    assert False

@pytest.mark.promise("S1")
@pytest.mark.skip(reason="no data here")
def test_waits():
    pass

@pytest.mark.promise("R2")
def test_breaks_on_the_way_out(request):
    request.addfinalizer(lambda: 1 / 0)

def test_promises_nothing():
    pass
"""


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = promise(id): see docs\n")
    (tmp_path / "test_sample.py").write_text(SUITE)
    return tmp_path


def run_pytest(folder: Path, *arguments: str) -> dict[str, Any] | None:
    record = folder / "record.json"
    subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:django", "-p", "tests.promise_report",
         f"--promise-record={record}", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=False,
        timeout=60,
    )  # fmt: skip
    return json.loads(record.read_text()) if record.exists() else None


def outcomes(record: dict[str, Any]) -> dict[str, tuple[list[str], str, int]]:
    return {
        test["test"].partition("::")[2]: (test["promises"], test["outcome"], test["cases"])
        for test in record["tests"]
    }


class TestRecord:
    @pytest.mark.parametrize("processes", [(), ("-n", "2")], ids=["alone", "two processes"])
    def test_holds_every_marked_test_and_no_other(
        self, suite: Path, processes: tuple[str, ...]
    ) -> None:
        record = run_pytest(suite, *processes)
        assert record is not None
        assert record["exit_status"] == 1
        assert outcomes(record) == {
            "test_holds[1]": (["R1"], "passed", 1),
            "test_holds[2]": (["R1"], "passed", 1),
            "test_holds[3]": (["R1"], "passed", 1),
            "TestBoth::test_counts": (["R1", "K2"], "passed", 600),
            "test_breaks": (["K3"], "failed", 1),
            "test_waits": (["S1"], "skipped", 1),
            "test_breaks_on_the_way_out": (["R2"], "failed", 1),
        }

    def test_of_a_run_without_promises_leaves_the_one_before(self, suite: Path) -> None:
        before = run_pytest(suite, "-k", "test_waits")
        assert run_pytest(suite, "-k", "test_promises_nothing") == before

    def test_is_not_made_by_collecting(self, suite: Path) -> None:
        assert run_pytest(suite, "--collect-only") is None


class TestReadPromises:
    def test_reads_rows_and_nothing_else(self) -> None:
        text = "| R1 | the `limit` holds | NOT HELD | x | – |\n| id | promise | state |\n"
        assert read_promises(text) == [Promise("R1", "the limit holds", "NOT HELD")]

    def test_finds_all_of_the_documentation(self) -> None:
        text = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")
        assert len(read_promises(text)) == 14 + 9 + 22


class TestWeighProof:
    PROMISE = Promise("R1", "the limit holds", "PARTLY")

    @staticmethod
    def entry(name: str, outcome: str = "passed", cases: int = 1) -> dict[str, Any]:
        return {"test": name, "promises": ["R1"], "outcome": outcome, "cases": cases}

    def test_counts_parameters_as_cases_of_one_test(self) -> None:
        proof = weigh_proof(
            self.PROMISE, [self.entry("a.py::t[1]"), self.entry("a.py::t[x-y]", cases=40)]
        )
        assert (proof.tests, proof.cases, proof.result) == (1, 41, "PASSED")

    def test_one_failure_fails_it(self) -> None:
        proof = weigh_proof(self.PROMISE, [self.entry("a.py::t"), self.entry("a.py::u", "failed")])
        assert (proof.result, proof.failed) == ("FAILED", ("a.py::u",))

    def test_skipped_alone_proves_nothing(self) -> None:
        proof = weigh_proof(self.PROMISE, [self.entry("a.py::t", "skipped")])
        assert (proof.tests, proof.cases, proof.result) == (0, 0, "SKIPPED")

    def test_no_test_is_said(self) -> None:
        other = {**self.entry("a.py::t"), "promises": ["K1"]}
        assert weigh_proof(self.PROMISE, [other]).result == "NO TEST RAN"


class TestCommand:
    def call(self, record: Path, *arguments: str) -> str:
        out = StringIO()
        call_command("promises", f"--record={record}", *arguments, stdout=out)
        return out.getvalue()

    def write(self, folder: Path, *tests: dict[str, Any]) -> Path:
        record = folder / "record.json"
        head = {"started": "2026-11-24T08:00:00+00:00", "ended": "2026-11-24T08:09:00+00:00"}
        record.write_text(json.dumps({**head, "arguments": ["-n", "2"], "exit_status": 0,
                                      "tests": list(tests)}))  # fmt: skip
        return record

    def test_shows_each_promise_with_what_proved_it(self, tmp_path: Path) -> None:
        record = self.write(tmp_path, TestWeighProof.entry("a.py::t", cases=600))
        said = self.call(record)
        assert "arguments: -n 2" in said
        rows = [line.split() for line in said.splitlines() if line.startswith(("R", "K", "S"))]
        assert len(rows) == 45
        numbers = rows[0][-1], [word for word in rows[0] if word.isdigit()]
        assert numbers[1] == ["1", "600"]
        assert "1 of 45 promises were proven in that run." in said

    def test_gives_json_to_programs(self, tmp_path: Path) -> None:
        record = self.write(tmp_path, TestWeighProof.entry("a.py::t"))
        data = json.loads(self.call(record, "--format=json"))
        assert data["promises"][0]["result"] == "PASSED"
        assert data["promises"][1]["result"] == "NO TEST RAN"

    def test_ends_with_1_when_one_failed(self, tmp_path: Path) -> None:
        record = self.write(tmp_path, TestWeighProof.entry("a.py::t", "failed"))
        with pytest.raises(SystemExit) as ended:
            self.call(record)
        assert ended.value.code == 1

    def test_says_what_to_do_without_a_record(self, tmp_path: Path) -> None:
        with pytest.raises(CommandError, match="make test"):
            self.call(tmp_path / "none.json")

    def test_says_what_to_do_with_a_broken_one(self, tmp_path: Path) -> None:
        (tmp_path / "bad.json").write_text("{")
        with pytest.raises(CommandError, match="make test"):
            self.call(tmp_path / "bad.json")
