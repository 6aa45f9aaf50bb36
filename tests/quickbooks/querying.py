"""The query language: `SELECT * FROM Customer WHERE Active = true ORDERBY Id STARTPOSITION 1 MAXRESULTS 100`.

Refused as Intuit refuses it: OR, JOIN, GROUP BY and projections (4000), unknown entities and properties, more than 1000
results (4001). Entity names are case-sensitive, keywords are not; a quote inside a text is escaped by a backslash.
Texts are compared exactly: whether Intuit folds their case isn't documented.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.quickbooks import faults
from tests.quickbooks.clock import instant
from tests.quickbooks.company import Company, Record
from tests.quickbooks.kinds import KINDS, Kind, shown

MOST, USUAL = 1000, 100  # results of one answer
TOKEN = re.compile(
    r"""\s*(?:(?P<text>'(?:\\.|[^'\\])*')|(?P<op><=|>=|=|<|>)|(?P<mark>[(),*;])|(?P<word>[A-Za-z0-9_.:+-]+))""",
    re.DOTALL,
)
OPERATORS = ("=", "<", ">", "<=", ">=", "in", "like")


@dataclass
class Query:
    kind: Kind
    is_count: bool = False
    conditions: list[tuple[str, str, list[str]]] = field(default_factory=list)
    order: list[tuple[str, bool]] = field(default_factory=list)  # property, descending
    start: int = 1
    most: int = USUAL


class Reader:
    def __init__(self, text: str) -> None:
        self.tokens: list[str] = []
        self.at = 0
        position = 0
        while text[position:].strip():
            found = TOKEN.match(text, position)
            if found is None:
                raise faults.unreadable_query(f"Invalid content. Lexical error at line 1, column {position + 1}.")
            self.tokens.append(found.group().strip())
            position = found.end()

    def peek(self) -> str:
        return self.tokens[self.at].lower() if self.at < len(self.tokens) else "<eof>"

    def take(self) -> str:
        token = self.tokens[self.at] if self.at < len(self.tokens) else "<EOF>"
        self.at += 1
        return token

    def expect(self, *wanted: str) -> None:
        for each in wanted:
            token = self.take()
            if token.lower() != each:
                raise self.unexpected(token, each)

    @staticmethod
    def unexpected(token: str, wanted: str) -> faults.Fault:
        return faults.unreadable_query(f'Encountered "{token}" at line 1. Was expecting: "{wanted}"')

    def value(self) -> str:
        token = self.take()
        if token == "<EOF>" or token[0] in "(),*;=<>":
            raise self.unexpected(token, "<VALUE>")
        return re.sub(r"\\(.)", r"\1", token[1:-1]) if token.startswith("'") else token

    def number(self) -> int:
        token = self.take()
        if not token.isdecimal():
            raise self.unexpected(token, "<INTEGER>")
        return int(token)


def parse(text: str) -> Query:
    """Raises 4000, 4001."""
    read = Reader(text)
    read.expect("select")
    is_count = read.peek() == "count"
    read.expect(*(("count", "(", "*", ")") if is_count else ("*",)))
    if read.peek() == ",":  # "SELECT *, Sku FROM Item" asks for one property more
        read.expect(",", "sku")
    read.expect("from")
    name = read.take()
    if name not in KINDS:
        raise faults.bad_query(f"Metadata not found for Entity: {name}")
    query = Query(KINDS[name], is_count)
    if read.peek() == "where":
        read.take()
        query.conditions.append(_condition(read, query.kind))
        while read.peek() == "and":
            read.take()
            query.conditions.append(_condition(read, query.kind))
    _end(read, query)
    return query


def _end(read: Reader, query: Query) -> None:
    """This will read ORDERBY, STARTPOSITION and MAXRESULTS, in this order."""
    if read.peek() in {"order", "orderby"}:
        _order(read, query)
    if read.peek() == "startposition":
        read.take()
        query.start = read.number()
        if query.start < 1:
            raise faults.bad_query(f"value {query.start} is too small. Min allowed value is 1.")
    if read.peek() == "maxresults":
        read.take()
        query.most = read.number()
        if query.most > MOST:
            raise faults.bad_query(f"value {query.most} is too large. Max allowed value is {MOST}.")
    if read.peek() == ";":
        read.take()
    if read.peek() != "<eof>":
        raise read.unexpected(read.take(), "<EOF>")


