"""One JSON line per thing that happened, with the request it happened for."""

import logging
import sys
from typing import Any

import structlog

from chassis import tracing
from chassis.context import Context

log = structlog.get_logger()


def setup(service: str, level: str) -> None:
    """Send our own and the libraries' log lines to standard error as JSON."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        _name_trace,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )

    def name_service(_: Any, __: str, event: Any) -> Any:
        return {"service": service, **event}

    handler = logging.StreamHandler(sys.stderr)
    renderer = structlog.processors.JSONRenderer(default=str)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, name_service, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for noisy in ("amqp", "kombu", "nameko", "aiormq", "uvicorn.access"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def _name_trace(_: Any, __: str, event: Any) -> Any:
    trace_id = tracing.trace_id()
    return {**event, "trace_id": trace_id} if trace_id else event


def bind(ctx: Context, call: str) -> None:
    """Every line that this greenlet or task writes from here on carries the request's ids."""
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(
        correlation_id=ctx.correlation_id, firm_id=str(ctx.firm_id or ""), actor_id=str(ctx.actor.id or ""), call=call
    )
