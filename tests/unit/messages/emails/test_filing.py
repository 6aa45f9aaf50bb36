"""Mail of a person who serves several accounts: filed where one remains, else a person says (R-SYN-5)."""

import pytest

from chassis.errors import Invalid
from contracts.emails import EmailFiled, EmailNotFound, EmailsChanged
from services.messages import model
from services.messages.mail.filing import Facts, decide


@pytest.fixture
def zoe(firm):
    return firm.connect("zoe")


@pytest.fixture
def one(firm):
    return firm.account("anna", "oscar")


@pytest.fixture
def two(firm):
    return firm.account("anna", "tina")


@pytest.fixture
def waits(firm, zoe, one, two):
    """A mail of Anna's that may be of either account."""
    mail = firm.writes("anna", "zoe", "Which one?")
    firm.box("zoe").put(mail)
    firm.look(zoe)
    (email,) = firm.unfiled()
    email_mail = (email, mail)
    assert firm.section(one).total == firm.section(two).total == 0
    return email_mail


def test_r_syn_5_what_may_be_of_two_accounts_waits_and_is_in_neither(firm, waits, one, two):
    email, _ = waits

    assert {candidate.id for candidate in email.candidates} == {one, two}
    assert (email.subject, email.text) == ("Which one?", "Good day.")
    for account in (one, two):
        with pytest.raises(EmailNotFound):
            firm.get(account, email.id)


def test_r_syn_5_the_thread_says_where_an_answer_belongs(firm, zoe, one, two):
    question = firm.writes("zoe", "oscar", "Only of one")
    firm.box("zoe").put(question, "Verzonden")
    firm.look(zoe)

    firm.box("zoe").put(firm.writes("anna", "zoe", "Re: Only of one", In_Reply_To=question["Message-ID"]))
    firm.look(zoe)

    assert firm.section(one).rows[0]["count"] == 2
    assert firm.section(two).total == 0
    assert firm.unfiled() == ()


def test_r_syn_5_the_other_recipients_say_it(firm, zoe, one, two):
    firm.box("zoe").put(firm.writes("anna", "zoe", "With Tina", Cc="tina"))

    firm.look(zoe)

    assert (firm.subjects(one), firm.subjects(two)) == ([], ["With Tina"])


def test_r_syn_5_the_code_in_the_subject_says_it(firm, zoe, one):
    two = firm.account("anna", code="JG22")
    firm.box("zoe").put(firm.writes("anna", "zoe", "Re: [jg22] accounts"))

    firm.look(zoe)

    assert (firm.subjects(one), firm.subjects(two)) == ([], ["Re: [jg22] accounts"])


def test_r_syn_5_the_code_of_an_account_that_is_none_of_theirs_says_nothing(firm, zoe, one):
    other = firm.account("ben", code="BEN7")
    firm.box("zoe").put(firm.writes("anna", "zoe", "[BEN7] let me in"))

    firm.look(zoe)

    assert firm.subjects(one) == ["[BEN7] let me in"]
    assert firm.section(other).total == 0


def test_r_syn_5_a_thread_of_others_opens_no_door(firm, zoe):
    """An answer sent to people of another account alone is none of the first one's."""
    ann, ben = firm.account("ann"), firm.account("ben")
    mail = firm.writes("ann", "zoe", "Confidential")
    firm.box("zoe").put(mail)
    firm.box("zoe").put(firm.writes("ben", "zoe", "Forwarded", References=mail["Message-ID"]))

    firm.look(zoe)

    assert firm.subjects(ann) == ["Confidential"]
    assert firm.subjects(ben) == ["Forwarded"]
    (row,) = firm.section(ben).rows
    assert [one.subject for one in firm.thread(ben, row["id"])] == ["Forwarded"]


def test_r_syn_5_mail_to_people_of_two_accounts_is_never_shown_to_either_unasked(firm, zoe):
    ann, ben = firm.account("ann"), firm.account("ben")
    firm.box("zoe").put(firm.writes("zoe", "ann ben", "To both"), "Verzonden")

    firm.look(zoe)

    assert firm.section(ann).total == firm.section(ben).total == 0
    assert [email.subject for email in firm.unfiled()] == ["To both"]


def test_r_syn_5_the_choice_is_learned_for_the_thread(firm, zoe, waits, one, two):
    email, mail = waits

    firm.file(email, two)
    firm.box("zoe").put(firm.writes("anna", "zoe", "And another thing", In_Reply_To=mail["Message-ID"]))
    firm.look(zoe)

    assert firm.unfiled() == ()
    assert firm.section(two).rows[0]["count"] == 2
    assert firm.section(one).total == 0


def test_r_syn_5_what_waits_in_the_same_thread_follows_the_choice(firm, zoe, waits, two):
    email, mail = waits
    firm.box("zoe").put(firm.writes("anna", "zoe", "Ping", In_Reply_To=mail["Message-ID"]))
    firm.look(zoe)
    assert len(firm.unfiled()) == 2

    firm.file(email, two)

    assert firm.unfiled() == ()
    assert firm.section(two).rows[0]["count"] == 2


