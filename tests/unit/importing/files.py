"""Files as other programs write them."""

from deploy.importing import columns
from deploy.importing.command import good_rows
from deploy.importing.reading import Source


def write(tmp_path, text, encoding="utf-8", name="clients.csv"):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
    return path


class Refusals(list):
    """What the report is told, without a terminal."""

    def refuse(self, line, reason):
        self.append((line, reason))


def load(path):
    """The rows to be sent, and the rows refused."""
    refused = Refusals()
    with Source(path, columns.known) as source:
        return list(good_rows(source, refused)), refused
