"""What the tables of accounts have in common."""

from sqlalchemy import ForeignKeyConstraint

from chassis import db


class Base(db.Model):
    __abstract__ = True
    metadata = db.metadata()


def account_key(*columns: str) -> ForeignKeyConstraint:
    return ForeignKeyConstraint(list(columns), ["account.firm_id", "account.id"], ondelete="CASCADE")


def field_key(*columns: str) -> ForeignKeyConstraint:
    return ForeignKeyConstraint(list(columns), ["account_field.firm_id", "account_field.id"], ondelete="CASCADE")
