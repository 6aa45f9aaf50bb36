"""`python -m chassis.dead SERVICE [--replay]`: look at the events a service gave up on, or hand them to it again."""

import sys
from collections.abc import Iterator
from typing import Any

from amqp.exceptions import NotFound
from kombu.connection import Connection

from chassis import topology
from chassis.config import Settings, SettingsError, load_settings

LETTER = "{type}  {message_id}\n    {error}"


def _letters(channel: Any, queue: str) -> Iterator[Any]:
    """Every message that lies in the queue now, each once, not acknowledged."""
    _, waiting, _ = channel.queue_declare(queue, passive=True)
    for _ in range(waiting):
        message = channel.basic_get(queue)
        if message is None:
            return
        yield message


def letters(settings: Settings, service: str) -> list[Any]:
    """What the service gave up on; it stays where it is.

    A process killed after it set an event aside, and before it acknowledged that, makes its successor do so again.
    """
    with Connection(settings.amqp_uri, connect_timeout=5) as connection:
        return list(_letters(connection.channel(), topology.dead_queue(settings, service)))


def show(settings: Settings, service: str) -> int:
    """Print each dead letter's type, id and error. Gives their number."""
    found = letters(settings, service)
    for message in found:
        error = message.properties.get("application_headers", {}).get("x-error", "it killed its process")
        names = {key: message.properties.get(key, "?") for key in ("type", "message_id")}
        print(LETTER.format(error=error, **names))
    return len(found)


def replay(settings: Settings, service: str) -> int:
    """Move every dead letter back into the service's queue, to be tried as if it were new. Gives their number.

    Each is confirmed in its new place before it leaves the old one: a crash in between leaves it in both, and the
    inbox applies it once.
    """
    with Connection(settings.amqp_uri, connect_timeout=5, transport_options={"confirm_publish": True}) as connection:
        channel, count = connection.channel(), 0
        for message in _letters(channel, topology.dead_queue(settings, service)):
            headers = message.properties.get("application_headers", {})
            kept = {key: value for key, value in headers.items() if not key.startswith("x-")}
            again = type(message)(message.body or b"", **{**message.properties, "application_headers": kept})
            channel.basic_publish(again, routing_key=topology.events_queue(settings, service), mandatory=True)
            channel.basic_ack(message.delivery_tag)
            count += 1
    return count


def main(arguments: list[str]) -> int:
    if not 1 <= len(arguments) <= 2 or arguments[1:] not in ([], ["--replay"]):  # noqa: PLR2004 (service and flag)
        print("usage: python -m chassis.dead SERVICE [--replay]", file=sys.stderr)
        return 2
    try:
        settings = load_settings(needs=("amqp_uri",))
        if arguments[1:]:
            print(f"{replay(settings, arguments[0])} events handed to {arguments[0]} again")
        else:
            print(f"{show(settings, arguments[0])} events set aside by {arguments[0]}")
    except (SettingsError, OSError) as exc:
        print(exc, file=sys.stderr)
        return 2
    except NotFound:
        print(f"there is no service {arguments[0]!r} that listens to events", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
