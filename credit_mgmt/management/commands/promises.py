"""Show what the last test run proved of the promises in docs/reliability.md."""

import json
import re
from argparse import ArgumentParser
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

CATALOGUE = Path("docs") / "reliability.md"
RECORD = Path("var") / "promises.json"
_ROW = re.compile(
    r"^\| (?P<id>[RKS]\d+) \| (?P<text>[^|]+) \| (?P<state>HELD|PARTLY|NOT HELD) \|", re.MULTILINE
)
_PARAMETERS = re.compile(r"\[.*\]$", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Promise:
    """One promise as the documentation states it."""

    id: str
    text: str
    state: str


@dataclass(frozen=True, slots=True)
class Proof:
    """What the last run showed of one promise; `failed` and `skipped` are node ids."""

    id: str
    text: str
    state: str
    tests: int
    cases: int
    result: str
    failed: tuple[str, ...]
    skipped: tuple[str, ...]


def read_promises(text: str) -> list[Promise]:
    """Return the promises of the tables of docs/reliability.md, in their order."""
    return [
        Promise(m["id"], m["text"].strip().replace("`", ""), m["state"])
        for m in _ROW.finditer(text)
    ]


def weigh_proof(promise: Promise, tests: Iterable[dict[str, Any]]) -> Proof:
    """Return what the recorded tests of one promise showed.

    A test with parameters is one test with several cases; what was skipped is no case.
    """
    own = [test for test in tests if promise.id in test["promises"]]
    failed = tuple(test["test"] for test in own if test["outcome"] == "failed")
    skipped = tuple(test["test"] for test in own if test["outcome"] == "skipped")
    ran = [test for test in own if test["outcome"] != "skipped"]
    result = "FAILED" if failed else "PASSED" if ran else "SKIPPED" if skipped else "NO TEST RAN"
    return Proof(
        promise.id,
        promise.text,
        promise.state,
        len({_PARAMETERS.sub("", test["test"]) for test in ran}),
        sum(test["cases"] for test in ran),
        result,
        failed,
        skipped,
    )


class Command(BaseCommand):
    help = "Show, for each promise, which tests of the last run proved it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--format", choices=["table", "json"], default="table")
        parser.add_argument("--record", type=Path, help="another record than var/promises.json")

    def handle(self, *args: Any, **options: Any) -> None:
        record = _read_record(options["record"] or settings.BASE_DIR / RECORD)
        catalogue = settings.BASE_DIR / CATALOGUE
        if not catalogue.exists():
            raise CommandError(f"{CATALOGUE} is not here; run this in a clone of the source.")
        promises = read_promises(catalogue.read_text(encoding="utf-8"))
        proofs = [weigh_proof(promise, record["tests"]) for promise in promises]
        if options["format"] == "json":
            head = {name: value for name, value in record.items() if name != "tests"}
            rows = [asdict(proof) for proof in proofs]
            self.stdout.write(json.dumps({**head, "promises": rows}, ensure_ascii=False))
        else:
            self._table(record, proofs)
        if any(proof.failed for proof in proofs):
            raise SystemExit(1)

    def _table(self, record: dict[str, Any], proofs: Sequence[Proof]) -> None:
        words = " ".join(record["arguments"]) or "all"
        self.stdout.write(f"Test run of {record['ended']}, arguments: {words}\n\n")
        self.stdout.write(
            f"{'id':<5}{'docs say':<10}{'tests':>6}{'cases':>7}  {'result':<12}promise"
        )
        for proof in proofs:
            self.stdout.write(
                f"{proof.id:<5}{proof.state:<10}{proof.tests:>6}{proof.cases:>7}  "
                f"{proof.result:<12}{proof.text}"
            )
            for test in proof.failed:
                self.stdout.write(f"      failed: {test}")
            for test in proof.skipped:
                self.stdout.write(f"      skipped: {test}")
        proven = sum(proof.result == "PASSED" for proof in proofs)
        self.stdout.write(f"\n{proven} of {len(proofs)} promises were proven in that run.")


def _read_record(path: Path) -> dict[str, Any]:
    try:
        record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise CommandError(f"{path} is not here: run `make test` first.") from None
    except ValueError:
        raise CommandError(f"{path} cannot be read: run `make test` again.") from None
    return record
