"""What a span says of a statement, and how spans leave a process of green threads."""

import subprocess
import sys

import pytest

from chassis.config import SettingsError, load_settings
from chassis.spans import described
from deploy.local.services import ROOT
from tests.collector import Collector

# In a process of its own, as services are: patched before anything else is imported.
GREEN = """
import eventlet
eventlet.monkey_patch()
import sys, time
from chassis import tracing
from chassis.config import Settings

tracing.setup(Settings(otlp_endpoint=sys.argv[1]), "green")
ticks = []

def tick():
    while True:
        ticks.append(time.monotonic())
        eventlet.sleep(0.01)

def work(number):
    with tracing.span("server", f"work {number}") as span:
        eventlet.sleep(0.01)
        with tracing.span("client", f"ask {number}") as inner:
            assert inner.traceparent[3:35] == span.traceparent[3:35]
        assert tracing.trace_id() == span.traceparent[3:35]

eventlet.spawn(tick)
pool = eventlet.GreenPool(20)
for number in range(50):
    pool.spawn(work, number)
pool.waitall()
assert tracing.trace_id() is None
began = time.monotonic()
eventlet.sleep(1.5)  # a batch goes out meanwhile
tracing.stop()
print(max(after - before for before, after in zip(ticks, ticks[1:])), time.monotonic() - began)
"""


def green(url):
    """How long the hub was held up at most, and how long handing over took, in seconds."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", GREEN, url],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return tuple(map(float, done.stdout.split()[-2:]))


def test_green_threads_each_have_their_trace_and_hand_it_over():
    with Collector() as collector:
        green(collector.url)

    asked = [one for one in collector.spans if one.kind == "client"]
    ids = {one.id: one for one in collector.spans}
    assert len(collector.spans) == 100
    assert all(ids[one.parent_id].name == one.name.replace("ask", "work") for one in asked)
    assert len({one.trace_id for one in asked}) == 50


def test_nobody_waits_for_a_collector_that_takes_nothing():
    held_up, handing_over = green("http://127.0.0.1:9")

    assert held_up < 2.0  # s; on a machine that does other things besides
    assert handing_over < 12.0


@pytest.mark.parametrize(
    ("sql", "summary", "shape"),
    [
        (
            "SELECT account.name \nFROM account JOIN team ON true WHERE account.firm_id = %(firm)s",
            "SELECT account team",
            "SELECT account.name FROM account JOIN team ON true WHERE account.firm_id = %(firm)s",
        ),
        (
            "INSERT INTO word (firm_id, word) VALUES (%(firm_id)s::UUID, %(word)s::VARCHAR)",
            "INSERT word",
            "INSERT INTO word (firm_id, word) VALUES (%(firm_id)s::UUID, …)",
        ),
        (
            "UPDATE person SET name = 'O''Neill', age = 47 WHERE email = 'x@example.com'",
            "UPDATE person",
            "UPDATE person SET name = ?, age = ? WHERE email = ?",
        ),
        ("DO $$ BEGIN RAISE 'Anna'; END $$", "DO", "DO ?"),
    ],
)
def test_a_statement_is_told_by_its_shape(sql, summary, shape):
    assert described(sql) == (summary, shape)


@pytest.mark.parametrize(
    ("variable", "text"), [("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4317"), ("OTEL_TRACES_SAMPLER_ARG", "10")]
)
def test_a_wrong_setting_is_named(variable, text):
    with pytest.raises(SettingsError, match=variable):
        load_settings({variable: text})