def _order(read: Reader, query: Query) -> None:
    if read.take().lower() == "order":
        read.expect("by")
    while True:
        name = _property(read.take(), query.kind)
        query.order.append((name, read.peek() == "desc"))
        if read.peek() in {"asc", "desc"}:
            read.take()
        if read.peek() != ",":
            return
        read.take()


def _property(name: str, kind: Kind) -> str:
    if name not in kind.filterable:
        raise faults.bad_query(f"Property {name} not found for Entity {kind.name}")
    return name


def _condition(read: Reader, kind: Kind) -> tuple[str, str, list[str]]:
    name = _property(read.take(), kind)
    operator = read.take().lower()
    if operator not in OPERATORS:
        raise read.unexpected(operator, "<OPERATOR>")
    if operator != "in":
        return name, operator, [read.value()]
    read.expect("(")
    options = [read.value()]
    while read.peek() == ",":
        read.take()
        options.append(read.value())
    read.expect(")")
    return name, operator, options


def run(company: Company, text: str) -> dict[str, Any]:
    """Answer a query; inactive entries are left out unless it asks for `Active IN (true, false)`."""
    query = parse(text)
    kind = query.kind
    rows = [{**each, **kind.derive(company, kind.name, each)} for each in company.all(kind.name).values()]
    if "Active" in kind.properties and all(name != "Active" for name, _, _ in query.conditions):
        rows = [row for row in rows if row.get("Active", True)]
    for name, operator, options in query.conditions:
        rows = [row for row in rows if _holds(_of(row, name), operator, options)]
    for name, is_descending in reversed(query.order or [("Id", False)]):
        rows.sort(key=lambda row, name=name: _sortable(_of(row, name), name), reverse=is_descending)  # type: ignore[misc]
    if query.is_count:
        return {"totalCount": len(rows)}
    page = rows[query.start - 1 : query.start - 1 + query.most]
    if not page:
        return {}
    page = [shown(company, kind, company.all(kind.name)[row["Id"]]) for row in page]
    return {kind.name: page, "startPosition": query.start, "maxResults": len(page), "totalCount": len(rows)}


def _of(row: Record, name: str) -> Any:
    if name == "Id":
        return int(row["Id"])
    value: Any = row
    for part in name.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    if isinstance(value, dict):
        return value.get("value", value.get("Address"))
    return value


def _sortable(value: Any, name: str) -> tuple[int, Any]:
    if value is None:
        return (0, "")
    return (1, instant(value) if name.startswith("MetaData.") else value)


def _holds(value: Any, operator: str, options: list[str]) -> bool:
    if value is None:
        return False
    if operator == "in":
        return any(_holds(value, "=", [each]) for each in options)
    if operator == "like":
        pattern = ".*".join(re.escape(part) for part in options[0].split("%"))
        return re.fullmatch(pattern, str(value), re.IGNORECASE | re.DOTALL) is not None
    mine, other = _comparable(value, options[0])
    return COMPARE[operator](mine, other)


def _comparable(value: Any, text: str) -> tuple[Any, Any]:
    """Both as what the entity's value is. Raises 4001 where the query's can't be."""
    try:
        if isinstance(value, bool):
            return value, {"true": True, "false": False}[text.lower()]
        if isinstance(value, int | float):
            return float(value), float(text)
        if re.fullmatch(r"\d{4}-\d\d-\d\dT.*", str(value)):
            return instant(value), instant(text)
    except (KeyError, ValueError):
        raise faults.bad_query(f"Invalid value {text}") from None
    return str(value), text


COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda mine, other: mine == other,
    "<": lambda mine, other: mine < other,
    ">": lambda mine, other: mine > other,
    "<=": lambda mine, other: mine <= other,
    ">=": lambda mine, other: mine >= other,
}
