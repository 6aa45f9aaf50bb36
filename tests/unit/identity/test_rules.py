import datetime as dt

import pytest

from chassis.errors import Invalid, Unauthenticated
from contracts.identity import NotAllowed, OwnerStays
from services.identity import hashing, tokens
from services.identity.rules import limits, names, passwords, roles

NOW = dt.datetime(2026, 3, 1, 9, tzinfo=dt.UTC)


def field_of(error):
    return error.value.data["errors"][0]["field"]


class TestWhoManagesWhom:
    @pytest.mark.parametrize(
        ("standing", "managed"),
        [
            ("system", {"owner", "admin", "employee"}),
            ("owner", {"owner", "admin", "employee"}),
            ("admin", {"employee"}),
            ("employee", set()),
            ("none", set()),
        ],
    )
    def test_table_of_roles(self, standing, managed):
        """domain.md §2.1: admins manage employees, the owner admins too."""
        assert {role for role in ("owner", "admin", "employee") if roles.may_manage(standing, role)} == managed

    @pytest.mark.parametrize("changes", [{"role": "admin"}, {"rights": []}, {"has_default_access": True}])
    @pytest.mark.parametrize("standing", ["admin", "employee"])
    def test_nobody_changes_their_own_rights(self, standing, changes):
        with pytest.raises(NotAllowed):
            roles.check_change(standing, standing, changes, is_self=True)

    def test_everybody_changes_their_own_name(self):
        assert roles.check_change("employee", "employee", {"name": "Eve"}, is_self=True) is None

    def test_an_admin_does_not_promote(self):
        with pytest.raises(NotAllowed):
            roles.check_change("admin", "employee", {"role": "admin"}, is_self=False)

    @pytest.mark.parametrize(("standing", "is_self"), [("owner", True), ("system", False)])
    def test_the_owner_is_not_demoted(self, standing, is_self):
        """R-ROLE-1"""
        with pytest.raises(OwnerStays):
            roles.check_change(standing, "owner", {"role": "admin"}, is_self=is_self)

    def test_an_admin_has_no_single_rights(self):
        with pytest.raises(Invalid) as error:
            roles.check_change("owner", "admin", {"rights": ["manage_tags"]}, is_self=False)

        assert field_of(error) == "rights"

    def test_the_owner_keeps_default_access(self):
        """R-ACC-2"""
        with pytest.raises(Invalid):
            roles.check_change("system", "owner", {"has_default_access": False}, is_self=False)


class TestPasswords:
    @pytest.mark.parametrize(
        "password",
        [
            "short word 1",
            "x" * 5 + "yzäö" * 48 + "abc",
            "passphrase with spaces",
        ],
    )
    def test_good_ones(self, password):
        assert passwords.check_password("password", password, email="ada@x.example", name="Ada") is None

    @pytest.mark.parametrize(
        "password",
        [
            "elevenchars",
            "x7 " * 67,
            "ada.lovelace@x.example",
            " ADA.Lovelace@X.example ",
            "ada.lovelace",
            "Augusta Ada King",
            "Password1234",
            "121212121212",
            "aaaaaaaaaaaaaaaa",
        ],
    )
    def test_refused_ones(self, password):
        with pytest.raises(Invalid) as error:
            passwords.check_password("new", password, email="Ada.Lovelace@x.example", name="Augusta Ada King")

        assert field_of(error) == "new"

    def test_the_list_has_only_what_the_length_lets_through(self):
        assert [word for word in passwords.COMMONEST if len(word) < passwords.SHORTEST] == []

    def test_made_ones_pass_the_rule_and_differ(self):
        made = {hashing.make_password() for _ in range(20)}

        assert len(made) == 20
        for password in made:
            passwords.check_password("password", password, email="ada@x.example", name="Ada")


