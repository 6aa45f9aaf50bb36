"""`python -m deploy.image.probing ready|alive`: ask the process of this container, by HTTP, how it is.

A service answers on DOSSIER_OPS_PORT, the gateway on DOSSIER_PORT; in a container one of the two runs.
"""

import http.client
import os
import sys

ALIVE, READY = "alive", "ready"
PATHS = {ALIVE: "/healthz", READY: "/readyz"}
PATIENCE = 4.0  # s, below the five that whoever asks usually waits
SHOWN = 300  # characters of an answer


def fault(path: str, ports: list[int]) -> str:
    """What is wrong in a few words, said by the process that listens; empty when nothing is."""
    said = "no port is set"
    for port in ports:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            text = answer.read(SHOWN).decode(errors="replace")
        except (OSError, http.client.HTTPException) as exc:
            said = f"port {port}: {exc}"
        else:
            return "" if answer.status == http.client.OK else text
        finally:
            connection.close()
    return said


def main(words: list[str]) -> int:
    (word,) = words
    named = (os.environ.get("DOSSIER_OPS_PORT"), os.environ.get("DOSSIER_PORT"))
    said = fault(PATHS[word], [int(port) for port in named if port])
    print(said or "ok")
    return 1 if said else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
