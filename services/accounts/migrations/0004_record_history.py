"""Record what becomes of accounts and of all that belongs to them, of tags, custom fields and roles."""

from chassis.migrate import forget_recording, record

revision = "0004"
down_revision = "0003"

# Table, what its changes are found by, what tells its rows apart.
OF_ACCOUNTS = (
    ("account_team", "account_id", ("account_id", "member_id")),
    ("account_follower", "account_id", ("account_id", "member_id")),
    ("account_tag", "account_id", ("account_id", "tag_id")),
    ("account_field_value", "account_id", ("account_id", "field_id")),
    ("account_role_holder", "account_id", ("account_id", "role_id", "member_id")),
    ("access_request", "account_id", ("id", "member_id")),
)
OF_THE_FIRM = (
    ("tag", "id", ("id",)),
    ("account_field", "id", ("id",)),
    ("account_field_choice", "field_id", ("field_id", "id")),
    ("account_role", "id", ("id",)),
)
# What follows from others' events, and what counts them.
DERIVED = ("links_version", "access_version", "portal_status")


def upgrade() -> None:
    record("account", about="id", key=("id",), ignored=DERIVED)
    for table, about, key in (*OF_ACCOUNTS, *OF_THE_FIRM):
        record(table, about=about, key=key)


def downgrade() -> None:
    for table, _, _ in (("account", "", ()), *OF_ACCOUNTS, *OF_THE_FIRM):
        forget_recording(table)
