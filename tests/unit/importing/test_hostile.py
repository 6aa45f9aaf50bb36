"""Lists that were damaged, or made to do damage: each fault is a clear line, and the rest is loaded as it is."""

import random
import tracemalloc

import pytest

from contracts.accounts import ImportedRow
from deploy.importing import command
from deploy.importing.report import Report, printable
from gateway import sheets
from services.accounts.client_lists import encodings, reading
from services.accounts.client_lists.problem import Unreadable
from services.accounts.client_lists.reading import MAX_COLUMNS, MAX_RECORD
from tests.unit.importing.files import load, write

HEADER = "Account name,First name,Last name,Email,Notes\n"
GOOD = "Byron,Ada,King,ada@king.example.com,\n"
NOISE = random.Random(1).randbytes(20_000)


def loaded(tmp_path, text, **kwargs):
    """The names of the accounts to be sent, and the refusals."""
    rows, refused = load(write(tmp_path, text, **kwargs))
    return [row.account_name for row in rows], list(refused)


def refused(tmp_path, row, **kwargs):
    """Why the one bad row was refused; the good ones around it are loaded."""
    names, ((line, reason),) = loaded(tmp_path, HEADER + GOOD + row + GOOD, **kwargs)
    assert (names, line) == (["Byron", "Byron"], 3)
    return reason


class TestFormulas:
    """They are text here; what makes them harmless is the export (R-EXP-1)."""

    @pytest.mark.parametrize("name", ["=cmd|' /C calc'!A0", "+Roy", "-2+3", "@SUM(A1)", '=HYPERLINK("x")', "'Roy"])
    def test_are_loaded_unchanged(self, tmp_path, name):
        quoted = f'"{name.replace(chr(34), chr(34) * 2)}"'

        (row,), _ = load(write(tmp_path, HEADER + f"{quoted},{quoted},,a@b.example.com,{quoted}\n"))

        assert (row.account_name, row.contact.new.first_name, row.contact.new.notes) == (name, name, name)

    @pytest.mark.parametrize("phone", ["+33 1 42 68 53 00", "(0) 12 34 56"])
    def test_the_apostrophe_that_an_export_puts_before_them_is_taken_away(self, tmp_path, phone):
        text = "Account name,Phone\n" + sheets.written([["=Roy", phone]], [False, False])

        (row,), refusals = load(write(tmp_path, text))

        assert (row.account_name, row.contact.new.phones, refusals) == ("=Roy", (phone,), [])


class TestCharacters:
    @pytest.mark.parametrize("name", ["\u202eyoR annA", "Ada \u200fRoy", "\u2066Ada", "Ada\u061cRoy"])
    def test_what_turns_the_writing_round_is_refused(self, tmp_path, name):
        assert "change the direction of writing" in refused(tmp_path, f"{name},A,B,,\n")

    def test_names_written_from_right_to_left_are_not(self, tmp_path):
        assert loaded(tmp_path, HEADER + "משפחת כהן,דוד,כהן,,\n") == (["משפחת כהן"], [])

    @pytest.mark.parametrize("name", ["A\x07da", "Ada\x1b[31m", "Ad\x7fa", "\x01"])
    def test_control_characters_are_refused(self, tmp_path, name):
        assert "control characters" in refused(tmp_path, f"{name},A,B,,\n")

    @pytest.mark.parametrize("row", ["Ad\x00a,A,B,,\n", 'Ada,A,B,,"\x00"\n'])
    def test_a_nul_is_refused_wherever_it_stands(self, tmp_path, row):
        assert "NUL" in refused(tmp_path, row)

    def test_a_mark_between_files_put_one_behind_the_other_is_no_part_of_a_name(self, tmp_path):
        assert loaded(tmp_path, HEADER + "\ufeff" + GOOD) == (["Byron"], [])

    @pytest.mark.parametrize(
        ("text", "shown"),
        [
            ("Ada\x1b[31m", r"Ada\x1b[31m"),
            ("\u202eyoR", r"\u202eyoR"),
            ("a\r\nline 3: all is well", r"a\r\nline 3: all is well"),
            ("\udc81", r"\udc81"),
            ("« Élodie » n° 5, 王", "« Élodie » n° 5, 王"),
        ],
    )
    def test_the_report_steers_no_terminal(self, capsys, text, shown):
        with Report("clients.csv", 1) as report:
            report.take([ImportedRow(line=2, outcome="refused", reason=text)])

        assert capsys.readouterr().out == f"line 2: {shown}\n"
        assert printable(text) == shown


