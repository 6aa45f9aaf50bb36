"""How a mail is, told to whoever asks and whoever listens."""

from sqlalchemy.orm import Session

from chassis.context import Context
from chassis.outbox import emit
from contracts.notifications import Mail, MailChanged
from services.notifications import model


def of_mail(row: model.Mail) -> Mail:
    """Describe a mail as it is."""
    return Mail(**{name: getattr(row, name) for name in Mail.__dataclass_fields__})


def mail_changed(session: Session, ctx: Context, row: model.Mail) -> None:
    """Report how a mail is since."""
    session.flush()
    emit(session, ctx, MailChanged(account_id=row.account_id, mail=of_mail(row)))
