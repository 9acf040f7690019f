"""Small tools of the tests: query counts kept in a committed file."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import connection
from django.test.utils import CaptureQueriesContext

COUNTS = Path(__file__).parent / "query_counts.json"


@contextmanager
def assert_query_count(name: str) -> Iterator[None]:
    """Check that the block runs exactly as many queries as `query_counts.json` says for `name`.

    With UPDATE_QUERY_COUNTS=1 the file is written instead, so that a change is a visible diff.
    """
    with CaptureQueriesContext(
        connection,
    ) as captured:
        yield
    ran = [q["sql"] for q in captured if not q["sql"].startswith(("SAVEPOINT", "RELEASE"))]
    counts = json.loads(COUNTS.read_text()) if COUNTS.exists() else {}
    if os.environ.get("UPDATE_QUERY_COUNTS"):
        counts[name] = len(ran)
        COUNTS.write_text(json.dumps(counts, indent=1, sort_keys=True) + "\n")
        return
    assert len(ran) == counts.get(name), f"{name}: {len(ran)} queries\n" + "\n".join(ran)
