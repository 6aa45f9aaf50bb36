from urllib.parse import quote
from uuid import UUID

import pytest

from chassis.errors import Invalid
from contracts.accounts import ChangeAccount, SetTeam
from contracts.overview import GetProfile, ListAccounts
from contracts.sections import ListSection
from gateway import loading, problems
from gateway.routes import ROUTES

ID = "0196f0f0-0000-7000-8000-000000000001"
OTHER = "0196f0f0-0000-7000-8000-000000000002"
JSON = {"content-type": "application/json"}


def route(verb, path):
    (found,) = [route for route in ROUTES if (route.verb, route.path) == (verb, path)]
    return found


LIST = route("GET", "/v1/accounts")
OVERVIEW = route("GET", "/v1/accounts/{account_id}/overview")
CHANGE = route("PATCH", "/v1/accounts/{account_id}")
TEAM = route("PUT", "/v1/accounts/{account_id}/team")
TASKS = route("GET", "/v1/accounts/{account_id}/tasks")
SECTION = route("GET", "/v1/accounts/{account_id}/overview/{name}")
LOGIN = route("POST", "/v1/auth/login")


def faults(exc):
    return [(entry["field"], entry["message"]) for entry in exc.value.data["errors"]]


class TestPath:
    def test_ids_become_uuids(self):
        assert loading.path_fields(OVERVIEW, [ID]) == {"account_id": UUID(ID)}

    def test_words_stay_words(self):
        assert loading.path_fields(SECTION, [ID, "tasks"])["name"] == "tasks"

    @pytest.mark.parametrize("text", ["7", "x" * 36, ID.replace("-", ""), f"{{{ID}}}", f"urn:uuid:{ID}", ID + "\n"])
    def test_what_is_no_id_is_no_address(self, text):
        with pytest.raises(problems.NoSuchPath):
            loading.path_fields(OVERVIEW, [text])


class TestQuery:
    def load(self, chosen, query, **path):
        return loading.message(chosen, path | loading.query_fields(chosen, query))

    def test_defaults_stand_where_nothing_is_said(self):
        assert self.load(LIST, b"") == ListAccounts()

    def test_values_take_the_type_of_their_field(self):
        query = f"limit=7&type=company&tag_id={ID}&member_id={OTHER}&q=a%20b&state=all".encode()

        assert self.load(LIST, query) == ListAccounts(
            limit=7, type=("company",), tag_id=(UUID(ID),), member_id=UUID(OTHER), q="a b", state="all"
        )

    @pytest.mark.parametrize("query", [b"sections=tasks&sections=notes", b"sections=tasks,notes"])
    def test_a_list_is_said_by_repetition_or_with_commas(self, query):
        asked = self.load(OVERVIEW, query, account_id=ID)

        assert asked == GetProfile(account_id=UUID(ID), sections=("tasks", "notes"))

    def test_a_list_whose_values_may_hold_commas_is_said_by_repetition_alone(self):
        filters = [f"{ID}:Lyon, France", f"{OTHER}:a:b,c"]
        query = "&".join(f"custom_field={quote(one)}" for one in filters)

        assert self.load(LIST, query.encode()).custom_field == tuple(filters)

    @pytest.mark.parametrize("number", ["", "x", "1.5", "1e2", "0x10", "٣", "9" * 40, " 7"])
    def test_what_is_no_whole_number_is_refused_by_name(self, number):
        with pytest.raises(Invalid) as refused:
            self.load(LIST, f"limit={quote(number)}".encode())

        assert [field for field, _ in faults(refused)] == ["limit"]

    def test_every_wrong_parameter_is_named(self):
        with pytest.raises(Invalid) as refused:
            self.load(LIST, b"limit=1&limit=2&nothing=3&state=all")

        assert faults(refused) == [("limit", "Given more than once."), ("nothing", "Unknown field.")]

    @pytest.mark.parametrize("query", ["q=ä".encode(), b"q=%ff", b"&".join([b"q=1"] * 201)])
    def test_what_is_no_query_is_refused(self, query):
        with pytest.raises(Invalid):
            self.load(LIST, query)

    def test_a_section_takes_filters_of_any_name(self):
        asked = self.load(TASKS, b"status=done&limit=5&mine=", account_id=ID)

        assert asked == ListSection(account_id=UUID(ID), name="tasks", filters={"status": "done", "mine": ""}, limit=5)

    @pytest.mark.parametrize("query", [b"scope=firm", b"name=notes", b"account_id=" + OTHER.encode(), b"filters=x"])
    def test_what_the_route_decides_can_not_be_said_in_the_query(self, query):
        with pytest.raises(Invalid) as refused:
            self.load(TASKS, query, account_id=ID)

        assert [message for _, message in faults(refused)] == ["Unknown field."]


