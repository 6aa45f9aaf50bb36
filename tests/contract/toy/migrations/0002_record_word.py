"""Record what becomes of the toy's words."""

from chassis import history

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    history.record("word", about="firm_id", key=("word",))


def downgrade() -> None:
    history.forget_recording("word")
