"""Echo, calling and hearing. It is deaf to the words in its table `deaf`, to whatever begins with `poison`."""

import os

from sqlalchemy import text
from sqlalchemy.orm import Session

from chassis.context import Context
from chassis.errors import AppError, Invalid
from chassis.service import Service, client, on, read, serve
from tests.contract.toy.contract import Echo, Missing, Said, Say, Toy, WordSaid

HEAR = text(
    "INSERT INTO heard (firm_id, word, times) VALUES (:firm, :word, 1)"
    " ON CONFLICT (firm_id, word) DO UPDATE SET times = heard.times + 1"
)


def hear(session: Session, ctx: Context, happened: WordSaid) -> None:
    if happened.word.startswith("poison"):
        raise Invalid("this word can never be heard")
    session.execute(HEAR, {"firm": ctx.firm, "word": happened.word})
    if session.scalar(text("SELECT 1 FROM deaf WHERE word = :word"), {"word": happened.word}):
        raise AppError("deaf for the moment")


def heard(session: Session, ctx: Context, request: Say) -> Said:
    times = session.scalar(text("SELECT times FROM heard WHERE word = :word"), {"word": request.word}) or 0
    return Said(word=request.word, times=times, process=os.getpid(), key=ctx.key)


class EchoService(Service):
    name = Echo.NAME
    toy = client(Toy)
    missing = client(Missing)
    on_word_said = on(WordSaid, hear)
    heard = read(heard)

    @serve
    def say(self, ctx: Context, request: Say) -> Said:
        return self.toy.say(ctx, request)

    @serve
    def think(self, ctx: Context, request: Say) -> Said:
        return self.toy.think(ctx, request)

    @serve
    def crash(self, ctx: Context, request: Say) -> Said:
        return self.toy.crash(ctx, request)

    @serve
    def ask_missing(self, ctx: Context, request: Say) -> Said:
        return self.missing.say(ctx, request)

    @serve
    def ask_in_transaction(self, ctx: Context, request: Say) -> Said:
        with self.db.transaction(ctx):
            return self.toy.say(ctx, request)
