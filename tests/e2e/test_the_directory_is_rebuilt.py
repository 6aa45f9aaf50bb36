"""`python -m services.overview.rebuild` makes the directory agree with its owners while the system serves."""

import psycopg

from tests.stack import until


def names(client):
    return [row["name"] for row in client.made("GET", "/accounts")["items"]]


def damage(stack, firm):
    """Lose what an event would have told, beyond what any retry could mend."""
    server = stack.env["DATABASE_URL"].rpartition("/")[0]
    with psycopg.connect(f"{server}/{stack.namespace}_overview") as connection:
        connection.execute(f"SET app.firm_id = '{firm.id}'")
        for table in ("directory_account", "directory_link", "directory_contact", "directory_search"):
            connection.execute(f"DELETE FROM {table} WHERE firm_id = %s", [firm.id])


def test_a_lost_directory_is_made_anew(stack, firm):
    contact = {"first_name": "Élodie", "last_name": "Roy", "email": "elodie@roy.example"}
    firm.account("Home", contacts=[{"new": contact}])
    firm.account("Shop")
    until(lambda: names(firm.owner) == ["Home", "Shop"])
    damage(stack, firm)
    assert names(firm.owner) == []

    done = stack.run("services.overview.rebuild", firm.id)

    assert done.returncode == 0, done.stderr
    assert names(firm.owner) == ["Home", "Shop"]
    assert [hit["name"] for hit in firm.owner.made("GET", "/search?q=elodie@r")["items"]] == ["Home"]
    assert firm.owner.made("GET", "/accounts")["items"][0]["contacts"] == ["Élodie Roy"]


def test_a_firm_that_is_no_id_is_refused_with_a_line(stack):
    done = stack.run("services.overview.rebuild", "nonsense")

    assert done.returncode == 2
    assert "cannot rebuild" in done.stderr
