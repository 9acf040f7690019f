"""Skip a step whose inputs did not change since it last succeeded.

A stamp lies inside what the step made, so that deleting the result also deletes the claim.
"""

import hashlib
from collections.abc import Iterable
from pathlib import Path


def digest(paths: Iterable[Path], *facts: str) -> str:
    """Return one sum over the files' names and contents and over further facts."""
    total = hashlib.sha256()
    for fact in facts:
        total.update(fact.encode() + b"\0")
    for path in sorted(set(paths)):
        total.update(str(path).encode() + b"\0")
        if path.is_file():
            total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


class Stamp:
    """What a step was last done for, in one small file."""

    def __init__(self, path: Path, wanted: str) -> None:
        self.path = path
        self.wanted = wanted

    @property
    def is_current(self) -> bool:
        """True when the step was done for exactly these inputs."""
        try:
            return self.path.read_text().strip() == self.wanted
        except OSError:
            return False

    def set(self) -> None:
        """Note that the step is done."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_text(f"{self.wanted}\n")
