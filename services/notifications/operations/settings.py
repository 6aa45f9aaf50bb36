"""How a firm's mails look (R-NOT-6)."""

from typing import Any, cast

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from chassis.context import Context
from chassis.errors import Unavailable
from chassis.wire import UNSET, to_json
from contracts.identity import FirmCreated
from contracts.notifications import (
    ChangeNotificationSettings,
    Locale,
    NotificationSettings,
    SettingsChangedMeanwhile,
)
from services.notifications import access, model
from services.notifications.operations import settling


def change_notification_settings(
    session: Session, ctx: Context, request: ChangeNotificationSettings
) -> NotificationSettings:
    """Choose the language, where answers go, and who gets a copy. Raises Forbidden, SettingsChangedMeanwhile."""
    access.require(ctx, "set_notifications")
    row = find(session, ctx, lock=True)
    if row.version != request.version:
        current: dict[str, Any] = orjson.loads(to_json(of(row)))
        raise SettingsChangedMeanwhile(current=current)
    for name in ("locale", "reply_to", "bcc"):
        value = getattr(request, name)
        if value is not UNSET:
            setattr(row, name, value.strip() if isinstance(value, str) else value)
    row.version += 1
    return of(row)


def firm_created(session: Session, ctx: Context, event: FirmCreated) -> None:
    """Keep the firm's name, which stands as the sender of its mails."""
    settling.know_firm(session, ctx, event.firm.name)


def find(session: Session, ctx: Context, *, lock: bool = False) -> model.FirmSettings:
    """The firm's settings. Raises Unavailable for the moment in which nobody told us of the firm."""
    query = select(model.FirmSettings).where(model.FirmSettings.firm_id == ctx.firm)
    row = session.scalar(query.with_for_update() if lock else query)
    if row is None:
        raise Unavailable("The firm is being made; try again in a moment.").naming([ctx.firm])
    return row


def of(row: model.FirmSettings) -> NotificationSettings:
    return NotificationSettings(
        firm_name=row.firm_name,
        locale=cast("Locale", row.locale),
        reply_to=row.reply_to,
        bcc=row.bcc,
        version=row.version,
    )
