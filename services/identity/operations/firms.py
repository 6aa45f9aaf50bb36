"""The first moment of a firm."""

from sqlalchemy.orm import Session

from chassis.context import Context, new_id
from chassis.outbox import emit
from contracts import identity
from services.identity import model
from services.identity.operations import team
from services.identity.rules import names


def create_firm(session: Session, ctx: Context, request: identity.CreateFirm, password_hash: str) -> model.Member:
    """Make the firm whose id the context carries, and its owner. Raises NotAllowed, Invalid."""
    if ctx.actor.kind != "system":
        raise identity.NotAllowed("Firms are made from the command line.")
    firm = model.Firm(firm_id=ctx.firm, name=names.tidy("name", request.name), created_at=ctx.now)
    session.add(firm)
    session.flush()
    owner = new_member(
        ctx,
        email=request.owner_email,
        name=names.tidy("owner_name", request.owner_name),
        role="owner",
        password_hash=password_hash,
    )
    owner.has_default_access = True
    session.add(owner)
    team.allow_login(session, owner)
    team.audit(session, ctx, owner, "created", "", "owner")
    emit(session, ctx, identity.FirmCreated(firm=firm.to_contract()))
    emit(session, ctx, identity.MemberCreated(member=owner.to_contract()))
    return owner


def new_member(ctx: Context, *, email: str, name: str, role: identity.Role, password_hash: str) -> model.Member:
    """A member who may do nothing beyond the role, not yet in any session."""
    return model.Member(
        firm_id=ctx.firm,
        id=new_id(),
        email=email.strip(),
        email_folded=names.fold(email),
        name=name,
        role=role,
        rights=[],
        has_default_access=False,
        is_active=True,
        password_hash=password_hash,
        version=1,
        created_at=ctx.now,
        updated_at=ctx.now,
    )
