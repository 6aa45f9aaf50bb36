"""The program of docs/subscribing.md, as it stands there, against the running system."""

import contextlib
import secrets
import sqlite3
from pathlib import Path

import pytest
from amqp.basic_message import Message
from amqp.exceptions import AccessRefused
from kombu.connection import Connection

from chassis import topology
from chassis.config import load_settings
from tests.broker import Line, user
from tests.listening import Listener
from tests.programs import Program
from tests.stack import until


class Outside:
    """The subscriber with a user, a queue and a file of its own."""

    def __init__(self, stack, uri, folder):
        self.settings = load_settings(stack.env)
        self.queue = f"crm.{secrets.token_hex(4)}"
        self.file = folder / f"{self.queue}.sqlite"
        self.line = Line(uri)
        env = {
            "AMQP_URI": self.line.uri,
            "DOSSIER_NAMESPACE": stack.namespace,
            "SUBSCRIBER_QUEUE": self.queue,
            "SUBSCRIBER_FILE": str(self.file),
        }
        self.program = Program("subscriber/subscriber.py", env, folder / f"{self.queue}.log")

    def rows(self, statement, *values):
        with contextlib.closing(sqlite3.connect(self.file)) as db:
            return db.execute(statement, values).fetchall()

    def account(self, account_id):
        """(code, name, state, version) as the program knows it."""
        with contextlib.suppress(sqlite3.OperationalError):  # it has not made its tables yet
            return next(
                iter(self.rows("SELECT code, name, state, version FROM account WHERE id = ?", account_id)), None
            )
        return None

    def is_listening(self):
        with Connection(self.settings.amqp_uri) as connection, contextlib.suppress(connection.channel_errors):
            return connection.channel().queue_declare(self.queue, passive=True).consumer_count == 1


@pytest.fixture(scope="module")
def permissions(stack):
    """What docs/subscribing.md grants: its own queues, and reading the exchange."""
    exchange = topology.events_exchange(load_settings(stack.env)).replace(".", r"\.")
    return {"configure": r"^crm\.", "write": r"^crm\.", "read": rf"^(crm\..*|{exchange})$"}


@pytest.fixture(scope="module")
def uri(stack, permissions):
    with user(stack.servers, **permissions) as made:
        yield made


@pytest.fixture
def outside(stack, uri, folder):
    made = Outside(stack, uri, Path(folder))
    with made.line, made.program:
        until(made.is_listening)
        yield made
    with Connection(made.settings.amqp_uri) as connection:
        connection.channel().queue_delete(made.queue)


def test_it_follows_accounts_from_their_beginning(outside, firm):
    account = firm.account("Before")
    at = f"/accounts/{account['id']}"
    changed = firm.owner.made("PATCH", at, name="After", version=account["version"])

    assert until(lambda: outside.account(account["id"]) == (account["code"], "After", "active", changed["version"]))
    firm.owner.made("POST", f"{at}/archive")
    assert until(lambda: outside.account(account["id"])[2] == "archived")
    assert ("Olga Owner",) in outside.rows("SELECT by FROM applied WHERE type = 'accounts.account_changed.v1'")


def test_it_survives_the_loss_of_its_connection(outside, firm):
    account = firm.account("Before")
    until(lambda: outside.account(account["id"]))
    before = outside.line.connections

    outside.line.cut()
    firm.owner.made("PATCH", f"/accounts/{account['id']}", name="After", version=account["version"])

    assert until(lambda: outside.account(account["id"])[1] == "After")
    assert outside.line.connections > before
    assert outside.program.is_running


def test_it_hears_what_was_told_while_it_was_dead(outside, firm):
    account = firm.account("Before")
    until(lambda: outside.account(account["id"]))
    outside.program.kill()
    until(lambda: not outside.is_listening())
    firm.owner.made("PATCH", f"/accounts/{account['id']}", name="After", version=account["version"])

    outside.program.start()

    assert until(lambda: outside.account(account["id"])[1] == "After")


