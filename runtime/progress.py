"""Tell, in one numbered line a step, what a start is doing and how long each part took.

On a terminal the line shows live what the running program last said, its bar included. Elsewhere
a sign of life comes every ten seconds. Everything said goes to a log; a failure shows its end.
"""

import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

SIGN_OF_LIFE_SECONDS = 10.0


class StepFailed(Exception):
    """A step's program failed; the text says which and what it said last."""


def say(text: str = "") -> None:
    """Print a line at once, also into a pipe."""
    print(text, flush=True)


class Progress:
    """The numbered steps of one start."""

    def __init__(self, total: int, log: Path) -> None:
        self.total = total
        self.number = 0
        self.log = log
        self._title = ""
        self._begin = 0.0
        self._last = ""
        self._is_live = sys.stdout.isatty()
        log.parent.mkdir(parents=True, exist_ok=True)

    def begin(self, title: str) -> None:
        """Open the next step."""
        self.number += 1
        self._title = f"[{self.number}/{self.total}] {title}"
        self._begin = time.monotonic()
        if self._is_live:
            self._show("")

    def end(self, result: str = "") -> None:
        """Close the step, with its result or the time it took."""
        seconds = time.monotonic() - self._begin
        text = f"{self._title} … {result or f'{seconds:.1f} s'}"
        if self._is_live:
            sys.stdout.write("\r\033[K")
        say(text)

    def run(
        self,
        command: Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        may_return: Sequence[int] = (0,),
    ) -> int:
        """Run a program within the step, showing what it says; return its exit status."""
        with self.log.open("a", encoding="utf-8") as log:
            log.write(f"\n{self._title}: {' '.join(command[:6])}\n")
            child = subprocess.Popen(
                command,
                env=dict(env) if env is not None else None,
                cwd=cwd,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
            )
            reader = threading.Thread(target=self._follow, args=(child.stdout, log), daemon=True)
            reader.start()
            try:
                self._watch(child)
            finally:
                if child.poll() is None:
                    child.terminate()
                    child.wait()
                reader.join(5)
        if child.returncode not in may_return:
            if self._is_live:
                self.end("failed")
            raise StepFailed(
                f"{self._title} failed (status {child.returncode}). Its last lines; all of it is "
                f"in {self.log}:\n{_tail(self.log)}"
            )
        return child.returncode

    def _watch(self, child: subprocess.Popen[bytes]) -> None:
        shown = time.monotonic()
        while child.poll() is None:
            time.sleep(0.1)
            if self._is_live:
                self._show(self._last)
            elif time.monotonic() - shown > SIGN_OF_LIFE_SECONDS:
                shown = time.monotonic()
                say(f"{self._title} … {shown - self._begin:.0f} s  {self._last}"[:160].rstrip())

    def _follow(self, stream: IO[bytes] | None, log: IO[str]) -> None:
        """Copy output to the log, taking the carriage returns of a bar as line ends."""
        self._last, held = "", b""
        while stream and (chunk := os.read(stream.fileno(), 65_536)):
            lines = (held + chunk).replace(b"\r", b"\n").split(b"\n")
            held = lines.pop()
            said = [line.decode(errors="replace").rstrip() for line in lines]
            said = [line for line in said if line]
            if said:
                self._last = said[-1]
                log.write("\n".join(said) + "\n")
                log.flush()
        if held:
            log.write(held.decode(errors="replace") + "\n")

    def _show(self, text: str) -> None:
        width = shutil.get_terminal_size().columns - 1
        seconds = time.monotonic() - self._begin
        line = f"{self._title} … {seconds:.0f} s  {text.strip()}"
        sys.stdout.write(f"\r\033[K{line[:width]}")
        sys.stdout.flush()


def _tail(log: Path, lines: int = 25) -> str:
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])
