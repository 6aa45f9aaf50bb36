"""toy: keeps words, refuses some, is slow when asked to be."""

from typing import Annotated, ClassVar, Protocol

from marshmallow.validate import Length

from chassis.context import Context
from chassis.errors import Conflict
from chassis.wire import event, message


class WordRefused(Conflict):
    """The toy does not take this word."""

    code = "toy_word_refused"


@message
class Say:
    word: Annotated[str, Length(min=1, max=50)]
    seconds: float = 0.0  # how long to think first


@message
class Said:
    word: str
    times: int  # how often the firm has said it
    process: int
    key: str


@event("toy.word_said", version=1)
class WordSaid:
    word: str
    times: int


class Toy(Protocol):
    NAME: ClassVar[str] = "toy"

    def say(self, ctx: Context, request: Say) -> Said: ...  # WordRefused
    def count(self, ctx: Context, request: Say) -> Said: ...
    def think(self, ctx: Context, request: Say) -> Said: ...
    def crash(self, ctx: Context, request: Say) -> Said: ...


class Missing(Protocol):
    NAME: ClassVar[str] = "missing"

    def say(self, ctx: Context, request: Say) -> Said: ...


class Echo(Protocol):
    """Passes each call on to the toy through the services' own client."""

    NAME: ClassVar[str] = "echo"

    def say(self, ctx: Context, request: Say) -> Said: ...
    def think(self, ctx: Context, request: Say) -> Said: ...
    def crash(self, ctx: Context, request: Say) -> Said: ...
    def ask_missing(self, ctx: Context, request: Say) -> Said: ...
    def ask_in_transaction(self, ctx: Context, request: Say) -> Said: ...
    def heard(self, ctx: Context, request: Say) -> Said: ...
