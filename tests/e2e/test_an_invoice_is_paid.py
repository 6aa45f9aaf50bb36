"""A client is billed, pays in parts, has credit left, and the profile says at each step what is due."""

import datetime as dt
import secrets

from tests.stack import until

TODAY = dt.datetime.now(dt.UTC).date()


def bill(client, at, amount, **fields):
    draft = client.made("POST", f"{at}/invoices", lines=[{"name": "Tax return", "unit_price": amount}], **fields)
    return client.made("POST", f"{at}/invoices/{draft['id']}/issue", version=draft["version"])


def section_of(client, at):
    (found,) = client.made("GET", f"{at}/overview?sections=invoices")["sections"]
    return found


def header(client, at):
    section = section_of(client, at)
    sums = {one["currency"]: (one["total_due"], one["credit"], one["net_due"]) for one in section["footer"]["balances"]}
    return section["total"], sums.get("EUR")


def test_an_invoice_is_issued_paid_in_parts_and_by_credit(firm):
    """R-INV-1, R-INV-2, R-CRD-1, R-CRD-3, R-CRD-5, R-CRD-7: the profile follows every step"""
    owner = firm.owner
    at = f"/accounts/{firm.account()['id']}"
    service = owner.made("POST", "/services", name="Tax return", price="100", tax_rate="20")
    draft = owner.made("POST", f"{at}/invoices", lines=[{"service_id": service["id"], "quantity": "2"}])
    assert (draft["status"], draft["total"]) == ("draft", "240.00")

    first = owner.made("POST", f"{at}/invoices/{draft['id']}/issue", version=draft["version"])
    second = bill(owner, at, "50", due_on=(TODAY + dt.timedelta(days=90)).isoformat())
    until(lambda: header(owner, at) == (2, ("290.00", "0.00", "290.00")))

    pay = {"amount": "300", "method": "check", "received_on": TODAY.isoformat(), "reference": "CHQ 17"}
    payment = owner.made("POST", f"{at}/payments", **pay, invoices=[{"invoice_id": first["id"]}])
    assert (payment["applied"], payment["credit"]) == ("240.00", "60.00")
    until(lambda: header(owner, at) == (1, ("50.00", "60.00", "0.00")))
    (row,) = section_of(owner, at)["rows"]
    assert (row["number"], row["coverage"]) == (second["number"], {"walked": "full", "alone": "full"})

    paid = owner.made("POST", f"{at}/invoices/{second['id']}/credit")
    assert (paid["status"], paid["remaining"]) == ("paid", "0.00")
    until(lambda: header(owner, at) == (0, ("0.00", "10.00", "0.00")))

    assert owner.made("GET", f"{at}/invoices")["total"] == 0
    assert [one["number"] for one in owner.made("GET", f"{at}/invoices?status=paid&sort=-posted_on")["rows"]] == [
        second["number"],
        first["number"],
    ]
    assert [one["kind"] for one in owner.made("GET", f"{at}/credits")["items"]] == ["applied", "excess"]
    assert owner.made("GET", f"{at}/payments?q=chq")["total"] == 1
    assert owner.made("GET", f"{at}/balance")["items"][0]["credit"] == "10.00"


def test_a_repeated_payment_is_recorded_once(firm):
    owner = firm.owner
    at = f"/accounts/{firm.account()['id']}"
    invoice = bill(owner, at, "80")
    body = {"amount": "50", "method": "cash", "received_on": TODAY.isoformat()}
    body["invoices"] = [{"invoice_id": invoice["id"]}]
    key = {"Idempotency-Key": secrets.token_hex(8)}

    answers = [owner.post(f"{at}/payments", json=body, headers=key) for _ in range(2)]

    assert [one.status_code for one in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    assert owner.made("GET", f"{at}/invoices/{invoice['id']}")["paid"] == "50.00"


def test_two_apply_the_same_credit_and_one_is_told_what_is_left(firm):
    """R-CRD-6"""
    owner = firm.owner
    at = f"/accounts/{firm.account()['id']}"
    ours, theirs = bill(owner, at, "80"), bill(owner, at, "80")
    owner.made("POST", f"{at}/credits", amount="80", note="Goodwill")

    won = owner.post(f"{at}/invoices/{ours['id']}/credit", json={"amount": "80"})
    lost = owner.post(f"{at}/invoices/{theirs['id']}/credit", json={"amount": "80"})

    assert (won.status_code, won.json()["status"]) == (200, "paid")
    assert (lost.status_code, lost.json()["type"]) == (409, "/problems/credit_not_enough")
    assert lost.json()["available"] == "0.00"


def test_rights_open_the_section_and_its_actions_one_by_one(firm):
    """R-INV-5, R-OV-5, R-OV-6, R-CRD-7"""
    account = firm.account()
    at = f"/accounts/{account['id']}"
    invoice = bill(firm.owner, at, "80")
    firm.owner.made("POST", f"{at}/credits", amount="80")
    nobody, billing, paying = firm.member(), firm.member("manage_invoices"), firm.member("manage_payments")
    both = firm.member("manage_invoices", "manage_payments")
    team = [one["id"] for one in account["team"]] + [one.member["id"] for one in (nobody, billing, paying, both)]
    until(
        lambda: (
            firm.owner.put(
                f"{at}/team", json={"members": team, "version": firm.owner.made("GET", at)["version"]}
            ).status_code
            == 200
        )
    )

    def sections(client):
        return {one["name"]: one["actions"] for one in client.made("GET", f"{at}/overview")["sections"]}

    assert "invoices" not in sections(nobody)
    assert "invoices" not in sections(paying)
    assert sections(billing)["invoices"] == ["create_invoice"]
    assert sections(both)["invoices"] == ["create_invoice", "apply_credit"]
    for client, method, path, status in (
        (nobody, "GET", "/invoices", 403),
        (nobody, "GET", "/balance", 403),
        (paying, "GET", f"/invoices/{invoice['id']}", 403),
        (billing, "GET", f"/invoices/{invoice['id']}", 200),
        (billing, "GET", "/payments", 403),
        (billing, "POST", f"/invoices/{invoice['id']}/credit", 403),
        (paying, "GET", "/credits", 200),
        (paying, "POST", f"/invoices/{invoice['id']}/credit", 200),
    ):
        assert client.request(method, f"{at}{path}").status_code == status, (method, path)
    assert nobody.post("/services", json={"name": "Other", "price": "1"}).status_code == 403
    assert billing.post("/services", json={"name": "Other", "price": "1"}).status_code == 201


def test_the_portals_calls_are_not_the_firms(firm):
    """R-CRD-2: nobody of the firm acts as the client"""
    account = firm.account()["id"]
    invoice = bill(firm.owner, f"/accounts/{account}", "80")

    for method, path in (("GET", "invoices"), ("GET", "balance"), ("POST", f"invoices/{invoice['id']}/credit")):
        assert firm.owner.request(method, f"/portal/accounts/{account}/{path}").status_code == 401
