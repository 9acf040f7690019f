"""The id of the request or job at work, carried to events and log lines."""

from contextvars import ContextVar

REQUEST_ID: ContextVar[str] = ContextVar("request_id", default="")
