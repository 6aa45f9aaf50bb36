"""Add the links of invitations, each as the digest of its token."""

import sqlalchemy as sa
from alembic import op

from chassis.migrate import protect

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "invitation_link",
        sa.Column("firm_id", sa.Uuid, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("account_id", sa.Uuid, nullable=False),
        sa.Column("address_id", sa.Uuid, nullable=False),
        sa.Column("sent_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("firm_id", "digest", name="pk_invitation_link"),
        sa.ForeignKeyConstraint(
            ["firm_id", "account_id", "address_id"],
            ["address_switch.firm_id", "address_switch.account_id", "address_switch.address_id"],
            name="fk_invitation_link_firm_id_account_id_address_id_address_switch",
            ondelete="CASCADE",
        ),
    )
    op.create_index(
        "ix_invitation_link_firm_id_account_id_address_id", "invitation_link", ["firm_id", "account_id", "address_id"]
    )
    protect("invitation_link")


def downgrade() -> None:
    op.drop_table("invitation_link")
