"""Every statement on its way to the database: counted, and a span of its own where its request is traced."""

from contextlib import AbstractContextManager, nullcontext
from typing import Any

from sqlalchemy import Engine, event

from chassis import tracing
from chassis.metrics import SQL_STATEMENTS

UNTRACED: AbstractContextManager[Any] = nullcontext()


def watch(engine: Engine) -> None:
    """Count and trace what goes through an engine."""
    event.listen(engine, "before_cursor_execute", _begin)
    event.listen(engine, "after_cursor_execute", _end)
    event.listen(engine, "handle_error", _fail)


def traced(sql: str) -> AbstractContextManager[Any]:
    """Put what is not the engine's own execution into a span."""
    return tracing.statement(sql) or UNTRACED


def _begin(_connection: Any, _cursor: Any, statement: str, _parameters: Any, context: Any, _many: Any) -> None:
    if statement.startswith("BEGIN"):  # with the actor's name in it
        return
    SQL_STATEMENTS.inc()
    span = tracing.statement(statement)
    if span is not None and context is not None:
        context.dossier_span = span


def _end(_connection: Any, _cursor: Any, _statement: str, _parameters: Any, context: Any, _many: Any) -> None:
    span = getattr(context, "dossier_span", None)
    if span is not None:
        span.end()


def _fail(error: Any) -> None:
    span = getattr(error.execution_context, "dossier_span", None)
    if span is not None:
        span.fail(getattr(error.original_exception, "sqlstate", None) or type(error.original_exception).__name__)
        span.end()
