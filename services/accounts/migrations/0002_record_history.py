"""Record what becomes of accounts, their tags, their teams and who asks to join them."""

from chassis import history

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    history.record("account", about="id", key=("id",), ignored=("links_version",))
    history.record("account_team", about="account_id", key=("account_id", "member_id"))
    history.record("account_follower", about="account_id", key=("account_id", "member_id"))
    history.record("account_tag", about="account_id", key=("account_id", "tag_id"))
    history.record("access_request", about="account_id", key=("id", "member_id"))
    history.record("tag", about="id", key=("id",))


def downgrade() -> None:
    for table in ("account", "account_team", "account_follower", "account_tag", "access_request", "tag"):
        history.forget_recording(table)
