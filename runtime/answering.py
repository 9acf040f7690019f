"""Ask a server whether it is ready, in its own protocol and with nothing but a socket.

An open port is not enough: PostgreSQL accepts connections while it still recovers, and Valkey
while it still loads.
"""

import socket
import ssl
import struct
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote

_PROTOCOL_3 = 196_608
_CANNOT_CONNECT_NOW = b"57P03"


@dataclass(frozen=True)
class Place:
    """Where a server listens: a socket's path, or a host and a port."""

    host: str
    port: int
    path: str = ""
    tls: bool = False

    def connect(self, timeout: float) -> socket.socket:
        """Return an open connection; raise `OSError` when there is none."""
        if self.path:
            link = socket.socket(socket.AF_UNIX)
            link.settimeout(timeout)
            try:
                link.connect(self.path)
            except OSError:
                link.close()
                raise
            return link
        link = socket.create_connection((self.host, self.port), timeout)
        if self.tls:
            return ssl.create_default_context().wrap_socket(link, server_hostname=self.host)
        return link


def database_place(url: str) -> Place:
    """Read a database's address; a socket folder stands in the host's place, as `%2Fpath`."""
    rest = url.partition("://")[2]
    location, _, query = rest.partition("?")
    address = location.partition("/")[0].rpartition("@")[2]
    host, port = _host_and_port(address, 5432)
    host = dict(parse_qsl(query)).get("host") or host or "localhost"
    if host.startswith("/"):
        return Place("", port, path=f"{host}/.s.PGSQL.{port}")
    return Place(host, port)


def broker_place(url: str) -> Place:
    """Read a broker's address: redis://, rediss:// or unix://."""
    scheme, _, rest = url.partition("://")
    rest = rest.partition("?")[0]
    if scheme == "unix":
        return Place("", 0, path=rest.rpartition("@")[2])
    host, port = _host_and_port(rest.partition("/")[0].rpartition("@")[2], 6379)
    return Place(host or "localhost", port, tls=scheme == "rediss")


def is_database_ready(url: str, timeout: float = 2.0) -> bool:
    """Say whether PostgreSQL takes sessions; a refused login counts as an answer."""
    fields = b"user\0postgres\0database\0postgres\0\0"
    hello = struct.pack("!ii", 8 + len(fields), _PROTOCOL_3) + fields
    try:
        with database_place(url).connect(timeout) as link:
            link.sendall(hello)
            answer = link.recv(4096)
    except OSError:
        return False
    return bool(answer) and not (answer[:1] == b"E" and _CANNOT_CONNECT_NOW in answer)


def is_broker_ready(url: str, timeout: float = 2.0) -> bool:
    """Say whether the broker takes commands; a demand for a password counts as an answer."""
    try:
        with broker_place(url).connect(timeout) as link:
            link.sendall(b"PING\r\n")
            answer = link.recv(128)
    except OSError:
        return False
    return bool(answer) and not answer.startswith(b"-LOADING")


def _host_and_port(address: str, default: int) -> tuple[str, int]:
    if address.startswith("["):
        host, _, tail = address[1:].partition("]")
        port = tail.lstrip(":")
    else:
        host, _, port = address.partition(":")
    return unquote(host), int(port) if port.isdigit() else default
