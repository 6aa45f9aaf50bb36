"""The toy, answering."""

import os

import eventlet
from sqlalchemy import text
from sqlalchemy.orm import Session

from chassis.context import Context
from chassis.outbox import emit
from chassis.service import Service, read, serve, write
from tests.contract.toy.contract import Said, Say, Toy, WordRefused, WordSaid

SAY = text(
    "INSERT INTO word (firm_id, word, times) VALUES (:firm, :word, 1)"
    " ON CONFLICT (firm_id, word) DO UPDATE SET times = word.times + 1 RETURNING times"
)


def say(session: Session, ctx: Context, request: Say) -> Said:
    if request.word == "refused":
        raise WordRefused(word=request.word, letters=7)
    session.execute(text("SELECT pg_sleep(:seconds)"), {"seconds": request.seconds})
    times = session.execute(SAY, {"firm": ctx.firm, "word": request.word}).scalar_one()
    emit(session, ctx, WordSaid(word=request.word, times=times))
    return Said(word=request.word, times=times, process=os.getpid(), key=ctx.key)


def count(session: Session, ctx: Context, request: Say) -> Said:
    times = session.scalar(text("SELECT times FROM word WHERE word = :word"), {"word": request.word}) or 0
    return Said(word=request.word, times=times, process=os.getpid(), key=ctx.key)


class ToyService(Service):
    name = Toy.NAME
    say = write(say)
    count = read(count)

    @serve
    def think(self, ctx: Context, request: Say) -> Said:
        eventlet.sleep(request.seconds)
        return Said(word=request.word, times=0, process=os.getpid(), key=ctx.key)

    @serve
    def crash(self, ctx: Context, request: Say) -> Said:
        raise ZeroDivisionError(f"secret of {ctx.firm}: {request.word}")