def test_r_syn_5_a_mail_may_be_in_two_accounts_on_purpose(firm, waits, one, two):
    email, _ = waits

    filed = firm.file(email, one, two)

    assert set(filed.account_ids) == {one, two}
    assert firm.subjects(one) == firm.subjects(two) == ["Which one?"]


def test_r_syn_5_filed_elsewhere_it_is_gone_from_where_it_was(firm, waits, one, two):
    email, _ = waits
    firm.file(email, one)

    firm.refile(one, email.id, two)

    assert (firm.subjects(one), firm.subjects(two)) == ([], ["Which one?"])
    with pytest.raises(EmailNotFound):
        firm.get(one, email.id)
    assert [one.change for one in firm.told(EmailsChanged)] == ["filed", "unfiled", "filed"]


def test_it_is_filed_only_where_its_people_are(firm, waits):
    """R-EML-3: an account holds mail of its own people."""
    email, _ = waits

    with pytest.raises(Invalid):
        firm.file(email, firm.account("somebody"))


def test_only_one_reader_files_it(firm, waits, one, two):
    email, _ = waits
    firm.file(email, one)

    with pytest.raises(EmailFiled) as told:
        firm.file(email, two)

    assert told.value.data["account_ids"] == [str(one)]


def test_what_waits_is_seen_by_those_of_its_mailbox_and_by_owner_and_admins(firm, one, two):
    emil, other, admin = firm.member(), firm.member(rights=("view_all_accounts",)), firm.member(role="admin")
    box = firm.connect("emil", by=emil)
    firm.box("emil").put(firm.writes("anna", "emil", "For Emil"))
    firm.look(box)

    assert [len(firm.unfiled(by)) for by in (firm.ctx, admin, emil, other)] == [1, 1, 1, 0]


def test_who_files_sees_and_chooses_their_own_accounts_alone(firm, one):
    emil = firm.member()
    mine = firm.account("anna", team=[emil])
    box = firm.connect("emil", by=emil)
    firm.box("emil").put(firm.writes("anna", "emil"))
    firm.look(box)
    (email,) = firm.unfiled(emil)

    assert [candidate.id for candidate in email.candidates] == [mine]
    with pytest.raises(Invalid):
        firm.file(email, one, by=emil)
    firm.file(email, mine, by=emil)
    assert firm.subjects(mine) == ["Hello"]


def test_refiling_leaves_alone_where_the_caller_sees_nothing(firm, one):
    emil = firm.member()
    mine = firm.account("anna", team=[emil])
    also = firm.account("anna", team=[emil])
    box = firm.connect("emil", by=emil)
    firm.box("emil").put(firm.writes("anna", "emil"))
    firm.look(box)
    (email,) = firm.unfiled()
    firm.file(email, one, mine)

    firm.refile(mine, email.id, also, by=emil)

    assert [firm.section(account).total for account in (one, mine, also)] == [1, 0, 1]


def test_an_account_in_the_trash_takes_no_mail(firm, zoe, one, two):
    firm.tell(two, state="trashed")
    firm.box("zoe").put(firm.writes("anna", "zoe", "Only one is left"))

    firm.look(zoe)

    assert firm.subjects(one) == ["Only one is left"]


def test_what_a_restored_account_missed_is_fetched(firm, zoe):
    account = firm.account("anna")
    firm.tell(account, state="trashed")
    firm.box("zoe").put(firm.writes("anna", "zoe", "Meanwhile"))
    firm.look(zoe)
    assert firm.rows(model.Email) == []

    firm.tell(account)
    firm.look(zoe)

    assert firm.subjects(account) == ["Meanwhile"]


@pytest.mark.parametrize(
    ("facts", "accounts", "reason"),
    [
        ({"synced": {}}, "", None),
        ({"synced": {"a": "A"}}, "A", "only"),
        ({"synced": {"a": "AB"}}, "", None),
        ({"synced": {"a": "AB"}, "earlier": "A"}, "A", "thread"),
        ({"synced": {"a": "AB"}, "earlier": "AB"}, "", None),
        ({"synced": {"a": "AB"}, "earlier": "C"}, "", None),
        ({"synced": {"a": "AB"}, "chosen": "AB"}, "AB", "thread"),
        ({"synced": {"a": "AB"}, "chosen": "BC"}, "B", "thread"),
        ({"synced": {"a": "AB", "b": "BC"}}, "B", "recipients"),
        ({"synced": {"a": "A", "b": "B"}}, "", None),
        ({"synced": {"a": "ABC"}, "earlier": "AB", "codes": {"C": "X1"}, "subject": "[X1]"}, "", None),
        ({"synced": {"a": "ABC"}, "earlier": "AB", "codes": {"B": "X1"}, "subject": "a [ x1 ]"}, "B", "code"),
        ({"synced": {"a": "AB"}, "codes": {"A": "X1", "B": "X2"}, "subject": "[X1] or [X2]"}, "", None),
    ],
)
def test_r_syn_5_one_account_must_remain(facts, accounts, reason):
    filed = decide(Facts(**facts))

    assert (filed.accounts, filed.reason) == (frozenset(accounts), reason)
