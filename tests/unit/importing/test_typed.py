"""Columns of the firm's own fields, and switches, as a list has them (R-CF-3, R-IMP-4)."""

import pytest

from contracts.accounts import ImportSwitches
from services.accounts.client_lists import typed
from tests.unit.importing.files import FIRM, field, load, write


def said(tmp_path, header, cell):
    """What the account's field of this name gets from a cell, as people read it, and the reason where it gets none."""
    path = write(tmp_path, f"Client\t{header}\nAda\t{cell}\n")
    rows, refused = load(path, FIRM)
    values = [*rows[0].custom_fields.values(), *rows[0].contact.new.custom_fields.values()] if rows else []
    return values, [reason for _, reason in refused]


class TestValues:
    @pytest.mark.parametrize(
        ("header", "cell", "value"),
        [
            ("Fiscal year end", "2026-12-31", "2026-12-31"),
            ("Fiscal year end", "31/12/2026", "2026-12-31"),
            ("Fiscal year end", "12/31/2026", "2026-12-31"),
            ("Fiscal year end", "31.12.2026", "2026-12-31"),
            ("Fiscal year end", "2026/12/31", "2026-12-31"),
            ("Fiscal year end", "2026-12-31 00:00:00", "2026-12-31"),
            ("Fiscal year end", "Dec-05-2026", "2026-12-05"),
            ("Turnover", "1 250,50 EUR", {"amount": "1250.50", "currency": "EUR"}),
            ("Turnover", "£1,250.50", {"amount": "1250.50", "currency": "GBP"}),
            ("Turnover (CHF)", "1'250", {"amount": "1250.00", "currency": "CHF"}),
            ("Turnover", "-12 USD", {"amount": "-12.00", "currency": "USD"}),
            ("Sailor", "Oui", True),
            ("Sailor", "x", True),
            ("Sailor", "no", False),
            ("Numéro de TVA", "FR  12 345", "FR 12 345"),
        ],
    )
    def test_are_read_as_lists_write_them(self, tmp_path, header, cell, value):
        assert said(tmp_path, header, cell) == ([value], [])

    @pytest.mark.parametrize(
        ("header", "cell", "names"),
        [
            ("Risk", " high ", ["High"]),
            ("Services", "payroll; Audit", ["Payroll", "Audit"]),
            ("Services", "Audit, Payroll", ["Audit", "Payroll"]),
            ("Services", "Tax, personal", ["Tax, personal"]),
            ("Services", "Audit|Tax, Personal", ["Audit", "Tax, personal"]),
        ],
    )
    def test_choices_are_found_by_name(self, tmp_path, header, cell, names):
        (custom,) = [one for one in FIRM.accounts if one.name == header]
        by_name = {choice.name: str(choice.id) for choice in custom.choices}
        wanted = [by_name[name] for name in names]

        assert said(tmp_path, header, cell) == ([wanted if header == "Services" else wanted[0]], [])

    @pytest.mark.parametrize(
        ("header", "cell", "reason"),
        [
            ("Risk", "Odd", "Risk: Must be one of: High, Low. (“Odd”)"),
            ("Services", "Audit; Odd", "Services: Must be some of: Payroll, Tax, personal, Audit. (“Audit; Odd”)"),
            ("Fiscal year end", "soon", "Fiscal year end: Must be a date such as 2026-01-31. (“soon”)"),
            ("Fiscal year end", "03/04/2026", "Fiscal year end: Must be a date such as 2026-01-31. (“03/04/2026”)"),
            ("Turnover", "1250", "Turnover: Must be an amount and its currency, such as 1250.00 EUR. (“1250”)"),
            ("Turnover", "$5", "Turnover: Must be an amount and its currency, such as 1250.00 EUR. (“$5”)"),
            ("Sailor", "maybe", "Sailor: Must be yes or no. (“maybe”)"),
            ("Login", "maybe", "Login: Must be yes or no. (“maybe”)"),
            ("Account time zone", "Mars", "Account time zone: Must be a time zone such as Europe/Paris. (“Mars”)"),
        ],
    )
    def test_a_wrong_one_is_told_with_the_fields_own_reason(self, tmp_path, header, cell, reason):
        assert said(tmp_path, header, cell) == ([], [reason])

    def test_all_wrong_ones_of_a_row_are_told(self, tmp_path):
        _, ((_, reason),) = load(write(tmp_path, "Client;Risk;Fiscal year end\nAda;Odd;soon\n"), FIRM)

        assert "Risk: " in reason
        assert "Fiscal year end: " in reason

    def test_an_address_of_the_web_needs_no_scheme_and_a_number_no_point(self):
        written = [(field("Site", "url"), "www.example.com"), (field("Size", "number"), "1 250,5")]
        filled = [(typed.Column("account_field", custom.name, custom=custom), text) for custom, text in written]

        assert list(typed.values(filled, "iso").values()) == ["https://www.example.com", "1250.5"]

    def test_a_number_that_may_mean_two_is_refused(self):
        column = typed.Column("account_field", "Size", custom=field("Size", "number"))

        with pytest.raises(typed.BadRow, match="Must be a number"):
            typed.values([(column, "1,250")], "iso")

    def test_an_empty_cell_says_nothing(self, tmp_path):
        assert said(tmp_path, "Risk", " ") == ([], [])


class TestOrder:
    @pytest.mark.parametrize(
        ("written", "order"),
        [
            (["03/04/2026", "25/12/2026"], "day_first"),
            (["03/04/2026", "12-25-2026"], "month_first"),
            (["Jan-05-2026"], "month_first"),
            (["03/04/2026"], "iso"),
            (["25/12/2026", "12/25/2026"], "iso"),
            (["2026-12-25"], "iso"),
            ([], "iso"),
        ],
    )
    def test_is_what_days_above_the_twelfth_show(self, written, order):
        """R-CF-3."""
        assert typed.order(written) == order

    def test_one_row_shows_it_for_all_columns_and_rows(self, tmp_path):
        text = "Client;Birthday;Fiscal year end\nAda;03/04/1990;\nBob;;31/12/2026\n"

        (ada, _), refused = load(write(tmp_path, text), FIRM)

        assert refused == []
        assert list(ada.contact.new.custom_fields.values()) == ["1990-04-03"]


class TestSwitches:
    def test_what_the_cells_do_not_say_stays(self, tmp_path):
        """R-IMP-4."""
        text = "Client;Email;Portal access;Aviser;E-mail sync\nAda;a@example.com;Oui;;0\n"

        (row,), _ = load(write(tmp_path, text))

        assert row.switches == ImportSwitches(is_login_on=True, is_notified=None, is_synced=False)


class TestAgreeing:
    def test_a_row_that_says_otherwise_of_the_account_is_refused(self, tmp_path):
        """The same file twice changes nothing, so no row may take back what another gave."""
        text = "Account;First name;Risk\nByron;Ada;High\nByron;Bob;\nByron;Cid;Low\nOther;Dan;Low\n"

        rows, refused = load(write(tmp_path, text), FIRM)

        assert [row.line for row in rows] == [2, 3, 5]
        assert refused == [(4, "line 2 says otherwise of “Risk” of “Byron”: make them agree")]

    def test_so_is_one_that_says_otherwise_of_the_switches_of_an_address(self, tmp_path):
        text = "Account;Email;Login\nByron;a@example.com;yes\nByron;A@example.com;no\nOther;a@example.com;no\n"

        rows, ((line, reason),) = load(write(tmp_path, text))

        assert ([row.line for row in rows], line) == ([2, 4], 3)
        assert "“LOGIN · a@example.com”" in reason
