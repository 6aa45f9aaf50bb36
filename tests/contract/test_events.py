"""An event is published if its change was committed, applied once, retried with delay, and never lost."""

from dataclasses import replace

import psycopg
import pytest
from kombu.connection import Connection

from chassis import dead, topology
from chassis.context import new_id
from chassis.wire import to_json
from tests.stack import until

SOME_ID = "00000000-0000-7000-8000-000000000001"


def heard(ask, ctx, word):
    return ask(ctx, "echo", "heard", word=word)["times"]


def test_a_committed_change_is_heard_once(ask, ctx):
    ask(ctx, "toy", "say", word="hello")

    assert until(lambda: heard(ask, ctx, "hello")) == 1


def test_what_was_rolled_back_is_not_heard(ask, ctx, toys):
    with pytest.raises(Exception, match="toy_word_refused"):
        ask(ctx, "toy", "say", word="refused")
    ask(replace_key(ctx), "toy", "say", word="after")
    until(lambda: heard(ask, ctx, "after"))

    assert heard(ask, ctx, "refused") == 0
    until(lambda: waiting_events(toys) == 0)


def test_an_event_delivered_twice_is_applied_once(ask, ctx, toys):
    ask(ctx, "toy", "say", word="twice")
    until(lambda: heard(ask, ctx, "twice"))
    republish(toys, ctx, "twice")
    ask(replace_key(ctx), "toy", "say", word="fence")
    until(lambda: heard(ask, ctx, "fence"))

    assert until(lambda: 'outcome="known"' in toys.metrics("echo"))
    assert heard(ask, ctx, "twice") == 1


def test_a_failing_handler_is_tried_again_until_it_works(ask, ctx, toys):
    with database(toys, "echo") as connection:
        connection.execute("INSERT INTO deaf VALUES ('patience')")
    ask(ctx, "toy", "say", word="patience")
    until(lambda: 'outcome="retried",type="toy.word_said.v1"' in toys.metrics("echo"))
    with database(toys, "echo") as connection:
        connection.execute("DELETE FROM deaf")

    assert until(lambda: heard(ask, ctx, "patience")) == 1


def test_an_event_that_can_never_be_applied_is_set_aside_with_its_reason(ask, ctx, toys, capsys):
    ask(ctx, "toy", "say", word="poison pill")

    assert until(lambda: dead.show(toys.settings, "echo")) >= 1
    assert "this word can never be heard" in capsys.readouterr().out
    assert heard(ask, ctx, "poison pill") == 0


@pytest.mark.parametrize(
    ("body", "properties"),
    [
        (b"\xff not json", {}),
        (b"", {}),
        (b"{}", {"type": "toy.word_said.v1", "message_id": "nobody", "headers": {"nameko.context": "{}"}}),
        (b"{}", {"type": "toy.word_said.v1", "message_id": str(new_id()), "headers": {"nameko.context": "[]"}}),
        (
            b"{}",
            {"type": "toy.word_said.v1", "message_id": str(new_id()), "headers": {"nameko.context": '{"actor": 1}'}},
        ),
    ],
    ids=["no JSON", "nothing", "no id", "no context", "no actor"],
)
def test_what_is_no_event_at_all_is_set_aside_too(toys, capsys, body, properties):
    """Bytes say nothing of their encoding, so kombu calls it binary, which is none."""
    before = dead.show(toys.settings, "echo")
    publish(toys, topology.events_queue(toys.settings, "echo"), body, **properties)

    assert until(lambda: dead.show(toys.settings, "echo") > before)
    assert toys.processes["echo"].poll() is None


def test_dead_letters_can_be_replayed(ask, ctx, toys, capsys, monkeypatch):
    with database(toys, "echo") as connection:
        connection.execute("INSERT INTO deaf VALUES ('forgiven')")
    ask(ctx, "toy", "say", word="forgiven")
    until(lambda: dead.show(toys.settings, "echo") and "deaf for the moment" in capsys.readouterr().out, timeout=20)
    with database(toys, "echo") as connection:
        connection.execute("DELETE FROM deaf")

    for key in ("AMQP_URI", "DOSSIER_NAMESPACE"):
        monkeypatch.setenv(key, toys.env[key])
    assert dead.main(["echo", "--replay"]) == 0
    assert "handed to echo again" in capsys.readouterr().out
    assert until(lambda: heard(ask, ctx, "forgiven")) == 1


def test_an_event_outlives_its_subscriber(ask, ctx, toys):
    toys.kill("echo")
    ask(ctx, "toy", "say", word="patient")
    toys.start("echo")

    assert until(lambda: heard(ask, ctx, "patient")) == 1


def test_an_event_nobody_wants_stays_and_is_counted(ask, ctx, toys):
    with database(toys, "toy") as connection:
        connection.execute(
            "INSERT INTO outbox (event_id, type, body, context) VALUES (%s, 'toy.unwanted.v1', '{}', '{}')", [new_id()]
        )

    assert until(lambda: "dossier_outbox_unroutable 1.0" in toys.metrics("toy"))
    assert "dossier_outbox_oldest_seconds 0.0\n" not in toys.metrics("toy")
    with database(toys, "toy") as connection:
        connection.execute("DELETE FROM outbox WHERE type = 'toy.unwanted.v1'")


def replace_key(ctx):
    return replace(ctx, key=new_id().hex)


def database(toys, name):
    return psycopg.connect(f"{toys.env['DATABASE_URL'].rpartition('/')[0]}/{toys.prefix}_{name}", autocommit=True)


def waiting_events(toys):
    with database(toys, "toy") as connection:
        return connection.execute("SELECT count(*) FROM outbox").fetchone()[0]


def publish(toys, queue, body, **properties):
    with Connection(toys.settings.amqp_uri) as connection:
        connection.Producer().publish(body, routing_key=queue, content_type="application/json", **properties)


def republish(toys, ctx, word):
    """The same event once more, as a broker may deliver it that never saw the acknowledgement."""
    with database(toys, "echo") as connection:
        query = "SELECT event_id FROM inbox ORDER BY applied_at DESC LIMIT 1"
        (event_id,) = connection.execute(query).fetchone()
    publish(
        toys,
        topology.events_queue(toys.settings, "echo"),
        to_json({"word": word, "times": 1}),
        message_id=str(event_id),
        type="toy.word_said.v1",
        headers={"nameko.context": to_json(ctx.to_wire()).decode()},
    )
