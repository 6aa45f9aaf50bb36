"""`make import`: a list somebody else wrote is loaded, found, opened; twice changes nothing (R-IMP-1)."""

import csv
import io
import random

import pytest

from tests.firms import Firm
from tests.stack import until

CLIENTS = 300
FIRST = ["Zoë", "Søren", "Anaïs", "Łukasz", "Nadia", "Óscar", "Hélène", "Yusuf", "Mei", "Ivana", "Piet", "Chloé"]
LAST = ["Brûlé", "Ångström", "García", "O'Neill", "van der Berg", "Müller", "Nowak", "Öztürk", "D'Angelo", "Řezníček"]


def written_by_somebody_else(path):
    """A list as a French bookkeeper's spreadsheet exports it: semicolons, a byte order mark, odd columns."""
    chance = random.Random(7)
    people = []
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        rows = csv.writer(file, delimiter=";")
        rows.writerow(["VILLE", "Nom", "Prénom", "e-mail", "Nom du compte", "Étiquettes", "Type", "Téléphone"])
        for n in range(CLIENTS):
            first, last = chance.choice(FIRST), f"{chance.choice(LAST)} {n}"
            email = f"contact{n}.{chance.randrange(10**6)}@example.org"
            name = f"{last} & fils" if n % 3 == 0 else f"{first} {last}"
            kind = "Entreprise" if n % 3 == 0 else "Particulier"
            rows.writerow(["Lyon", last, first, email, name, "TVA, mensuel" if n % 2 else "", kind, "01 42 68 53 00"])
            people.append((name, email, n))
    return people


@pytest.fixture(scope="module")
def imported(stack, tmp_path_factory):
    firm = Firm(stack.url, stack.env, name="Cabinet Import")
    path = tmp_path_factory.mktemp("import") / "clients.csv"
    people = written_by_somebody_else(path)
    done = stack.run("deploy.importing", str(path), "--firm", firm.id, timeout=280)
    assert done.returncode == 0, done.stdout + done.stderr
    until(lambda: firm.owner.made("GET", "/accounts?state=all")["total"] == CLIENTS, timeout=60)
    return firm, path, people


def test_every_client_is_there(imported):
    firm, _, _ = imported

    assert firm.owner.made("GET", "/accounts")["total"] == CLIENTS


def test_each_is_found_by_part_of_its_name_and_of_its_address(imported):
    """R-SRC-1, R-SRC-3"""
    firm, _, people = imported

    for name, email, n in random.Random(1).sample(people, 60):
        by_name = firm.owner.get("/search", params={"q": name.lower()}).json()["items"]
        by_email = firm.owner.get("/search", params={"q": email[3:-4].upper()}).json()["items"]
        assert name in [hit["name"] for hit in by_name], n
        assert [hit["name"] for hit in by_email] == [name], n


def test_a_profile_opens_with_its_sections(imported):
    firm, _, people = imported
    (hit,) = firm.owner.get("/search", params={"q": people[0][1]}).json()["items"]

    profile = firm.owner.made("GET", f"/accounts/{hit['id']}/overview")
    account = firm.owner.made("GET", f"/accounts/{hit['id']}")

    assert {section["state"] for section in profile["sections"]} == {"fresh"}
    assert account["type"] == "company"


def test_the_same_file_again_changes_nothing(imported, stack):
    firm, path, _ = imported
    before = firm.owner.made("GET", "/accounts?limit=100")

    done = stack.run("deploy.importing", str(path), "--firm", firm.id, timeout=280)

    assert done.returncode == 0, done.stdout + done.stderr
    assert firm.owner.made("GET", "/accounts?limit=100") == before


def test_bad_rows_are_reported_by_line_and_good_ones_loaded(stack, tmp_path):
    firm = Firm(stack.url, stack.env, name="Cabinet Mixed")
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow(["Account name", "First name", "Last name", "Email"])
    rows.writerow(["Good One", "Anna", "Roy", "anna@example.com"])
    rows.writerow(["Bad Address", "Ben", "Roy", "not an address"])
    rows.writerow(["", "", "", ""])
    rows.writerow(["Empty House", "", "", ""])
    rows.writerow(["Good Two", "Cleo", "Roy", "cleo@example.com"])
    path = tmp_path / "clients.csv"
    path.write_text(text.getvalue())

    done = stack.run("deploy.importing", str(path), "--firm", firm.id)

    report = done.stdout + done.stderr
    assert done.returncode == 1
    assert "3" in report
    assert "not an address" in report or "e-mail" in report.lower()
    until(lambda: firm.owner.made("GET", "/accounts")["total"] == 3)
    names = {row["name"]: row["contacts"] for row in firm.owner.made("GET", "/accounts")["items"]}
    # A row without a person: the account keeps a contact all the same (R-LNK-1), called like the account.
    assert names == {"Good One": ["Anna Roy"], "Good Two": ["Cleo Roy"], "Empty House": ["Empty House"]}