class TestBody:
    def load(self, chosen, body, headers=JSON, **path):
        return loading.message(chosen, path | loading.body_fields(chosen, headers, body))

    def test_fields_left_out_of_a_change_stay_unset(self):
        change = self.load(CHANGE, b'{"version": 3, "name": null}', account_id=ID)

        assert change == ChangeAccount(account_id=UUID(ID), version=3, name=None)

    @pytest.mark.parametrize("kind", ["application/json; charset=utf-8", "Application/JSON"])
    def test_json_is_taken_under_its_usual_names(self, kind):
        team = self.load(TEAM, b'{"version": 1, "members": []}', {"content-type": kind}, account_id=ID)

        assert team == SetTeam(account_id=UUID(ID), version=1, members=())

    @pytest.mark.parametrize(
        "headers",
        [{}, {"content-type": "text/plain"}, {"content-type": "text/json"}, JSON | {"content-encoding": "gzip"}],
    )
    def test_another_media_type_is_refused(self, headers):
        with pytest.raises(problems.WrongMediaType):
            loading.body_fields(CHANGE, headers, b"{}")

    @pytest.mark.parametrize("body", [b"{", b"\xff", b'{"a": NaN}', b"{}{}", b"\x00", b"[" * 5000])
    def test_what_is_no_json_is_refused(self, body):
        with pytest.raises(problems.BrokenRequest):
            loading.body_fields(CHANGE, JSON, body)

    @pytest.mark.parametrize("body", [b"[]", b"null", b"3", b'"x"'])
    def test_json_that_is_no_object_is_refused(self, body):
        with pytest.raises(Invalid):
            loading.body_fields(CHANGE, JSON, body)

    def test_a_field_of_the_path_is_not_repeated(self):
        with pytest.raises(Invalid) as refused:
            self.load(CHANGE, f'{{"account_id": "{OTHER}", "version": 1}}'.encode(), account_id=ID)

        assert faults(refused) == [("account_id", "Comes from the path.")]

    @pytest.mark.parametrize("field", ["address", "agent"])
    def test_what_the_request_itself_says_is_not_the_callers_to_send(self, field):
        with pytest.raises(Invalid) as refused:
            self.load(LOGIN, f'{{"email": "a@example.com", "password": "x", "{field}": "10.0.0.1"}}'.encode())

        assert faults(refused) == [(field, "Unknown field.")]


class TestVersion:
    def test_the_header_stands_for_the_field(self):
        fields = {"name": "x"}

        assert loading.seen_version(CHANGE, {"if-match": '"3"'}, fields)
        assert fields == {"name": "x", "version": 3}

    def test_the_field_alone_will_do(self):
        assert not loading.seen_version(CHANGE, {}, {"version": 3})

    def test_one_of_them_must_be_there(self):
        with pytest.raises(problems.VersionRequired):
            loading.seen_version(CHANGE, {}, {"name": "x"})

    @pytest.mark.parametrize("stated", ["3", "*", 'W/"3"', '"3", "4"', '""', '"x"', '"99999999999"'])
    def test_if_match_is_one_version_in_quotes(self, stated):
        with pytest.raises(Invalid) as refused:
            loading.seen_version(CHANGE, {"if-match": stated}, {})

        assert [field for field, _ in faults(refused)] == ["If-Match"]

    def test_header_and_field_must_agree(self):
        with pytest.raises(Invalid):
            loading.seen_version(CHANGE, {"if-match": '"3"'}, {"version": 4})

    def test_a_route_without_versions_wants_none(self):
        assert not loading.seen_version(LOGIN, {"if-match": "*"}, {})


def test_the_owner_complains_of_a_filter_in_the_callers_words():
    complaint = Invalid(errors=[{"field": "filters.status", "message": "No such status."}])

    assert loading.as_asked(TASKS, complaint).data["errors"] == [{"field": "status", "message": "No such status."}]
    assert loading.as_asked(LIST, complaint) is complaint
