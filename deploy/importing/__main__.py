"""Read the command line."""

import logging
import sys
from pathlib import Path
from typing import Annotated

import structlog
import typer

from deploy.importing import command


def main(
    file: Annotated[Path, typer.Argument(help="A CSV file: one row per contact, columns in any order.")],
    firm: Annotated[str | None, typer.Option(help="Name or id of the firm; needed where there are several.")] = None,
    encoding: Annotated[str | None, typer.Option(help="Of the file, such as shift_jis; else it is found out.")] = None,
) -> None:
    """Load a client list. Rows that can't be loaded are reported with their line; running it twice changes nothing."""
    quiet = structlog.make_filtering_bound_logger(logging.CRITICAL)  # the report says all there is to say
    structlog.configure(wrapper_class=quiet)
    sys.exit(command.run(file, firm, encoding))


if __name__ == "__main__":
    typer.run(main)