class TestEncodings:
    def test_one_row_that_is_not_utf_8_spoils_none_of_the_others(self, tmp_path):
        """Read as cp1252 all of them would be wrong, and nobody would be told."""
        good = "Zoë,Zoë,Lefèvre,,\n".encode()

        names, refusals = loaded(tmp_path, HEADER.encode() + good * 3 + "Chloé,A,B,,\n".encode("cp1252") + good)

        assert names == ["Zoë"] * 4
        assert [(line, "not UTF-8" in reason) for line, reason in refusals] == [(5, True)]

    def test_nor_does_it_behind_a_mark(self, tmp_path):
        names, refusals = loaded(tmp_path, b"\xef\xbb\xbf" + HEADER.encode() + b"\xff\xfe,A,B,,\n" + GOOD.encode())

        assert (names, [line for line, _ in refusals]) == (["Byron"], [2])

    @pytest.mark.parametrize("text", ["Zoë,Zoë,Lefèvre,,\n", "«Chloé»,À,Ça,,\n", "Straße,Ä,ö,,\n"])
    def test_text_of_windows_is_still_known(self, tmp_path, text):
        path = write(tmp_path, HEADER + text, "cp1252")

        assert encodings.detect(path) == "cp1252"

    @pytest.mark.parametrize(
        ("encoding", "name"),
        [("shift_jis", "田中商店"), ("cp1251", "Иванов"), ("koi8-r", "Иванов"), ("big5", "王公司")],
    )
    def test_an_encoding_that_cannot_be_found_out_can_be_named(self, tmp_path, encoding, name):
        path = write(tmp_path, HEADER + f"{name},A,B,,\n", encoding)

        with reading.Source(path, command.columns.known, encoding) as source:
            assert [record.cells[0] for record in source] == [name]

    @pytest.mark.parametrize("encoding", ["klingon", "base64", "rot13", "\x00", "utf 9"])
    def test_an_encoding_there_is_not_is_told(self, tmp_path, capsys, monkeypatch, encoding):
        monkeypatch.setenv("AMQP_URI", "amqp://nobody:nothing@127.0.0.1:1/")

        assert command.run(write(tmp_path, HEADER + GOOD), None, encoding) == 2
        assert "encoding" in capsys.readouterr().err

    @pytest.mark.parametrize(
        ("named", "hint"), [("utf-16", "file is not utf-16 text"), ("ascii", r"near line \d+ is not ascii")]
    )
    def test_a_wrong_encoding_that_is_named_is_told(self, tmp_path, named, hint):
        path = write(tmp_path, HEADER + GOOD * 1000 + "Zo\x81,A,B,,\n", "latin-1")

        with pytest.raises(Unreadable, match=hint), reading.Source(path, command.columns.known, named) as source:
            list(source)


class TestNoText:
    """Refused at once: not one row of it is read."""

    @pytest.mark.parametrize(
        ("content", "hint"),
        [
            (NOISE, "not a text file"),
            (HEADER.encode() + NOISE, "not a text file"),
            (HEADER.encode() + b"\x00" * 5000, "not a text file"),
            (b"\x00" * 5000, "not a text file"),
            (b"\x89PNG\r\n\x1a\n" + NOISE, "not a text file"),
            (b"\xff\xd8\xff\xe0\x00\x10JFIF" + NOISE, "not a text file"),
            (b"\x7fELF\x02\x01\x01" + b"\x00" * 500, "not a text file"),
            (b"SQLite format 3\x00" + b"\x00" * 500, "not a text file"),
            (b"MZ\x90\x00\x03", "not a text file"),
            (b"{\\rtf1\\ansi Client, Email}", "document"),
            (b"<html><table><tr><td>Client</td></tr></table></html>", "web page"),
            (b"7z\xbc\xaf\x27\x1c", "unpack"),
            (b'[{"Account name": "Ada"}]', "first row must name the columns"),
        ],
        ids=range(13),
    )
    def test_says_what_it_is(self, tmp_path, content, hint):
        with pytest.raises(Unreadable, match=hint):
            load(write(tmp_path, content))

    def test_some_damage_is_told_row_by_row_instead(self, tmp_path):
        names, refusals = loaded(tmp_path, HEADER + GOOD * 10 + "A\x00\x01\x02\x03,A,B,,\n" * 3)

        assert (len(names), len(refusals)) == (10, 3)


