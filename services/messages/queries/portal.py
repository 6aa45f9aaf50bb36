"""A contact's own threads: found, searched and counted without what is internal (R-CHT-4)."""

from sqlalchemy import ColumnElement, and_, exists, func, literal, or_, select
from sqlalchemy.orm import Session

from chassis import cursor
from chassis.context import Context
from chassis.listing import Order
from contracts.chats import ThreadRef
from contracts.portal_chats import ListPortalThreads, PortalThread, PortalThreads
from services.messages import model, people, portal, threads


def get_portal_thread(session: Session, ctx: Context, request: ThreadRef) -> PortalThread:
    """One thread in which the contact takes part. Raises ThreadNotFound."""
    thread = threads.of_contact(session, ctx, request.account_id, request.thread_id)
    return portal.threads_as_seen(session, ctx, [thread])[0]


def list_portal_threads(session: Session, ctx: Context, request: ListPortalThreads) -> PortalThreads:
    """A page of the contact's threads, unread ones first, then by the last response. Raises Invalid."""
    thread = model.Thread
    columns = model.Thread.__table__.c
    order = Order((_is_unread(ctx), columns.responded_at, columns.id))
    mine = _conditions(ctx, request)
    beyond = [order.after(request.cursor)] if request.cursor else []
    query = select(thread, order.keys[0]).where(*mine, *beyond).order_by(*order.sorted())
    rows = session.execute(query.limit(request.limit + 1)).all()
    shown = rows[: request.limit]
    ends = [(is_unread, row.responded_at, row.id) for row, is_unread in shown]
    return PortalThreads(
        items=portal.threads_as_seen(session, ctx, [row for row, _ in shown]),
        total=session.scalars(select(func.count()).select_from(thread).where(*mine)).one(),
        next_cursor=cursor.encode(*ends[-1]) if len(rows) > request.limit else None,
    )


def _conditions(ctx: Context, request: ListPortalThreads) -> list[ColumnElement[bool]]:
    thread, message = model.Thread, model.Message
    found = [
        thread.firm_id == ctx.firm,
        thread.account_id == request.account_id,
        threads.takes_part(ctx.firm, people.contact(ctx)),
    ]
    if request.state != "all":
        found.append(thread.is_archived.is_(request.state == "archived"))
    if request.is_unread is not None:
        found.append(_is_unread(ctx).is_(request.is_unread))
    if request.q is not None:
        said = exists().where(
            message.firm_id == ctx.firm,
            message.thread_id == thread.id,
            message.deleted_at.is_(None),
            message.kind != "internal",
            message.text.icontains(request.q, autoescape=True),
        )
        found.append(or_(thread.subject.icontains(request.q, autoescape=True), said))
    return found


def _is_unread(ctx: Context) -> ColumnElement[bool]:
    """Whether something in a thread that the caller may see is beyond their mark."""
    thread, mark = model.Thread, model.ReadMark
    read = select(mark.position).where(
        mark.firm_id == ctx.firm, mark.thread_id == thread.id, mark.reader_id == people.contact(ctx)
    )
    shown = func.greatest(thread.sent_position, thread.received_position)
    return and_(literal(True), shown > func.coalesce(read.scalar_subquery(), 0))
