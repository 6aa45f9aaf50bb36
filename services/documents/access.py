"""Who reaches what: the access of one viewer to each folder and document of an account, as a part of any query.

From the top down, each folder gives what the one above it gives, and to clients no more than its own setting says
(R-DOC-8); an exemption of the viewer on a folder or a document says otherwise, in both directions (R-ACC-7).
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast
from uuid import UUID

from sqlalchemy import CTE, ColumnElement, Integer, Select, Table, and_, case, func, literal, or_, select

from chassis.context import Context
from chassis.errors import Forbidden
from contracts.rights import ACCOUNT, allows, is_staff
from services.documents import model

NONE, VIEW, EDIT = range(3)
WORDS = ("none", "view", "edit")

folder = cast("Table", model.Folder.__table__)
document = cast("Table", model.Document.__table__)
exemption = cast("Table", model.Exemption.__table__)


@dataclass(frozen=True)
class Viewer:
    """`kind` is `all` (whom no exemption concerns), `member` or `contact`; `rank` what a member has unless exempted."""

    kind: str
    id: UUID | None = None
    rank: int = EDIT


ALL = Viewer("all")
ANY_CLIENT = Viewer("contact", UUID(int=0))  # one without exemptions


def viewer(ctx: Context) -> Viewer:
    """The caller as a viewer of an account that they are known to see. Raises Forbidden for nobody."""
    actor = ctx.actor
    if actor.kind == "portal" and actor.id is not None:
        return Viewer("contact", actor.id)
    if not is_staff(actor):
        raise Forbidden
    if allows(ACCOUNT["see_all_documents"], actor):
        return ALL
    return Viewer("member", actor.id, EDIT if allows(ACCOUNT["manage_documents"], actor) else VIEW)


def staff(ctx: Context) -> None:
    """Raise Forbidden for clients, who have calls of their own."""
    if not is_staff(ctx.actor):
        raise Forbidden


def client(ctx: Context) -> None:
    """Raise Forbidden for all but clients."""
    if ctx.actor.kind != "portal" or ctx.actor.id is None:
        raise Forbidden


@dataclass(frozen=True)
class Sight:
    """What one viewer sees of one account: expressions over the rows of `folder` and `document` in a statement."""

    firm_id: UUID
    account_id: UUID
    viewer: Viewer

    def folder_rank(self) -> ColumnElement[int]:
        if self.viewer.kind == "all":
            return literal(EDIT)
        return self._of(folder.c.id)

    def document_rank(self) -> ColumnElement[int]:
        if self.viewer.kind == "all":
            return literal(EDIT)
        return func.coalesce(self._said(document.c.id), self._of(document.c.folder_id), literal(NONE))

    def folders(self) -> list[ColumnElement[bool]]:
        """The folders that are the viewer's to see, the trash's too."""
        mine = [folder.c.firm_id == self.firm_id, folder.c.account_id == self.account_id]
        return mine if self.viewer.kind == "all" else [*mine, self.folder_rank() > NONE]

    def documents(self) -> list[ColumnElement[bool]]:
        """The documents that are the viewer's to see, the trash's too (R-OV-9)."""
        mine = [document.c.firm_id == self.firm_id, document.c.account_id == self.account_id]
        if self.viewer.kind == "all":
            return mine
        # As `document_rank() > NONE`, in terms that PostgreSQL looks up once for all documents rather than for each.
        reached = select(self._ranks.c.id).where(self._ranks.c.rank > NONE)
        hidden, given = self._exempted(exemption.c.access == "none"), self._exempted(exemption.c.access != "none")
        by_folder = and_(document.c.folder_id.in_(reached), document.c.id.not_in(hidden))
        return [*mine, or_(by_folder, document.c.id.in_(given))]

    def _exempted(self, how: ColumnElement[bool]) -> Select[Any]:
        return select(exemption.c.item_id).where(
            exemption.c.firm_id == self.firm_id,
            exemption.c.account_id == self.account_id,
            exemption.c.kind == self.viewer.kind,
            exemption.c.holder_id == self.viewer.id,
            how,
        )

    def _of(self, folder_id: ColumnElement[UUID]) -> ColumnElement[Any]:
        return select(self._ranks.c.rank).where(self._ranks.c.id == folder_id).scalar_subquery()

    def _said(self, item_id: ColumnElement[UUID]) -> ColumnElement[Any]:
        rank = case({"none": NONE, "view": VIEW, "edit": EDIT}, value=exemption.c.access)
        return (
            select(rank)
            .where(
                exemption.c.firm_id == self.firm_id,
                exemption.c.item_id == item_id,
                exemption.c.kind == self.viewer.kind,
                exemption.c.holder_id == self.viewer.id,
            )
            .scalar_subquery()
        )

    @cached_property
    def _ranks(self) -> CTE:
        """The rank of every folder of the account, from the top down."""
        mine = and_(folder.c.firm_id == self.firm_id, folder.c.account_id == self.account_id)
        most: ColumnElement[Any] = literal(EDIT)
        if self.viewer.kind == "contact":
            most = case({"private": NONE, "view": VIEW, "edit": EDIT}, value=folder.c.client_access)
        own = func.least(most, literal(self.viewer.rank, Integer))
        top = select(folder.c.id, func.coalesce(self._said(folder.c.id), own).label("rank"))
        ranks = top.where(mine, folder.c.parent_id.is_(None)).cte(f"ranks_of_{self.viewer.kind}", recursive=True)
        inherited = func.coalesce(self._said(folder.c.id), func.least(most, ranks.c.rank))
        return ranks.union_all(select(folder.c.id, inherited).where(mine, folder.c.parent_id == ranks.c.id))


def sight(ctx: Context, account_id: UUID) -> Sight:
    """What the caller sees of an account."""
    return Sight(ctx.firm, account_id, viewer(ctx))
