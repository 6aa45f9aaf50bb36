"""What an owner serves so that whoever keeps a projection of it can make it anew."""

from typing import Annotated, Any, Protocol

from marshmallow.validate import Range

from chassis.context import Context
from chassis.wire import dump, message
from contracts.common import Cursor


@message
class Export:
    cursor: Cursor | None = None
    limit: Annotated[int, Range(min=1, max=500)] = 200


@message
class Exported:
    """How things are, told as the owner's own events: each a `type` such as accounts.account_created.v1 and a `body`.

    What a page tells was so at one instant; versions put it in order with events that come meanwhile.
    """

    events: tuple[dict[str, Any], ...]
    next_cursor: str | None = None


def tell(event: Any) -> dict[str, Any]:
    """An event as a page carries it."""
    return {"type": type(event).TYPE, "body": dump(event)}


class Exporter(Protocol):
    """Every call takes (ctx, one message), returns one message, and may raise Invalid or Unavailable."""

    def export(self, ctx: Context, request: Export) -> Exported: ...  # Forbidden to all but the system itself
