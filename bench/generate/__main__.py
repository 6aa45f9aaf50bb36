"""`python -m bench.generate --accounts 20000`: clients straight into the services' databases, 1k to 1M of them."""

import argparse
import sys
import time

import psycopg

from bench.generate.filling import generate
from chassis.config import SettingsError, load_settings

SHOWN = 10  # firms at most


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.generate", description=__doc__)
    parser.add_argument("--accounts", type=int, default=20_000, help="of each firm")
    parser.add_argument("--firms", type=int, default=1)
    asked = parser.parse_args(arguments)
    began = time.monotonic()
    try:
        firms = generate(load_settings(), *[asked.accounts] * asked.firms)
    except (SettingsError, ValueError, psycopg.Error) as fault:
        print(f"cannot generate: {fault}", file=sys.stderr)
        return 1
    print(f"made in {time.monotonic() - began:.0f} s")
    for firm in firms[:SHOWN]:
        print(f"{firm.name} {firm.id}\n  owner's token     {firm.token}\n  employee's token  {firm.employee_token}")
        print(f"  an account        {firm.account(0)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
