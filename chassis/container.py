"""A nameko container without its four timing logs per call: a fifth of a call's cost (stack.md, row 8)."""

import sys
from typing import Any

from nameko.containers import ServiceContainer, WorkerContext

from chassis import tracing
from chassis.errors import AppError, Unavailable
from chassis.logs import log


class LeanContainer(ServiceContainer):
    """The same life of a worker: dependencies, method, result, teardown."""

    def _run_worker(self, worker_ctx: WorkerContext, handle_result: Any) -> None:
        with tracing.opened(worker_ctx.data) as span:
            self._run_within(span, worker_ctx, handle_result)

    def _run_within(self, span: tracing.Span, worker_ctx: WorkerContext, handle_result: Any) -> None:
        self._inject_dependencies(worker_ctx)
        self._worker_setup(worker_ctx)
        result = exc_info = None
        name = worker_ctx.entrypoint.method_name
        try:
            result = getattr(worker_ctx.service, name)(*worker_ctx.args, **worker_ctx.kwargs)
        except Unavailable as exc:
            exc_info = sys.exc_info()
            span.fail(exc.code)
            log.warning("call could not be done", call=name, error=str(exc))
        except AppError as exc:
            exc_info = sys.exc_info()
            log.info("call refused", call=name, error=str(exc))
        except Exception as exc:  # noqa: BLE001 (one call's crash must not end the process; it is logged and answered)
            exc_info = sys.exc_info()
            span.fail(type(exc).__name__)
            log.exception("call crashed", call=name)
        if handle_result is not None:
            result, exc_info = handle_result(worker_ctx, result, exc_info)
        self._worker_result(worker_ctx, result, exc_info)
        del exc_info  # breaks a cycle through the traceback, so that the frame is freed at once
        self._worker_teardown(worker_ctx)