class TestSizes:
    def test_a_cell_of_ten_megabytes_costs_its_row_alone_and_little_memory(self, tmp_path):
        path = write(tmp_path, HEADER + GOOD + "Big,Big,Lee,," + "x" * 10_000_000 + "\n" + GOOD)

        tracemalloc.start()
        rows, ((line, reason),) = load(path)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()

        assert ([row.line for row in rows], line) == ([2, 4], 3)
        assert f"more than {MAX_RECORD:,} characters" in reason
        assert peak < 8_000_000

    def test_so_does_one_in_quotation_marks(self, tmp_path):
        assert "more than" in refused(tmp_path, 'Big,Big,Lee,,"' + "x" * 3_000_000 + '"\n')

    def test_with_a_mark_that_is_open_nobody_knows_where_it_ends(self, tmp_path):
        with pytest.raises(Unreadable, match="line 3 does not end"):
            load(write(tmp_path, HEADER + GOOD + 'Big,Big,Lee,,"' + "x" * 3_000_000 + "\n" + GOOD))

    def test_a_long_cell_below_that_is_told_too(self, tmp_path):
        assert "at most 32,767" in refused(tmp_path, "Big,Big,Lee,," + "x" * 40_000 + "\n")

    @pytest.mark.parametrize("count", [MAX_COLUMNS + 1, 400_000])
    def test_more_columns_than_a_sheet_holds(self, tmp_path, count):
        with pytest.raises(Unreadable, match=f"{count:,} cells"):
            load(write(tmp_path, "Tags" + ",x" * (count - 1) + "\n" + GOOD))

    def test_a_million_columns(self, tmp_path):
        with pytest.raises(Unreadable, match="first line has more than"):
            load(write(tmp_path, "Account name" + ",another" * 1_000_000 + "\n" + GOOD))

    @pytest.mark.parametrize("cell", ["", "x"])
    def test_a_row_of_more_cells_than_a_sheet_holds(self, tmp_path, cell):
        assert "cells" in refused(tmp_path, "Big" + f",{cell}" * 400_000 + "\n")


class TestQuotationMarks:
    def test_one_never_closed_in_the_last_row_is_told(self, tmp_path):
        names, ((line, reason),) = loaded(tmp_path, HEADER + GOOD + 'Ada,"Ada,King,,')

        assert (names, line) == (["Byron"], 3)
        assert "not closed" in reason

    def test_an_inch_mark_in_the_last_row_is_none(self, tmp_path):
        assert loaded(tmp_path, HEADER + 'Byron,Ada,King,,5" pipe') == (["Byron"], [])

    def test_one_that_swallows_rows_until_the_next_is_told(self, tmp_path):
        """The rows inside are not loaded as somebody's first name."""
        names, refusals = loaded(tmp_path, HEADER + 'Bob,"Bob,Lee,,\nAda,Ada,King,,\nEve,"Eve",Lee,,\n' + GOOD)

        assert names == ["Byron"]
        assert [(line, "holds a whole row" in reason) for line, reason in refusals] == [(2, True)]

    def test_a_note_of_several_lines_is_none(self, tmp_path):
        note = "one, two, three, four, five\nsix, seven, eight, nine, ten; 1,500"

        (row,), refusals = load(write(tmp_path, HEADER + f'Byron,Ada,King,,"{note}"\n'))

        assert (row.contact.new.notes, refusals) == (note, [])

    @pytest.mark.parametrize(
        ("rows", "hint"),
        [
            ("Bob,Lee\n" * 20, "begins with: '\"Account name,First name"),
            ('"Account name,First name\n' * 20, "taken for a name: 'Account name,First name"),
        ],
    )
    def test_one_in_the_names_of_the_columns_is_told(self, tmp_path, rows, hint):
        with pytest.raises(Unreadable, match=hint):
            load(write(tmp_path, '"Account name,First name\n' + rows))