def test_an_event_that_comes_twice_is_applied_once(stack, outside, firm):
    with Listener(stack.env) as listener:
        account = firm.account("Once")
        until(lambda: outside.account(account["id"]))
        (told,) = until(
            lambda: [
                one
                for one in list(listener.told)
                if one.type == "accounts.account_created.v1" and one.body["account"]["id"] == account["id"]
            ]
        )

    send(outside, told, {})
    until(lambda: f"{told.properties['message_id']} known" in outside.program.said())

    times = outside.rows("SELECT count(*) FROM applied WHERE event_id = ?", told.properties["message_id"])
    assert times == [(1,)]


def test_what_came_late_does_not_undo_what_is_newer(stack, outside, firm):
    """Order is kept by version, should a redelivery break it."""
    with Listener(stack.env) as listener:
        account = firm.account("Before")
        firm.owner.made("PATCH", f"/accounts/{account['id']}", name="After", version=account["version"])
        until(lambda: (outside.account(account["id"]) or ("", ""))[1] == "After")
        (old,) = until(
            lambda: [
                one
                for one in list(listener.told)
                if one.type == "accounts.account_created.v1" and one.body["account"]["id"] == account["id"]
            ]
        )
    late = secrets.token_hex(16)

    send(outside, old, {"message_id": late})
    until(lambda: f"{late} applied" in outside.program.said())

    assert outside.account(account["id"])[1] == "After"


def test_what_it_can_not_read_is_set_aside_and_stops_nothing(stack, outside, firm):
    with Connection(outside.settings.amqp_uri) as connection:
        producer = connection.Producer()
        producer.publish("[]", routing_key=outside.queue, type="accounts.account_changed.v9", message_id="odd")

    account = firm.account("After it")

    assert until(lambda: outside.account(account["id"]))
    assert outside.rows("SELECT event_id, type FROM unreadable") == [("odd", "accounts.account_changed.v9")]


def send(outside, told, changes):
    """Put an event into the program's queue as the broker would, once more."""
    properties = {**told.properties, **changes}
    with Connection(outside.settings.amqp_uri) as connection:
        connection.Producer().publish(
            told.body,
            serializer="json",
            routing_key=outside.queue,
            headers=properties["application_headers"],
            message_id=properties["message_id"],
            type=properties["type"],
        )


class TestItsUser:
    """What the user of docs/subscribing.md may not do, tried at the real broker."""

    @pytest.fixture
    def channel(self, uri):
        with Connection(uri) as connection:
            yield connection.channel()

    @pytest.fixture
    def settings(self, stack):
        return load_settings(stack.env)

    def test_it_publishes_no_event(self, channel, settings):
        channel.confirm_select()
        with pytest.raises(AccessRefused):
            channel.basic_publish_confirm(
                Message("{}"), exchange=topology.events_exchange(settings), routing_key="work.task_changed.v1"
            )

    def test_it_makes_no_call(self, channel, settings):
        with pytest.raises(AccessRefused):
            channel.basic_publish_confirm(
                Message("{}"), exchange=topology.rpc_exchange(settings), routing_key="identity.list_firms"
            )

    def test_it_reads_no_call(self, channel, settings):
        queue = channel.queue_declare("crm.curious", exclusive=True).queue
        with pytest.raises(AccessRefused):
            channel.queue_bind(queue, topology.rpc_exchange(settings), "#")

    def test_it_takes_nothing_from_a_queue_of_ours(self, channel, settings):
        with pytest.raises(AccessRefused):
            channel.basic_get(topology.events_queue(settings, "overview"))

    def test_it_puts_nothing_into_a_queue_of_ours(self, channel, settings):
        with pytest.raises(AccessRefused):
            channel.basic_publish_confirm(Message("{}"), routing_key=topology.events_queue(settings, "overview"))

    def test_it_deletes_nothing_of_ours(self, channel, settings):
        with pytest.raises(AccessRefused):
            channel.exchange_delete(topology.events_exchange(settings))

    def test_it_declares_no_queue_under_another_name(self, channel):
        with pytest.raises(AccessRefused):
            channel.queue_declare("dossier.overview.events", durable=True)
