"""Rows that concern one another keep their order; the others go side by side (R-IMP-1)."""

from hypothesis import given
from hypothesis import strategies as st

from contracts.accounts import ImportRow
from contracts.contacts import ContactEntry, NewAddress, NewContact
from deploy.importing.lanes import LANES, WINDOW, lanes, windows


def row(line, account, last="", email=None, others=(), first=""):
    addresses = tuple(NewAddress(label=f"Email {n}", email=each) for n, each in enumerate(others))
    new = NewContact(first_name=first, last_name=last, email=email, other_addresses=addresses)
    return ImportRow(line=line, account_name=account, contact=ContactEntry(new=new))


def lane_of(dealt, wanted):
    return next(number for number, lane in enumerate(dealt) if wanted in lane)


class TestLanes:
    def test_strangers_go_side_by_side(self):
        rows = [row(n, f"A{n}", f"L{n}", f"{n}@example.com") for n in range(8)]

        assert [len(lane) for lane in lanes(rows)] == [2] * LANES

    def test_a_shared_account_name_address_or_last_name_binds_also_through_others(self):
        bound = [
            row(1, "The  Byrons", "Byron", "a@example.com"),
            row(2, "The Byrons", "Lovelace", "b@example.com"),
            row(3, "X", "King", "k@example.com", others=("B@example.com",)),
            row(4, "Y", "KING"),
        ]
        rows = [*bound, *(row(n, f"A{n}", f"L{n}") for n in range(10, 20))]

        dealt = lanes(rows)

        (lane,) = {lane_of(dealt, each) for each in bound}
        assert [each for each in dealt[lane] if each in bound] == bound

    def test_one_that_may_mean_anybody_makes_all_wait(self):
        rows = [row(1, "A", "Byron"), row(2, "B", first="Ada"), row(3, "C", "King")]

        assert lanes(rows) == [rows]

    @given(
        st.lists(
            st.builds(
                row,
                st.integers(1, 999),
                st.sampled_from("ABCDEF"),
                st.sampled_from(["K", "L", "M", "N", "O", "P"]),
                st.sampled_from([None, "k@example.com", "l@example.com"]),
            )
        )
    )
    def test_every_row_is_in_one_lane_and_no_two_lanes_share_anything(self, rows):
        dealt = lanes(rows)

        assert sorted(each.line for lane in dealt for each in lane) == sorted(each.line for each in rows)
        for share in (
            lambda each: each.account_name,
            lambda each: each.contact.new.last_name,
            lambda each: each.contact.new.email or each.account_name,
        ):
            values = [value for lane in dealt for value in {share(each) for each in lane}]
            assert len(values) == len(set(values))


class TestWindows:
    def test_keep_order_and_size(self):
        rows = [row(n, "x") for n in range(WINDOW * 2 + 1)]

        made = list(windows(rows))

        assert [len(window) for window in made] == [WINDOW, WINDOW, 1]
        assert [each.line for window in made for each in window] == list(range(len(rows)))
