"""How the web server runs, alike under the supervisor and in the container.

Threads, because a request mostly waits for the database; two processes, so that one can be
replaced (after `max_requests`, or when a request hangs for 30 s) while the other serves.
"""

import os
import sys

_host = os.environ.get("BIND", "127.0.0.1")
bind = f"{f'[{_host}]' if ':' in _host else _host}:{os.environ.get('PORT', '8000')}"
wsgi_app = "credit_mgmt.wsgi:application"
worker_class = "gthread"
preload_app = True  # read once, then forked: a worker that is replaced is there at once
workers = int(os.environ.get("WEB_PROCESSES", "2"))
threads = int(os.environ.get("WEB_THREADS", "8"))
timeout = 30
graceful_timeout = 20
max_requests = 5000
max_requests_jitter = 500
# A worker shows its life by touching a file; on a disk that could hang together with the disk.
worker_tmp_dir = "/dev/shm" if sys.platform == "linux" else None  # noqa: S108
