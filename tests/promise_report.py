"""Write down what a test run proved of the promises, for `manage.py promises`.

A test names a promise by `@pytest.mark.promise("R1")`. A test that runs many cases inside says how
many by `record_property("cases", 600)`; otherwise it counts as one. With several processes the
controller alone writes, for the marks travel in the reports. A run without any such test leaves the
record of the one before.

A plugin: `pytest_plugins = ["tests.promise_report"]` in the top conftest.
"""

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

RECORD = Path(__file__).resolve().parent.parent / "var" / "promises.json"
PROPERTY = "promise"
CASES = "cases"


class PromiseRecorder:
    """The outcome of every test that proves a promise, by node id."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.started = datetime.now(UTC)
        self.found: dict[str, dict[str, Any]] = {}

    @pytest.hookimpl
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep the worst outcome of a test's three phases."""
        properties = list(report.user_properties)
        promises = [str(value) for name, value in properties if name == PROPERTY]
        if not promises:
            return
        entry = self.found.setdefault(
            report.nodeid, {"promises": promises, "outcome": "passed", "cases": 1, "seconds": 0.0}
        )
        entry["seconds"] = round(entry["seconds"] + report.duration, 3)
        cases = [int(str(value)) for name, value in properties if name == CASES]
        if cases:
            entry["cases"] = sum(cases)
        if report.outcome == "failed":
            entry["outcome"] = "failed"
        elif report.outcome == "skipped" and entry["outcome"] == "passed":
            entry["outcome"] = "skipped"

    @pytest.hookimpl
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Write the record whole or not at all."""
        if not self.found:
            return
        record = {
            "started": self.started.isoformat(timespec="seconds"),
            "ended": datetime.now(UTC).isoformat(timespec="seconds"),
            "arguments": list(session.config.invocation_params.args),
            "exit_status": int(exitstatus),
            "tests": [{"test": test, **entry} for test, entry in sorted(self.found.items())],
        }
        self.path.parent.mkdir(parents=True, exist_ok=True)
        part = self.path.with_suffix(".part")
        part.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
        os.replace(part, self.path)


def list_marked(item: pytest.Item) -> Iterator[str]:
    """Yield the ids that a test's marks name, those of its class and module included."""
    for mark in item.iter_markers("promise"):
        for promise in mark.args:
            yield str(promise)


@pytest.hookimpl
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the marks travel with the reports, from worker processes too."""
    for item in items:
        for promise in dict.fromkeys(list_marked(item)):
            item.user_properties.append((PROPERTY, promise))


@pytest.hookimpl
def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the record be put elsewhere, as the test of this plugin does."""
    parser.addoption("--promise-record", type=Path, default=RECORD, help="file of the record")


@pytest.hookimpl
def pytest_configure(config: pytest.Config) -> None:
    """Record in the process that sees every report."""
    is_worker = hasattr(config, "workerinput")
    if not is_worker and not config.option.collectonly:
        path = config.getoption("promise_record", RECORD)
        config.pluginmanager.register(PromiseRecorder(path), "promise-recorder")
