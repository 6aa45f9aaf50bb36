"""What a service does over a connection that the broker has lost."""

import socket

import amqp
from kombu.utils.url import parse_url

from chassis.bus import Bus
from tests.stack import namespace


def test_what_can_not_be_acknowledged_comes_again(amqp_uri):
    queue = namespace()

    def connected():
        told = parse_url(amqp_uri)
        connection = amqp.Connection(
            f"{told['hostname']}:{told['port']}",
            userid=told["userid"],
            password=told["password"],
            virtual_host=told["virtual_host"] or "/",
        )
        connection.connect()
        return connection

    lost, other = connected(), connected()
    channel = lost.channel()
    channel.queue_declare(queue, durable=True, auto_delete=False)
    channel.basic_publish(amqp.Message("work"), routing_key=queue)
    message = None
    while message is None:
        message = channel.basic_get(queue)
    lost.transport.sock.shutdown(socket.SHUT_RDWR)

    Bus().acknowledge(message)
    lost.collect()

    reader = other.channel()
    again = None
    while again is None:
        again = reader.basic_get(queue)
    assert again.body == "work"
    reader.queue_delete(queue)
    other.close()
