"""The gateway as a process: what it says when it can't start, and how it ends."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys

import aiormq
import httpx
import orjson
import pytest
from pamqp.commands import Basic

from deploy.local import ports
from tests.stack import namespace, settings

PATIENT = 30.0  # s
COMMAND = [sys.executable, "-m", "gateway"]


def test_what_is_missing_is_named():
    environment = {key: value for key, value in os.environ.items() if key != "AMQP_URI"} | {"DOSSIER_PORT": "many"}

    done = subprocess.run(COMMAND, env=environment, capture_output=True, text=True, timeout=PATIENT, check=False)

    assert done.returncode == 2
    assert "AMQP_URI is missing" in done.stderr
    assert "DOSSIER_PORT must be" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.fixture
def environment(amqp_uri):
    port = ports.free_ports(1)[0]
    return settings({"AMQP_URI": amqp_uri, "DOSSIER_PORT": str(port), "DOSSIER_HOST": ports.HOST}, namespace())


@contextlib.asynccontextmanager
async def identity(environment):
    """A peer that takes sign-ins, to be answered by the test: `asked` has the requests, `answer(message)` replies."""
    exchange = f"{environment['DOSSIER_NAMESPACE']}.rpc"
    connection = await aiormq.connect(environment["AMQP_URI"])
    channel = await connection.channel(publisher_confirms=False)
    asked = asyncio.Queue()
    await channel.exchange_declare(exchange, exchange_type="topic", durable=True)
    queue = (await channel.queue_declare("", exclusive=True)).queue
    await channel.queue_bind(queue, exchange, "identity.*")
    await channel.basic_consume(queue, asked.put, no_ack=True)

    async def answer(message, result):
        asker = message.header.properties
        properties = Basic.Properties(correlation_id=asker.correlation_id)
        body = orjson.dumps({"result": result, "error": None})
        await channel.basic_publish(body, exchange=exchange, routing_key=asker.reply_to, properties=properties)

    yield asked, answer
    await connection.close()


async def until_ready(client):
    async with asyncio.timeout(PATIENT):
        for _ in range(1000):
            with contextlib.suppress(httpx.TransportError):
                if (await client.get("/readyz")).status_code == 200:
                    return
            await asyncio.sleep(0.1)


async def until_nobody_new_is_let_in(url):
    with contextlib.suppress(httpx.TransportError):
        async with asyncio.timeout(PATIENT):
            while True:
                async with httpx.AsyncClient() as another:
                    await another.get(f"{url}/healthz")


def test_a_request_in_flight_is_answered_before_the_process_ends(environment):
    async def run(process):
        url = f"http://{ports.HOST}:{environment['DOSSIER_PORT']}"
        async with identity(environment) as (asked, answer), httpx.AsyncClient(base_url=url, timeout=PATIENT) as client:
            await until_ready(client)
            body = {"email": "a@example.com", "password": "secret"}
            signing_in = asyncio.create_task(client.post("/v1/auth/login", json=body))
            message = await asyncio.wait_for(asked.get(), PATIENT)

            process.send_signal(signal.SIGTERM)
            await until_nobody_new_is_let_in(url)
            await answer(message, {"token": "t", "expires_at": "2126-01-01T00:00:00Z"})
            return await signing_in

    with subprocess.Popen(COMMAND, env=environment, stderr=subprocess.PIPE) as process:
        try:
            response = asyncio.run(run(process))
            _, log = process.communicate(timeout=PATIENT)
        finally:
            process.kill()

    assert (response.status_code, response.json()["token"]) == (200, "t")
    assert process.returncode == 0
    assert b"Traceback" not in log
