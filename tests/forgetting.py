"""Takes out of every statement the condition that names the firm, as a query would be whose author forgot it."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event

# `t.firm_id = %(firm_id_1)s::UUID` of a WHERE; SET has no blanks around its sign, and tables joined by their firms
# stay joined.
NAMED = re.compile(r"\b(?:\w+\.)?firm_id (?:=|IS NOT DISTINCT FROM) %\(\w+\)s(?:::\w+)?")


class Forgotten:
    """How many conditions were taken out, and of how many statements."""

    def __init__(self) -> None:
        self.conditions = self.statements = 0

    def rewrite(self, _connection: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> tuple[str, Any]:
        statement, count = NAMED.subn("true", statement)
        self.conditions += count
        self.statements += count > 0
        return statement, values


@contextmanager
def firms_forgotten() -> Iterator[Forgotten]:
    """From here to the end no statement of any engine asks for its firm."""
    forgotten = Forgotten()
    event.listen(Engine, "before_cursor_execute", forgotten.rewrite, retval=True)
    try:
        yield forgotten
    finally:
        event.remove(Engine, "before_cursor_execute", forgotten.rewrite)
