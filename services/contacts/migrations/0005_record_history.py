"""Record what becomes of contacts, their links and switches, and of what the firm defined and chose for them."""

from chassis.migrate import forget_recording, record

revision = "0005"
down_revision = "0004"

# Table, what its changes are found by, what tells its rows apart, what nobody would call a change.
RECORDED = (
    ("contact", "id", ("id",), ("search", "created_for")),
    ("contact_address", "contact_id", ("id",), ("folded",)),
    ("contact_field_value", "contact_id", ("contact_id", "field_id"), ()),
    ("contact_link", "account_id", ("account_id", "contact_id"), ()),
    ("address_switch", "account_id", ("account_id", "contact_id", "address_id"), ()),
    ("unlinked_address", "account_id", ("account_id", "contact_id", "id"), ("folded",)),
    ("contact_field", "id", ("id",), ()),
    ("contact_field_choice", "field_id", ("id",), ()),
    ("contact_setting", "firm_id", ("firm_id",), ()),
)


def upgrade() -> None:
    for table, about, key, ignored in RECORDED:
        record(table, about=about, key=key, ignored=ignored)


def downgrade() -> None:
    for table, *_ in RECORDED:
        forget_recording(table)