class TestHashing:
    def test_only_the_right_password_is_verified(self):
        known = hashing.hash_password("correct horse 1")

        assert hashing.verify(known, "correct horse 1")
        assert not hashing.verify(known, "correct horse 2")

    def test_two_hashes_of_one_password_differ(self):
        assert hashing.hash_password("correct horse 1") != hashing.hash_password("correct horse 1")

    def test_both_ways_to_write_an_accent_are_one_password(self):
        assert hashing.verify(hashing.hash_password("caf\u00e9 au lait 1"), "cafe\u0301 au lait 1")

    def test_nobody_costs_what_somebody_costs(self):
        """The address that nobody has is verified with the parameters of real hashes."""
        parameters, real = hashing.NOBODY.split("$")[1:4], hashing.hash_password("correct horse 1").split("$")

        assert parameters == real[1:4] == ["argon2id", "v=19", "m=19456,t=2,p=1"]
        assert [len(part) for part in hashing.NOBODY.split("$")] == [len(part) for part in real]
        assert not hashing.verify(hashing.NOBODY, "")

    def test_what_is_no_hash_verifies_nothing(self):
        assert not hashing.verify("", "")


class TestLimits:
    def test_fewer_failures_than_the_limit_wait_for_nothing(self):
        assert limits.retry_after([NOW] * 9, 10, NOW) is None

    def test_the_oldest_that_counts_says_when_to_come_back(self):
        failures = [NOW - dt.timedelta(minutes=minute) for minute in range(12)]

        assert limits.retry_after(failures, 10, NOW) == 6 * 60

    def test_part_of_a_second_is_waited_for_whole(self):
        failures = [NOW - limits.WINDOW + dt.timedelta(milliseconds=1)] * 10

        assert limits.retry_after(failures, 10, NOW) == 1

    def test_failures_outside_the_window_are_forgotten(self):
        assert limits.retry_after([NOW - limits.WINDOW] * 10, 10, NOW) is None

    def test_an_ipv6_caller_is_the_household(self):
        assert limits.address_key("2001:db8:1:2::1") == limits.address_key("2001:db8:1:2:ffff::9")
        assert limits.address_key("2001:db8:1:2::1") != limits.address_key("2001:db8:1:3::1")

    def test_an_ipv4_caller_is_the_address_however_written(self):
        assert limits.address_key("192.0.2.7") == limits.address_key("::ffff:192.0.2.7")
        assert limits.address_key("192.0.2.7") != limits.address_key("192.0.2.8")

    def test_what_is_no_address_is_counted_too(self):
        assert limits.address_key("unix socket") != limits.address_key("192.0.2.7")

    def test_a_session_ends_by_idleness_or_by_age(self):
        assert limits.session_ends(NOW, NOW + limits.SESSION_LIFE) == NOW + dt.timedelta(hours=12)
        assert limits.session_ends(NOW, NOW + dt.timedelta(hours=1)) == NOW + dt.timedelta(hours=1)


class TestNames:
    @pytest.mark.parametrize(
        ("typed", "folded"),
        [
            (" Ada@Firm.EXAMPLE ", "ada@firm.example"),
            ("STRASSE@firm.example", "strasse@firm.example"),
            ("stra\u00dfe@firm.example", "strasse@firm.example"),
            ("ada@b\u00fccher.example", "ada@xn--bcher-kva.example"),
            ("Not An Address", "not an address"),
            ("", ""),
        ],
    )
    def test_addresses_are_folded(self, typed, folded):
        """R-EM-5"""
        assert names.fold(typed) == folded

    def test_names_are_tidied(self):
        """R-NAME-8"""
        assert names.tidy("name", "  Ada \t King ") == "Ada King"

    def test_a_name_of_spaces_is_refused(self):
        with pytest.raises(Invalid) as error:
            names.tidy("owner_name", " \n ")

        assert field_of(error) == "owner_name"


class TestTokenForm:
    def test_the_firm_is_in_the_token(self, ctx):
        token = tokens.make("s", ctx.firm)

        assert tokens.parse(token) == tokens.Parsed("s", ctx.firm, tokens.digest(token))
        assert token.startswith("dsr_s_")

    def test_each_is_another(self, ctx):
        assert len({tokens.make("t", ctx.firm) for _ in range(50)}) == 50

    @pytest.mark.parametrize(
        "token",
        ["", "dsr_s_", "x" * 200, "dsr_x_" + "A" * 22 + "_" + "A" * 43, "dsr_s_" + "A" * 22 + "_" + "A" * 42,
         "dsr_s_" + "A" * 22 + "_" + "A" * 43 + "\n", "dsr_s_" + "é" * 22 + "_" + "A" * 43],
    )  # fmt: skip
    def test_what_is_no_token_belongs_to_nobody(self, token):
        with pytest.raises(Unauthenticated):
            tokens.parse(token)
