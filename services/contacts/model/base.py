"""What all tables of the contacts service stand on."""

from sqlalchemy import Text, text

from chassis import db

# Names are sorted as people sort them, in every script (R-LNK-5). Equality stays exact: the collation is deterministic.
SORTED = Text(collation="und-x-icu")
UUIDS = text("'{}'::uuid[]")
TEXTS = text("'{}'::text[]")
EMPTY = text("''")


class Base(db.Model):
    __abstract__ = True
    metadata = db.metadata()
