"""Create what the profile remembers and the directory behind search and lists."""

from uuid import UUID

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from chassis.migrate import protect

revision = "0001"
down_revision = None

INSTANT = sa.TIMESTAMP(timezone=True)
LISTED = sa.Text(collation="listed")
PLAIN = sa.Text(collation="C")


def upgrade() -> None:
    op.execute("CREATE COLLATION listed (provider = icu, locale = 'und-u-kn-true')")
    op.create_table("firm", sa.Column("id", sa.Uuid, primary_key=True))
    _remembered()
    _accounts()
    _contacts()
    _search()


def _keys(*names: str) -> list[sa.Column[UUID]]:
    return [sa.Column(name, sa.Uuid, primary_key=True) for name in ("firm_id", *names)]


def _remembered() -> None:
    op.create_table(
        "remembered_section",
        *_keys("account_id"),
        sa.Column("section", sa.Text, primary_key=True),
        sa.Column("scope", sa.Text, primary_key=True),
        sa.Column("generation", sa.Integer, nullable=False),
        sa.Column("rows", sa.Text, nullable=False),
        sa.Column("total", sa.Integer, nullable=False),
        sa.Column("footer", sa.Text),
        sa.Column("as_of", INSTANT, nullable=False),
    )
    op.create_index("ix_remembered_section_firm_id_as_of", "remembered_section", ["firm_id", "as_of"])
    op.create_table(
        "section_generation",
        *_keys("account_id"),
        sa.Column("section", sa.Text, primary_key=True),
        sa.Column("generation", sa.Integer, nullable=False),
    )
    protect("remembered_section")
    protect("section_generation")
    op.execute(RECALL)


# Binds itself to the firm it is given, as a transaction would, so that row-level security holds in it; called outside
# a transaction that lasts for this one statement. Accounts with the nil id count for all of the firm.
RECALL = """
CREATE FUNCTION recall_sections(firm uuid, account uuid, names text[], scopes text[])
RETURNS TABLE (name text, rows text, total integer, footer text, as_of timestamptz, generation integer, present integer)
LANGUAGE plpgsql AS $function$
#variable_conflict use_column
BEGIN
    PERFORM set_config('app.firm_id', recall_sections.firm::text, true);
    RETURN QUERY
    SELECT asked.name, r.rows, r.total, r.footer, r.as_of, r.generation,
           coalesce(own.generation, 0) + coalesce(whole.generation, 0)
    FROM unnest(recall_sections.names, recall_sections.scopes) AS asked (name, scope)
    LEFT JOIN remembered_section r
           ON r.firm_id = recall_sections.firm AND r.account_id = recall_sections.account
          AND r.section = asked.name AND r.scope = asked.scope
    LEFT JOIN section_generation own
           ON own.firm_id = recall_sections.firm AND own.account_id = recall_sections.account
          AND own.section = asked.name
    LEFT JOIN section_generation whole
           ON whole.firm_id = recall_sections.firm AND whole.account_id = '00000000-0000-0000-0000-000000000000'
          AND whole.section = asked.name;
END
$function$
"""


def _accounts() -> None:
    op.create_table(
        "directory_account",
        *_keys("account_id"),
        sa.Column("version", sa.Integer, nullable=False, server_default=sa.text("0")),
        sa.Column("links_version", sa.Integer, nullable=False, server_default=sa.text("0")),
        sa.Column("state", sa.Text, nullable=False, server_default="awaited"),
        sa.Column("code", LISTED, nullable=False, server_default=""),
        sa.Column("name", LISTED, nullable=False, server_default=""),
        sa.Column("company", sa.Text, nullable=False, server_default=""),
        sa.Column("type", sa.Text, nullable=False, server_default=""),
        sa.Column("tags", sa.ARRAY(sa.Uuid), nullable=False, server_default="{}"),
        sa.Column("team", sa.ARRAY(sa.Uuid), nullable=False, server_default="{}"),
        sa.Column("people", postgresql.JSONB, nullable=False, server_default="[]"),
        sa.Column("created_at", INSTANT),
    )
    for column in ("name", "created_at", "code"):
        columns = ["firm_id", "state", column, "account_id"]
        op.create_index(f"ix_directory_account_{'_'.join(columns)}", "directory_account", columns)
    op.create_table("directory_mark", *_keys("mark_id", "account_id"))
    op.create_index("ix_directory_mark_firm_id_account_id", "directory_mark", ["firm_id", "account_id"])
    op.create_table(
        "directory_tag",
        *_keys("tag_id"),
        sa.Column("version", sa.Integer, nullable=False, server_default=sa.text("0")),
        sa.Column("is_deleted", sa.Boolean, nullable=False, server_default=sa.text("false")),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("colour", sa.Text, nullable=False),
    )
    for table in ("directory_account", "directory_mark", "directory_tag"):
        protect(table)


