"""Finds the route of a request: one step of a tree per segment of the path."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar


class Listed(Protocol):
    """A line of a table of what can be asked for over HTTP."""

    @property
    def verb(self) -> str: ...
    @property
    def path(self) -> str: ...


R = TypeVar("R", bound=Listed)


@dataclass(slots=True)
class _Node(Generic[R]):
    steps: dict[str, "_Node[R]"] = field(default_factory=dict)
    any_step: "_Node[R] | None" = None
    routes: dict[str, R] = field(default_factory=dict)


class Router(Generic[R]):
    """A literal segment wins over a parameter, so `/v1/contacts/duplicates` is nobody's id."""

    def __init__(self, routes: Iterable[R]) -> None:
        self._root: _Node[R] = _Node()
        for route in routes:
            node = self._root
            for step in route.path.split("/"):
                node = self._child(node, step)
            if route.verb in node.routes:
                raise ValueError(f"two routes for {route.verb} {route.path}")
            node.routes[route.verb] = route

    @staticmethod
    def _child(node: _Node[R], step: str) -> _Node[R]:
        if step.startswith("{"):
            if node.any_step is None:
                node.any_step = _Node()
            return node.any_step
        return node.steps.setdefault(step, _Node())

    def find(self, path: str) -> tuple[dict[str, R], list[str]]:
        """Give the routes of a path by verb, none if there is no such path, and its parameters in order."""
        node, values = self._root, []
        for step in path.split("/"):
            known = node.steps.get(step)
            if known is None:
                known = node.any_step
                if known is None or not step:
                    return {}, []
                values.append(step)
            node = known
        return node.routes, values
