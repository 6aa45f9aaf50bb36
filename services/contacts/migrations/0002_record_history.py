"""Record what becomes of contacts, their addresses, their links, and of what the firm chose for them."""

from chassis import history

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    history.record("contact", about="id", key=("id",), ignored=("search", "created_for"))
    history.record("contact_address", about="contact_id", key=("id",), ignored=("folded",))
    history.record("contact_link", about="account_id", key=("account_id", "contact_id"))
    history.record("contact_setting", about="firm_id", key=("firm_id",))


def downgrade() -> None:
    for table in ("contact", "contact_address", "contact_link", "contact_setting"):
        history.forget_recording(table)
