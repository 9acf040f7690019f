"""Files that this app reads: statements."""

from scoring.imports.kind import StatementKind

__all__ = ["StatementKind"]
