"""What every process counts for Prometheus."""

from prometheus_client import Counter, Gauge, Histogram

RPC_SERVED = Counter("dossier_rpc_served_total", "Calls answered", ["service", "method", "outcome"])
RPC_SECONDS = Histogram("dossier_rpc_seconds", "Time to answer a call", ["service", "method"])
RPC_CALLS = Counter("dossier_rpc_calls_total", "Calls made to other services", ["service", "method"])
SQL_STATEMENTS = Counter("dossier_sql_statements_total", "SQL statements, transaction frames left out")
EVENTS_PUBLISHED = Counter("dossier_events_published_total", "Events confirmed by the broker", ["type"])
EVENTS_APPLIED = Counter("dossier_events_applied_total", "Events by what became of them", ["type", "outcome"])
OUTBOX_WAITING = Gauge("dossier_outbox_waiting", "Events written and not yet confirmed")
OUTBOX_UNROUTABLE = Gauge("dossier_outbox_unroutable", "Events that no queue wanted; a subscriber's queue is missing")