def test_a_hostile_list_does_no_harm(stack, tmp_path):
    """What is loaded is whole, what is not is told by its line, and formulas are text until somebody exports them."""
    firm = Firm(stack.url, stack.env, name="Cabinet Hostile")
    rows = [
        b"Account name,First name,Last name,Email,Notes",
        b'"=HYPERLINK(""http://evil.example"")",Anna,Roy,anna@example.com,"=1+1"',
        "\u202eyoR,Ben,Roy,ben@example.com,".encode(),
        b"\x1b[2JGone,Cleo,Roy,cleo@example.com,",
        b"Nu\x00l,Dan,Roy,dan@example.com,",
        b"Big,Eve,Roy,eve@example.com," + b"x" * 2_000_000,
        "Zoë,Zoë,Roy,zoe@example.com,".encode(),
        "Chloé,Chloé,Roy,chloe@example.com,".encode("cp1252"),
        b'Last,"Open,Roy,,',
    ]
    path = tmp_path / "clients.csv"
    path.write_bytes(b"\r\n".join(rows))

    done = stack.run("deploy.importing", str(path), "--firm", firm.id)

    assert done.returncode == 1, done.stdout + done.stderr
    assert [line.split(":")[0] for line in done.stdout.splitlines() if line.startswith("line ")] == [
        "line 3", "line 4", "line 5", "line 6", "line 8", "line 9",
    ]  # fmt: skip
    assert "\x1b" not in done.stdout
    until(lambda: firm.owner.made("GET", "/accounts")["total"] == 2)
    names = [row["name"] for row in firm.owner.made("GET", "/accounts")["items"]]
    assert names == ['=HYPERLINK("http://evil.example")', "Zoë"]
    assert firm.owner.made("GET", "/contacts")["total"] == 2
    sheet = firm.owner.get("/exports/contacts.csv").content.decode("utf-8-sig")
    assert ",'=1+1," in sheet


def described(firm, name):
    """The account of this name, and its contacts with their switches."""
    (row,) = [row for row in firm.owner.made("GET", "/accounts")["items"] if row["name"] == name]
    path = f"/accounts/{row['id']}"
    return firm.owner.made("GET", path), firm.owner.made("GET", f"{path}/contacts")


def test_columns_fill_custom_fields_and_set_switches_and_twice_changes_nothing(stack, tmp_path):
    """R-IMP-4, R-CF-1, R-CF-3: the days of the file come first, as one of them shows."""
    firm = Firm(stack.url, stack.env, name="Cabinet Fields")
    risk = {"name": "Risk", "type": "single_choice", "choices": [{"name": "High"}, {"name": "Low"}]}
    firm.owner.made("POST", "/custom-fields/accounts", **risk)
    firm.owner.made("POST", "/custom-fields/accounts", name="Fiscal year end", type="date")
    firm.owner.made("POST", "/custom-fields/contacts", name="Birthday", type="date")
    path = tmp_path / "clients.csv"
    path.write_text(
        "Account name;Last name;Email;Risk;FISCAL YEAR END;Contact: Birthday;"
        "Account time zone;Login;Notify;E-mail sync\n"
        "Byron;Lovelace;ada@example.org;high;31/12/2026;03/04/1990;Europe/Paris;oui;;x\n"
        "Byron;Babbage;charles@example.org;;;;;;yes;\n"
        "Hopper;Hopper;;Odd;;;;;;\n"
        "Turing;Turing;;Low;;;;yes;;\n"
        "Hopper;Hopper;grace@example.org;Low;;;;no;no;no\n"
    )

    first = stack.run("deploy.importing", str(path), "--firm", firm.id)
    until(lambda: firm.owner.made("GET", "/accounts")["total"] == 2)
    until(lambda: described(firm, "Byron")[0]["portal_status"] == "pending")
    made = described(firm, "Byron")
    again = stack.run("deploy.importing", str(path), "--firm", firm.id)

    account, linked = made
    ada, charles = sorted(linked["items"], key=lambda item: item["contact"]["display_name"], reverse=True)
    switches = [
        [one["login"], one["is_notified"], one["is_synced"]] for one in (*ada["addresses"], *charles["addresses"])
    ]
    assert [first.returncode, again.returncode] == [1, 1], first.stdout + first.stderr
    assert [value["text"] for value in account["custom_fields"]] == ["High", "2026-12-31"]
    assert [value["text"] for value in ada["contact"]["custom_fields"]] == ["1990-04-03"]
    assert account["timezone"] == "Europe/Paris"
    assert switches == [["granted", True, True], ["none", True, False]]
    assert "line 4: Risk: Must be one of: High, Low. (“Odd”)" in first.stdout
    assert "line 5: switches: The contact has no e-mail address" in first.stdout
    assert "3 there already" in again.stdout
    assert described(firm, "Byron") == made


def test_a_later_list_fills_what_is_there_and_makes_nobody_twice(stack, tmp_path):
    """R-IMP-2, R-C-4."""
    firm = Firm(stack.url, stack.env, name="Cabinet Later")
    firm.owner.made("POST", "/custom-fields/contacts", name="Birthday", type="date")
    firm.owner.made("POST", "/custom-fields/accounts", name="Website", type="url")
    head, person = "Client,Last name,Email", "Byron,Lovelace,ada@example.org"
    path = tmp_path / "clients.csv"
    path.write_text(f"{head}\n{person}\n")
    stack.run("deploy.importing", str(path), "--firm", firm.id)
    until(lambda: firm.owner.made("GET", "/accounts")["total"] == 1)

    path.write_text(f"{head},Birthday,Website,Portal\n{person},1990-04-03,byron.example.com,1\n")
    done = stack.run("deploy.importing", str(path), "--firm", firm.id)

    account, linked = described(firm, "Byron")
    (ada,) = linked["items"]
    assert "1 changed" in done.stdout, done.stdout + done.stderr
    assert [value["value"] for value in account["custom_fields"]] == ["https://byron.example.com"]
    assert [value["value"] for value in ada["contact"]["custom_fields"]] == ["1990-04-03"]
    assert [one["login"] for one in ada["addresses"]] == ["granted"]
