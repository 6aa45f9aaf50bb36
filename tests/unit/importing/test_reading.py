"""Files read whatever wrote them."""

import csv
import io
import tracemalloc

import pytest

from services.accounts.client_lists import columns
from services.accounts.client_lists.problem import Unreadable
from services.accounts.client_lists.reading import MAX_RECORD, Source
from tests.unit.importing.files import write

HEADER = "Nom du compte;Prénom;Nom de famille;Courriel\r\n"
ROW = "Établissements Lefèvre;Chloé;Lefèvre;chloe@example.com\r\n"


def read(path):
    with Source(path, columns.known) as source:
        return source, [(record.line, record.cells) for record in source]


class TestEncodings:
    @pytest.mark.parametrize(
        ("encoding", "found"),
        [
            ("utf-8", "utf-8"),
            ("utf-8-sig", "utf-8-sig"),
            ("utf-16", "utf-16"),
            ("utf-16-le", "utf-16-le"),
            ("utf-16-be", "utf-16-be"),
            ("utf-32", "utf-32"),
            ("cp1252", "cp1252"),
        ],
    )
    def test_finds_out(self, tmp_path, encoding, found):
        source, records = read(write(tmp_path, HEADER + ROW, encoding))

        assert (source.encoding, source.delimiter) == (found, ";")
        assert records == [(2, ["Établissements Lefèvre", "Chloé", "Lefèvre", "chloe@example.com"])]

    def test_old_mac(self, tmp_path):
        source, records = read(write(tmp_path, (HEADER + ROW).replace("\r\n", "\r"), "mac-roman"))

        assert source.encoding == "mac-roman"
        assert records == [(2, ["Établissements Lefèvre", "Chloé", "Lefèvre", "chloe@example.com"])]

    def test_the_first_letter_that_tells_may_come_late(self, tmp_path):
        plain = "Account name,City\r\n" + "Byron,London\r\n" * 90_000
        source, _ = read(write(tmp_path, plain.encode() + "Lefèvre,Paris\r\n".encode("cp1252")))

        assert source.encoding == "cp1252"

    @pytest.mark.parametrize(
        ("content", "hint"),
        [
            (b"", "empty"),
            (b"PK\x03\x04rest", "workbook"),
            (b"\xd0\xcf\x11\xe0rest", "old Excel"),
            (b"%PDF-1.7", "PDF"),
            (b"\x1f\x8b\x08", "unpack"),
            (b"just a letter to somebody\nabout nothing\n", "first row must name the columns"),
            (b"\n\n\n", "first row must name the columns"),
            (b"Account name\xff\xfe".ljust(60, b"\x00"), "not a text file"),
            ("Account name,City\r\nByron,Paris".encode("utf-16")[:-1], "not utf-16 text"),
        ],
    )
    def test_says_what_to_do_with_what_is_no_csv(self, tmp_path, content, hint):
        with pytest.raises(Unreadable, match=hint):
            read(write(tmp_path, content))


class TestHeader:
    @pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
    def test_finds_the_delimiter(self, tmp_path, delimiter):
        source, records = read(write(tmp_path, f"Account name{delimiter}Email\nByron{delimiter}b@example.com\n"))

        assert source.delimiter == delimiter
        assert records == [(2, ["Byron", "b@example.com"])]

    def test_commas_inside_names_do_not_mislead(self, tmp_path):
        text = 'Client;"Adresse (rue, numéro, boîte, étage)";Ville\nByron;1, rue X;Paris\n'

        source, records = read(write(tmp_path, text))

        assert source.delimiter == ";"
        assert records == [(2, ["Byron", "1, rue X", "Paris"])]

    def test_a_single_column_needs_none(self, tmp_path):
        assert read(write(tmp_path, "Client\nByron\nLovelace, Ada\n"))[1][0] == (2, ["Byron"])

    def test_excel_may_name_the_separator(self, tmp_path):
        source, records = read(write(tmp_path, "sep=;\r\nClient;Ville\r\nByron;Paris\r\n"))

        assert source.header == ["Client", "Ville"]
        assert records == [(3, ["Byron", "Paris"])]

    def test_a_title_may_stand_above(self, tmp_path):
        text = "Clients,,\nexported on 2026-11-23,,\n,,\nClient,Email,City\nByron,b@example.com,London\n"

        source, records = read(write(tmp_path, text))

        assert source.header == ["Client", "Email", "City"]
        assert records == [(5, ["Byron", "b@example.com", "London"])]

    def test_a_name_may_stand_on_two_lines(self, tmp_path):
        source, records = read(write(tmp_path, '"Account\nname","E-mail\naddress"\nByron,b@example.com\n'))

        assert [columns.meaning(name).field for name in source.header] == ["account_name", "email"]
        assert records == [(4, ["Byron", "b@example.com"])]


