"""What sections have in common: who asks about which account, when."""

import datetime as dt
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, bindparam

from contracts.sections import Seen

FIRM = bindparam("firm_id", type_=Uuid)
ACCOUNT = bindparam("account_id", type_=Uuid)


@dataclass(frozen=True)
class Asked:
    """Whose rows of which account, for whom, at what time."""

    firm_id: UUID
    account_id: UUID
    scope: Seen
    now: dt.datetime

    def parameters(self) -> dict[str, Any]:
        return {"firm_id": self.firm_id, "account_id": self.account_id}
