"""Measure a piece of work: wall time, CPU of this process and its database session, peak memory."""

import os
import statistics
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from django.db import connection

ENOUGH_SECONDS = 2.0
MOST_RUNS = 15


@dataclass(frozen=True)
class Cost:
    """What one run costs: medians over the runs; memory is the highest seen, in MiB."""

    seconds: float
    cpu_seconds: float
    peak_mb: float


@dataclass(frozen=True)
class Result:
    """One line of `results.json`: the names are fixed by the contract."""

    job: str
    size: int
    seconds: float
    cpu_seconds: float
    peak_mb: float
    limit_seconds: float
    ratio: float

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def compare(job: str, size: int, cost: Cost, limit: Cost) -> Result:
    """Put the product's cost beside what the same data allows on this machine."""
    return Result(
        job=job,
        size=size,
        seconds=round(cost.seconds, 5),
        cpu_seconds=round(cost.cpu_seconds, 5),
        peak_mb=round(cost.peak_mb, 1),
        limit_seconds=round(limit.seconds, 5),
        ratio=round(cost.seconds / max(limit.seconds, 1e-6), 2),
    )


def measure(work: Callable[[], Any], *, runs: int | None = None) -> Cost:
    """Run the work; without a number, once to warm up and then until two seconds are spent."""
    walls: list[float] = []
    cpus: list[float] = []
    with PeakMemory() as memory:
        if runs is None:
            work()
        while len(walls) < (runs or MOST_RUNS):
            cpu, begin = _cpu_seconds(), time.perf_counter()
            work()
            walls.append(time.perf_counter() - begin)
            cpus.append(_cpu_seconds() - cpu)
            if runs is None and sum(walls) > ENOUGH_SECONDS and len(walls) >= 3:
                break
    return Cost(statistics.median(walls), statistics.median(cpus), memory.peak_mb)


def backend_pid() -> int:
    """Return the process id of this session's database backend."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_backend_pid()")
        return int(cursor.fetchone()[0])


def _cpu_seconds() -> float:
    times = os.times()
    own = times.user + times.system + times.children_user + times.children_system
    return own + _backend_cpu(backend_pid())


def _backend_cpu(pid: int) -> float:
    """Return the backend's CPU seconds; 0 where the server is on another machine."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / float(os.sysconf("SC_CLK_TCK"))


def private_kib(pid: int | str) -> int:
    """Return a process's private memory; 0 where it cannot be read."""
    try:
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("RssAnon:"):
                return int(line.split()[1])
    except OSError:
        pass
    return 0


class PeakMemory:
    """Watches private memory of this process and its database backend."""

    def __init__(self, every: float = 0.02) -> None:
        self.every = every
        self.peak_kib = 0
        self._stop = threading.Event()
        self._backend = backend_pid()

    @property
    def peak_mb(self) -> float:
        return self.peak_kib / 1024

    def __enter__(self) -> "PeakMemory":
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        while True:
            now = private_kib("self") + private_kib(self._backend)
            self.peak_kib = max(self.peak_kib, now)
            if self._stop.wait(self.every):
                return
