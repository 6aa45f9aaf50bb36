"""overview: what changes on an account's profile, section by section, to be followed or asked about."""

from typing import Annotated, ClassVar, Protocol
from uuid import UUID

from marshmallow.validate import Range

from chassis.context import Context
from chassis.wire import event, message
from contracts.overview import AccountRef
from contracts.sections import SectionName


@message
class SectionGeneration:
    """How often a section changed, as the overview knows it; it only grows."""

    name: SectionName
    generation: Annotated[int, Range(min=0)]


@message
class Generations:
    """Of the sections that the caller may see, in the profile's order.

    A `generation` of the profile that is lower than this one is of rows that changed since.
    """

    sections: tuple[SectionGeneration, ...]


@event("overview.sections_changed", version=1, outward=True)
class SectionsChanged:
    """What is remembered of these sections is old: whoever asks from here on gets what there is.

    Told after the owner's own event, by the overview. `account_id` none: of every account of the firm.
    """

    firm_id: UUID
    account_id: UUID | None
    sections: tuple[SectionName, ...]


class Changes(Protocol):
    """Every call takes (ctx, one message), returns one message, and may raise Invalid or Unavailable."""

    NAME: ClassVar[str] = "overview"

    def get_generations(self, ctx: Context, request: AccountRef) -> Generations: ...
