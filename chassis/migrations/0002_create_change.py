"""Create the table of changes, and the trigger that fills it for the tables a service has recorded."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from chassis.migrate import protect

revision = "0002"
down_revision = "0001"

# Arguments: the column that names what a row is about; the columns of its key; those that are nobody's change.
RECORD = """
CREATE FUNCTION record_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    ignored text[] := string_to_array(TG_ARGV[2], ',');
    old_row jsonb := CASE WHEN TG_OP = 'INSERT' THEN NULL ELSE to_jsonb(OLD) - ignored END;
    new_row jsonb := CASE WHEN TG_OP = 'DELETE' THEN NULL ELSE to_jsonb(NEW) - ignored END;
    either jsonb := coalesce(new_row, old_row);
    who jsonb := coalesce(nullif(current_setting('app.actor', true), ''), '{}')::jsonb;
    was jsonb;
    row_key jsonb;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        SELECT jsonb_object_agg(o.key, o.value) INTO was
        FROM jsonb_each(old_row) o WHERE o.value IS DISTINCT FROM new_row -> o.key;
        IF was IS NULL THEN
            RETURN NULL;
        END IF;
    ELSE
        was := old_row;
    END IF;
    SELECT jsonb_object_agg(k, either -> k) INTO row_key FROM unnest(string_to_array(TG_ARGV[1], ',')) k;
    INSERT INTO change (firm_id, kind, about_id, key, was, is_now, at, actor_kind, actor_id, actor_name, door, request)
    VALUES (
        (either ->> 'firm_id')::uuid, TG_TABLE_NAME, (either ->> TG_ARGV[0])::uuid, row_key, was, new_row,
        clock_timestamp(), coalesce(who ->> 'kind', 'system'), (who ->> 'id')::uuid, coalesce(who ->> 'name', ''),
        coalesce(who ->> 'door', 'system'), coalesce(who ->> 'request', '')
    );
    RETURN NULL;
END $$
"""


def upgrade() -> None:
    op.create_table(
        "change",
        sa.Column("firm_id", sa.Uuid, primary_key=True),
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("about_id", sa.Uuid, nullable=False),
        sa.Column("key", JSONB, nullable=False),
        sa.Column("was", JSONB),
        sa.Column("is_now", JSONB),
        sa.Column("at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("actor_kind", sa.Text, nullable=False),
        sa.Column("actor_id", sa.Uuid),
        sa.Column("actor_name", sa.Text, nullable=False),
        sa.Column("door", sa.Text, nullable=False),
        sa.Column("request", sa.Text, nullable=False),
    )
    op.create_index("ix_change_firm_id_about_id_id", "change", ["firm_id", "about_id", "id"])
    protect("change")
    op.execute(RECORD)
    op.execute(
        """
        CREATE FUNCTION keep_change() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'what happened does not change'; END $$
        """
    )
    op.execute("CREATE TRIGGER keep_change BEFORE UPDATE ON change FOR EACH ROW EXECUTE FUNCTION keep_change()")


def downgrade() -> None:
    op.drop_table("change")
    op.execute("DROP FUNCTION record_change()")
    op.execute("DROP FUNCTION keep_change()")
