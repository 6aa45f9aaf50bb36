"""`python -m tests.forgetful SERVICE`: a process of a service none of whose queries names the firm."""

import chassis.run as process  # isort: skip (it makes what is imported after it cooperative)

import sys

from tests.forgetting import firms_forgotten


def main(arguments: list[str]) -> int:
    with firms_forgotten() as forgotten:
        status = process.main(arguments)
    print(f"{forgotten.conditions} conditions taken out of {forgotten.statements} statements", file=sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
