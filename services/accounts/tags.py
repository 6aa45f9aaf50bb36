"""The firm's tags and which accounts carry them (R-TAG-1, R-TAG-2, R-TAG-5)."""

import zlib
from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from chassis import outbox
from chassis.context import Context, new_id
from chassis.errors import wrong
from contracts.accounts import TagChanged, TagNotFound
from contracts.common import Tag as TagMessage
from services.accounts import names
from services.accounts.model import AccountTag, Tag

MAX_TAG = 60  # characters
# Told apart at a glance, and white text on each has the contrast WCAG 2.2 AA asks for.
PALETTE = (
    "#c53030", "#c05621", "#975a16", "#2f855a", "#0f766e", "#2b6cb0", "#4c51bf", "#6b46c1", "#b83280", "#4a5568",
)  # fmt: skip


def default_colour(tag_key: str) -> str:
    """A colour of the palette, the same for the same name wherever it is made."""
    return PALETTE[zlib.crc32(tag_key.encode()) % len(PALETTE)]


def clean(name: str, field: str = "name") -> str:
    """The name as it is kept. Raises Invalid for one that is empty or too long."""
    cleaned = names.clean(name)
    if not 1 <= len(cleaned) <= MAX_TAG:
        raise wrong(field, f"A tag has a name of 1 to {MAX_TAG} characters.")
    return cleaned


def unique(wanted: Iterable[str]) -> dict[str, str]:
    """Key and name of each tag named, in the order given, the first spelling of each. Raises Invalid."""
    found: dict[str, str] = {}
    for place, name in enumerate(wanted):
        cleaned = clean(name, f"tags.{place}")
        found.setdefault(names.key(cleaned), cleaned)
    return found


def missing(session: Session, ctx: Context, wanted: Iterable[str]) -> list[str]:
    """The names that no tag of the firm has."""
    named = unique(wanted)
    known = set(session.scalars(select(Tag.key).where(Tag.firm_id == ctx.firm, Tag.key.in_(named))))
    return [name for key, name in named.items() if key not in known]


def ensure(session: Session, ctx: Context, wanted: Iterable[str], *, may_create: bool) -> list[UUID]:
    """The tags of these names in their order, kept until the transaction ends; missing ones are made.

    Raises TagNotFound where one is missing and the caller may not make it.
    """
    named = unique(wanted)
    known = _locked(session, ctx, named)
    absent = sorted(named.keys() - known.keys())  # in one order, so that two who make the same tags can't deadlock
    if absent and not may_create:
        raise TagNotFound(names=[named[key] for key in absent])
    for key in absent:
        make(session, ctx, named[key], default_colour(key))
    if absent:
        known = _locked(session, ctx, named)
    return [known[key] for key in named if key in known]


def make(session: Session, ctx: Context, name: str, colour: str) -> TagMessage | None:
    """A new tag, or None where another of this name came first."""
    made = TagMessage(id=new_id(), name=name, colour=colour.lower())
    row = {"firm_id": ctx.firm, "id": made.id, "name": name, "key": names.key(name), "colour": made.colour}
    inserted = session.execute(insert(Tag).values(row).on_conflict_do_nothing().returning(Tag.id)).first()
    if inserted is None:
        return None
    outbox.emit(session, ctx, TagChanged(tag=made))
    return made


def _locked(session: Session, ctx: Context, keys: Iterable[str]) -> dict[str, UUID]:
    """Ids by key; shared locks keep a tag from being deleted before the account carries it."""
    query = select(Tag.key, Tag.id).where(Tag.firm_id == ctx.firm, Tag.key.in_(list(keys))).order_by(Tag.key)
    return {row.key: row.id for row in session.execute(query.with_for_update(read=True, key_share=True))}


def of(session: Session, ctx: Context, account_id: UUID) -> list[UUID]:
    """The tags of an account in their order."""
    theirs = select(AccountTag.tag_id).where(AccountTag.firm_id == ctx.firm, AccountTag.account_id == account_id)
    return list(session.scalars(theirs.order_by(AccountTag.position)))


def put(session: Session, ctx: Context, account_id: UUID, tag_ids: Sequence[UUID]) -> None:
    """Let the account carry these tags and no others, in this order; those that stay in their places are left alone."""
    theirs = (AccountTag.firm_id == ctx.firm, AccountTag.account_id == account_id)
    session.execute(delete(AccountTag).where(*theirs, AccountTag.tag_id.not_in(tag_ids)))
    rows = [
        {"firm_id": ctx.firm, "account_id": account_id, "tag_id": tag_id, "position": place}
        for place, tag_id in enumerate(tag_ids)
    ]
    if rows:
        statement = insert(AccountTag)
        moved = AccountTag.position != statement.excluded.position
        statement = statement.on_conflict_do_update(
            index_elements=["firm_id", "account_id", "tag_id"],
            set_={"position": statement.excluded.position},
            where=moved,
        )
        session.execute(statement, rows)
