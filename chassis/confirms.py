"""Publishing that waits for the broker's word: confirmed, returned for want of a queue, or refused."""

from typing import Any, NamedTuple

from amqp import spec
from amqp.basic_message import Message
from eventlet.event import Event
from eventlet.semaphore import Semaphore

from chassis.errors import Unavailable

CONFIRM_SECONDS = 10.0


class Publication(NamedTuple):
    """An event on its way to the broker; `mandatory` ones come back when no queue wants them."""

    exchange: str
    key: str
    body: bytes
    properties: dict[str, Any]  # with a message_id, by which a returned one is known again
    mandatory: bool = False


class Confirm:
    """What became of one publication."""

    def __init__(self) -> None:
        self.event = Event()
        self.was_returned = False


def send(channel: Any, publication: Publication) -> None:
    """Write a publication to the socket.

    `basic_publish` would drain incoming frames first and compete with the greenlet whose work that is.
    """
    exchange, key, body, properties, mandatory = publication
    arguments = (0, exchange, key, mandatory, False)
    channel.send_method(spec.Basic.Publish, "Bssbb", arguments, Message(body, **properties))


class ConfirmedChannel:
    """A channel in confirm mode; many greenlets may publish on it at once, each waits for its own confirms."""

    def __init__(self, channel: Any) -> None:
        self._channel = channel
        self._waiting: dict[int, Confirm] = {}
        self._by_id: dict[str, Confirm] = {}
        self._count = 0
        self._lock = Semaphore()
        channel.events["basic_return"].add(self._on_return)
        channel.events["basic_ack"].add(self._on_ack)
        channel.events["basic_nack"].add(self._on_nack)
        channel.confirm_select()

    def publish(self, publications: list[Publication]) -> list[bool]:
        """Publish and wait; True for each that found a queue. Raises Unavailable, and what a lost connection raises."""
        ids = [publication.properties["message_id"] for publication in publications]
        confirms = []
        try:
            for message_id, publication in zip(ids, publications, strict=True):
                confirm = self._by_id[message_id] = Confirm()
                with self._lock:  # the broker counts publications; so do we, in the same order
                    self._count += 1
                    self._waiting[self._count] = confirm
                    send(self._channel, publication)
                confirms.append(confirm)
            for confirm in confirms:
                if not confirm.event.wait(timeout=CONFIRM_SECONDS):
                    raise Unavailable("The message broker did not confirm an event.")
        finally:
            for message_id in ids:
                self._by_id.pop(message_id, None)
        return [not confirm.was_returned for confirm in confirms]

    def lose(self, gone: Unavailable) -> None:
        """The connection went: whoever waits is told."""
        waiting, self._waiting = self._waiting, {}
        for confirm in waiting.values():
            confirm.event.send_exception(gone)

    def _on_return(self, _exc: Any, _exchange: str, _key: str, message: Any) -> None:
        confirm = self._by_id.get(message.properties.get("message_id"))
        if confirm is not None:
            confirm.was_returned = True

    def _on_ack(self, tag: int, multiple: bool) -> None:  # noqa: FBT001 (py-amqp's call)
        for confirm in self._settled(tag, multiple=multiple):
            confirm.event.send(True)

    def _on_nack(self, tag: int, multiple: bool) -> None:  # noqa: FBT001
        for confirm in self._settled(tag, multiple=multiple):
            confirm.event.send_exception(Unavailable("The message broker refused an event."))

    def _settled(self, tag: int, *, multiple: bool) -> list[Confirm]:
        tags = [known for known in self._waiting if known <= tag] if multiple else [tag]
        return [self._waiting.pop(one) for one in tags if one in self._waiting]