def _contacts() -> None:
    op.create_table(
        "directory_contact",
        *_keys("contact_id"),
        sa.Column("version", sa.Integer, nullable=False, server_default=sa.text("0")),
        sa.Column("is_deleted", sa.Boolean, nullable=False, server_default=sa.text("false")),
        sa.Column("name", sa.Text, nullable=False, server_default=""),
        sa.Column("addresses", sa.ARRAY(sa.Text), nullable=False, server_default="{}"),
    )
    op.create_table(
        "directory_link",
        *_keys("account_id", "contact_id"),
        sa.Column("position", sa.Integer, nullable=False),
    )
    op.create_index("ix_directory_link_firm_id_contact_id", "directory_link", ["firm_id", "contact_id"])
    protect("directory_contact")
    protect("directory_link")


def _search() -> None:
    op.create_table(
        "directory_search",
        *_keys("account_id"),
        sa.Column("is_archived", sa.Boolean, nullable=False),
        sa.Column("name", LISTED, nullable=False),
        sa.Column("code_key", PLAIN, nullable=False),
        sa.Column("name_key", PLAIN, nullable=False),
        sa.Column("names", sa.Text, nullable=False),
        sa.Column("addresses", sa.Text, nullable=False),
        sa.Column("team", sa.ARRAY(sa.Uuid), nullable=False),
        sa.Column("keys", sa.ARRAY(sa.Integer), nullable=False),
    )
    op.create_index(
        "ix_directory_search_keys",
        "directory_search",
        ["keys"],
        postgresql_using="gin",
        postgresql_with={"gin_pending_list_limit": 256},
    )
    op.create_index("ix_directory_search_firm_id_code_key", "directory_search", ["firm_id", "code_key"])
    op.create_index("ix_directory_search_firm_id_name_key", "directory_search", ["firm_id", "name_key"])
    protect("directory_search")
    # PostgreSQL uses no GIN index below a row-level policy: none of its operators is leakproof. So this one table's
    # owner is exempt, and reads it through a function that takes the firm from the transaction, as the policy does.
    op.execute("ALTER TABLE directory_search NO FORCE ROW LEVEL SECURITY")
    op.execute(FIND)
    op.execute("REVOKE ALL ON FUNCTION directory_find FROM PUBLIC")


# Arguments as `rules.query` prepares them; `viewer` null sees every account, else those with them on the team, whose
# key is then among `sought`. Ranks as R-SRC-4. Of more than `most` any are taken, and with them the best: exact code,
# names that begin so. Statements are planned for their values: rare parts by the index, common ones by a short walk.
FIND = r"""
CREATE FUNCTION directory_find(
    typed text, patterns text[], starts text[], sought integer[], is_address boolean, viewer uuid, most integer
) RETURNS TABLE (account_id uuid, is_archived boolean, tier integer, name text)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off
AS $function$
DECLARE
    firm uuid := nullif(current_setting('app.firm_id', true), '')::uuid;
    row_found text := $sql$
        SELECT s.account_id, s.is_archived, CASE
            WHEN s.code_key = $2 THEN 0
            WHEN strpos(s.addresses, E'\n' || $2 || E'\n') > 0 THEN 1
            WHEN starts_with(s.name_key, $2) THEN 2
            WHEN s.names LIKE ALL ($4) THEN 3
            ELSE 4 END, s.name
        FROM directory_search s WHERE s.firm_id = $1 $sql$;
    count_found integer;
BEGIN
    IF cardinality(sought) = 0 OR cardinality(patterns) = 0 THEN
        RETURN;
    END IF;
    IF viewer IS NOT NULL THEN
        row_found := row_found || 'AND s.team @> ARRAY[$7] AND s.keys @> $5 ';
    END IF;
    RETURN QUERY EXECUTE row_found
        || 'AND s.keys @> $5 AND (s.names LIKE ALL ($3) OR ($6 AND strpos(s.addresses, $2) > 0)) LIMIT $8'
        USING firm, typed, patterns, starts, sought, is_address, viewer, most;
    GET DIAGNOSTICS count_found = ROW_COUNT;
    IF count_found >= most THEN
        RETURN QUERY EXECUTE '(' || row_found || 'AND s.code_key = $2) UNION ALL ('
            || row_found || 'AND s.name_key ^@ $2 ORDER BY s.name_key LIMIT $8)'
            USING firm, typed, patterns, starts, sought, is_address, viewer, most;
    END IF;
END
$function$
"""


def downgrade() -> None:
    op.execute("DROP FUNCTION directory_find")
    op.execute("DROP FUNCTION recall_sections")
    for table in (
        "directory_search", "directory_link", "directory_contact", "directory_tag", "directory_mark",
        "directory_account", "section_generation", "remembered_section", "firm",
    ):  # fmt: skip
        op.drop_table(table)
    op.execute("DROP COLLATION listed")
