"""Record what becomes of the toy's words."""

from chassis.migrate import forget_recording, record

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    record("word", about="firm_id", key=("word",))


def downgrade() -> None:
    forget_recording("word")
