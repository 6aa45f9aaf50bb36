"""`python -m bench.limits.callee`: answers requests by py-amqp alone: transient, unconfirmed, one after the other."""

import os

import amqp
from amqp import spec
from kombu.utils.url import parse_url

from bench.limits.warm import WarmView

ECHO, VIEW = "bench.echo", "bench.view"  # the queues


def main() -> None:
    told = parse_url(os.environ["AMQP_URI"])
    connection = amqp.Connection(
        f"{told['hostname']}:{told['port']}",
        userid=told["userid"],
        password=told["password"],
        virtual_host=told["virtual_host"] or "/",
        connect_timeout=5,
    )
    connection.connect()
    channel = connection.channel()
    view = WarmView()

    def reply(message: amqp.Message, body: bytes) -> None:
        told = {"correlation_id": message.properties["correlation_id"]}
        # basic_publish would look for incoming frames first; this only sends.
        arguments = (0, "", message.properties["reply_to"], False, False)
        channel.send_method(spec.Basic.Publish, "Bssbb", arguments, amqp.Message(body, **told))

    channel.queue_declare(ECHO, exclusive=True)
    channel.basic_consume(ECHO, no_ack=True, callback=lambda message: reply(message, message.body))
    channel.queue_declare(VIEW, exclusive=True)
    channel.basic_consume(VIEW, no_ack=True, callback=lambda message: reply(message, view.answer()))
    while True:
        connection.drain_events()


if __name__ == "__main__":
    main()
