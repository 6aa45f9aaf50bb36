"""What sections are asked with: whose rows of which account, for whom, when."""

import datetime as dt
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID

from sqlalchemy import TIMESTAMP, Uuid, bindparam

from contracts.sections import Seen
from services.documents.access import ALL, VIEW, Sight, Viewer


@dataclass(frozen=True)
class Asked:
    """`scope` is what a section is remembered by; `reader_id` is the member who asks, for what is theirs alone."""

    firm_id: UUID
    account_id: UUID
    scope: Seen
    now: dt.datetime
    reader_id: UUID | None = None

    @cached_property
    def sight(self) -> Sight:
        member_id = self.scope.member_id
        viewer = ALL if member_id is None else Viewer("member", member_id, VIEW)
        return Sight(self.firm_id, self.account_id, viewer)

    def parameters(self) -> dict[str, Any]:
        """What the parameters of FOR_ALL and FOR_ONE stand for."""
        return {
            "firm_id": self.firm_id,
            "account_id": self.account_id,
            "member_id": self.scope.member_id,
            "now": self.now,
        }


def _parameter(name: str, kind: Any) -> Any:
    return bindparam(name, type_=kind)


# Of no account and nobody: what is made from them serves everybody who asks, by its parameters.
FOR_ALL, FOR_ONE = (
    Asked(
        _parameter("firm_id", Uuid), _parameter("account_id", Uuid), scope, _parameter("now", TIMESTAMP(timezone=True))
    )
    for scope in (Seen(), Seen(member_id=_parameter("member_id", Uuid)))
)
