"""Create the table of changes, and the trigger that fills it for the tables a service has recorded."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from chassis.migrate import protect

revision = "0002"
down_revision = "0001"

# Arguments: the column that names what a row is about; the columns of its key; those that are nobody's change.
# A row whose key changes is one that goes and another that comes: only so can each key's rows be rebuilt.
RECORD = """
CREATE FUNCTION record_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    ignored text[] := string_to_array(TG_ARGV[2], ',');
    keys text[] := string_to_array(TG_ARGV[1], ',');
    old_row jsonb := CASE WHEN TG_OP = 'INSERT' THEN NULL ELSE to_jsonb(OLD) - ignored END;
    new_row jsonb := CASE WHEN TG_OP = 'DELETE' THEN NULL ELSE to_jsonb(NEW) - ignored END;
    old_key jsonb := (SELECT jsonb_object_agg(k, old_row -> k) FROM unnest(keys) k);
    new_key jsonb := (SELECT jsonb_object_agg(k, new_row -> k) FROM unnest(keys) k);
    was jsonb;
BEGIN
    IF TG_OP = 'UPDATE' AND old_key = new_key THEN
        SELECT jsonb_object_agg(o.key, o.value) INTO was
        FROM jsonb_each(old_row) o WHERE o.value IS DISTINCT FROM new_row -> o.key;
        IF was IS NOT NULL THEN
            PERFORM write_change(TG_TABLE_NAME, TG_ARGV[0], new_key, was, new_row);
        END IF;
        RETURN NULL;
    END IF;
    IF old_row IS NOT NULL THEN
        PERFORM write_change(TG_TABLE_NAME, TG_ARGV[0], old_key, old_row, NULL);
    END IF;
    IF new_row IS NOT NULL THEN
        PERFORM write_change(TG_TABLE_NAME, TG_ARGV[0], new_key, NULL, new_row);
    END IF;
    RETURN NULL;
END $$
"""
WRITE = """
CREATE FUNCTION write_change(kind text, about text, key jsonb, was jsonb, is_now jsonb) RETURNS void
LANGUAGE sql AS $$
    INSERT INTO change (firm_id, kind, about_id, key, was, is_now, at, actor_kind, actor_id, actor_name, door, request)
    SELECT (either ->> 'firm_id')::uuid, write_change.kind, (either ->> about)::uuid, write_change.key,
           write_change.was, write_change.is_now, clock_timestamp(), coalesce(who ->> 'kind', 'system'),
           (who ->> 'id')::uuid, coalesce(who ->> 'name', ''), coalesce(who ->> 'door', 'system'),
           coalesce(who ->> 'request', '')
    FROM (SELECT coalesce(write_change.is_now, write_change.was) AS either,
                 coalesce(nullif(current_setting('app.actor', true), ''), '{}')::jsonb AS who) given
$$
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
    op.execute(WRITE)
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
    op.execute("DROP FUNCTION write_change(text, text, jsonb, jsonb, jsonb)")
    op.execute("DROP FUNCTION keep_change()")
