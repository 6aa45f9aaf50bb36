"""What the firm chose for its contacts."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from chassis.context import Context
from contracts.common import Done
from contracts.contacts import NameFormat, NameFormatSetting
from services.contacts.model import ContactSetting
from services.contacts.rules import names


def get_name_format(session: Session, ctx: Context, request: Done) -> NameFormatSetting:  # noqa: ARG001
    """Tell the firm's format of names (R-CN-1)."""
    return NameFormatSetting(format=name_format(session, ctx))


def name_format(session: Session, ctx: Context) -> NameFormat:
    chosen = session.scalar(select(ContactSetting.name_format).where(ContactSetting.firm_id == ctx.firm))
    return next((form for form in names.PARTS if form == chosen), names.DEFAULT)
