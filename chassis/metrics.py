"""What every process counts for Prometheus; no label has a value for each firm, account or person."""

from prometheus_client import Counter, Gauge, Histogram

AGES = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 7200)  # s

RPC_SERVED = Counter("dossier_rpc_served_total", "Calls answered", ["service", "method", "outcome"])
RPC_SECONDS = Histogram("dossier_rpc_seconds", "Time to answer a call", ["service", "method"])
RPC_CALLS = Counter("dossier_rpc_calls_total", "Calls made to other services", ["service", "method"])
RPC_UNANSWERED = Counter(
    "dossier_rpc_unanswered_total",
    "Calls without an answer: late (past their deadline), absent (nobody serves them) or lost (the broker went)",
    ["service", "method", "reason"],
)
BROKER_CONNECTED = Gauge("dossier_broker_connected", "Whether this process has a connection to the broker")
SQL_STATEMENTS = Counter("dossier_sql_statements_total", "SQL statements, transaction frames left out")
SQL_TRANSACTIONS = Histogram("dossier_sql_transaction_seconds", "Time from a transaction's begin to its end", ["kind"])
SQL_FAILURES = Counter(
    "dossier_sql_failures_total",
    "Transactions that could not be: gone (no database), busy (locks, conflicts), full (no connection left)",
    ["reason"],
)
POOL_SIZE = Gauge("dossier_pool_connections_max", "Connections to the database that this process may hold")
POOL_USED = Gauge("dossier_pool_connections_used", "Connections to the database that are at work")
EVENTS_PUBLISHED = Counter("dossier_events_published_total", "Events confirmed by the broker", ["type"])
EVENTS_APPLIED = Counter("dossier_events_applied_total", "Events by what became of them", ["type", "outcome"])
EVENTS_AGE = Histogram("dossier_event_age_seconds", "Time from an event's writing to its application", buckets=AGES)
OUTBOX_WAITING = Gauge("dossier_outbox_waiting", "Events written and not yet confirmed, 10,000 at most")
OUTBOX_OLDEST = Gauge("dossier_outbox_oldest_seconds", "Age of the oldest event that is written and not yet confirmed")
OUTBOX_UNROUTABLE = Gauge("dossier_outbox_unroutable", "Events that no queue wanted; a subscriber's queue is missing")
SPANS = Counter("dossier_spans_total", "Spans handed to the collector of traces: taken or lost", ["outcome"])

for _reason in ("gone", "busy", "full"):
    SQL_FAILURES.labels(_reason)  # a counter that is born at its first failure hides it from `rate`
