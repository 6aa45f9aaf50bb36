"""Eight writers on one account: none overwrites another unseen, and each loser is told what is there now."""

from concurrent.futures import ThreadPoolExecutor

import pytest

WRITERS = 8
ROUNDS = 4
TRIES = 200  # far more than eight writers who each win in turn can need


class Writer:
    """Keeps adding its mark to what others wrote, as a person would who reads before writing."""

    def __init__(self, firm, at, number):
        self.client, self.at, self.number = firm.owner, at, number
        self.lost: list[dict] = []

    def write(self):
        seen = self.client.made("GET", self.at)
        for round_number in range(ROUNDS):
            for _ in range(TRIES):
                name = f"{seen['name']} {self.number}.{round_number}"
                answer = self.client.patch(self.at, json={"name": name, "version": seen["version"]})
                if answer.status_code == 200:
                    seen = answer.json()
                    break
                assert answer.status_code == 409, answer.text
                problem = answer.json()
                assert problem["type"] == "/problems/account_changed"
                assert problem["current"]["version"] > seen["version"]
                self.lost.append(problem)
                seen = problem["current"]
            else:
                pytest.fail(f"writer {self.number} never won")
        return self


def test_no_update_is_lost_and_each_loser_is_told_what_changed(firm):
    account = firm.account("Marks:")
    at = f"/accounts/{account['id']}"

    with ThreadPoolExecutor(WRITERS) as pool:
        writers = list(pool.map(Writer.write, [Writer(firm, at, number) for number in range(WRITERS)]))

    final = firm.owner.made("GET", at)
    marks = final["name"].removeprefix("Marks: ").split()
    assert sorted(marks) == sorted(f"{writer}.{number}" for writer in range(WRITERS) for number in range(ROUNDS))
    assert final["version"] == account["version"] + WRITERS * ROUNDS
    assert all(problem["current"]["name"].startswith("Marks:") for writer in writers for problem in writer.lost)
    assert sum(len(writer.lost) for writer in writers) > 0, "they never met: this says nothing of losers"


def test_history_tells_every_one_of_them_in_order(firm):
    account = firm.account("Marks:")
    at = f"/accounts/{account['id']}"

    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(Writer.write, [Writer(firm, at, number) for number in range(WRITERS)]))

    told = firm.owner.made("GET", f"{at}/history?what=account&limit=100")["items"]
    renamed = [change["fields"][0] for change in reversed(told) if change["action"] == "changed"]
    assert len(renamed) == WRITERS * ROUNDS
    assert [field["was"] for field in renamed] == ["Marks:", *(field["is_now"] for field in renamed[:-1])]
