"""What one member or contact may do with a document or folder, whatever folder and account say (R-ACC-7)."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from chassis.context import Context
from chassis.errors import Invalid
from chassis.outbox import emit
from contracts.common import Done
from contracts.folders import ExemptionsChanged, SetExemptions
from services.documents import access, model
from services.documents.access import EDIT
from services.documents.queries.exemptions import find_item


def set_exemptions(session: Session, ctx: Context, request: SetExemptions, known: Collection[tuple[str, UUID]]) -> Done:
    """Set or end exemptions; `known` are the members and contacts there are, by kind and id.

    Raises ItemNotFound, NotYoursToEdit, and Invalid for somebody unknown or named twice.
    """
    access.staff(ctx)
    find_item(session, ctx, request.account_id, request.item_id, needs=EDIT)
    _check(request, known)
    kind = model.Exemption
    for each in request.exemptions:
        values = {"firm_id": ctx.firm, "item_id": request.item_id, "kind": each.kind, "holder_id": each.id}
        if each.access is None:
            session.execute(delete(kind).filter_by(**values))
            continue
        stored = insert(kind).values(**values, account_id=request.account_id, access=each.access)
        index = ["firm_id", "item_id", "kind", "holder_id"]
        session.execute(stored.on_conflict_do_update(index_elements=index, set_={"access": each.access}))
    emit(session, ctx, ExemptionsChanged(account_id=request.account_id, item_id=request.item_id))
    return Done()


def _check(request: SetExemptions, known: Collection[tuple[str, UUID]]) -> None:
    faults: list[dict[str, str]] = []
    met: set[tuple[str, UUID]] = set()
    for index, each in enumerate(request.exemptions):
        key = (each.kind, each.id)
        if key in met:
            faults.append({"field": f"exemptions.{index}.id", "message": "Is named twice."})
        elif key not in known and each.access is not None:
            of = "member of the firm" if each.kind == "member" else "contact of this account"
            faults.append({"field": f"exemptions.{index}.id", "message": f"There is no such {of}."})
        met.add(key)
    if faults:
        raise Invalid(errors=faults)