class TestRecords:
    def test_empty_lines_are_skipped_and_counted(self, tmp_path):
        _, records = read(write(tmp_path, "Client,City\n\n,,\nByron,London\n   ,  \n\nLovelace,Paris\n\n"))

        assert records == [(4, ["Byron", "London"]), (7, ["Lovelace", "Paris"])]

    def test_quoted_newlines_belong_to_the_cell_and_the_next_line_keeps_its_number(self, tmp_path):
        text = 'Client,Notes\r\nByron,"one\r\ntwo ""quoted""\r\nthree"\r\nLovelace,x\r\n'

        _, records = read(write(tmp_path, text))

        assert records == [(2, ["Byron", 'one\r\ntwo "quoted"\r\nthree']), (5, ["Lovelace", "x"])]

    def test_spaces_after_the_separator_and_no_last_newline(self, tmp_path):
        assert read(write(tmp_path, 'Client, City\n"Byron, Lord", "London"'))[1] == [(2, ["Byron, Lord", "London"])]

    def test_an_inch_mark_is_no_quotation(self, tmp_path):
        assert read(write(tmp_path, 'Client,Notes\nByron,5" pipe\nNext,x\n'))[1][0] == (2, ["Byron", '5" pipe'])

    def test_a_quotation_never_closed_blames_its_line(self, tmp_path):
        path = write(tmp_path, 'Client,Notes\nByron,ok\nLovelace,"open\n' + "Next,x\n" * 50)

        with Source(path, columns.known) as source:
            good, bad = list(source)

        assert (good.line, good.fault) == (2, None)
        assert bad.line == 3
        assert bad.fault.facts == {"line": "53"}

    @pytest.mark.parametrize("rest", ['"' + "x" * (MAX_RECORD + 10), '"' + "Next,x\n" * (MAX_RECORD // 6)])
    def test_a_row_without_end_stops_the_reading_and_names_its_line(self, tmp_path, rest):
        path = write(tmp_path, f"Client,Notes\nByron,ok\nLovelace,{rest}\n")

        with Source(path, columns.known) as source:
            records = iter(source)
            assert next(records).line == 2
            with pytest.raises(Unreadable, match="line 3"):
                next(records)

    def test_a_byte_that_is_no_text_names_its_line(self, tmp_path):
        text = ("Client,City\n" + "Byron,London\n" * 5000).encode("utf-16")
        path = write(tmp_path, text + b"\x00\xd8" + "x\n".encode("utf-16-le"))

        with Source(path, columns.known) as source, pytest.raises(Unreadable, match=r"line [45]\d{3}"):
            list(source)

    def test_memory_does_not_grow_with_the_file(self, tmp_path):
        path = tmp_path / "long.csv"
        with path.open("w", newline="") as file:
            file.write("Client,Notes\n")
            for number in range(20_000):
                file.write(f"Client {number},{'x' * 200}\n")

        tracemalloc.start()
        with Source(path, columns.known) as source:
            count = sum(1 for _ in source)
            position = source.position
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()

        assert (count, position) == (20_000, path.stat().st_size)
        assert peak < path.stat().st_size / 2

    def test_what_the_standard_library_writes_comes_back(self, tmp_path):
        rows = [["Byron, Lord", 'a "b"', "x\ny"], ["é", ";", "'"]]
        text = io.StringIO()
        csv.writer(text).writerows([["Client", "City", "Notes"], *rows])

        assert [cells for _, cells in read(write(tmp_path, text.getvalue()))[1]] == rows
