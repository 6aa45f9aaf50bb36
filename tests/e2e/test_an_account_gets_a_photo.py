"""R-PHOTO-1, R-PHOTO-2, R-NAME-9: an account shows its initials, then a photo, then another, then its initials."""

import secrets
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.firms import Client, Firm
from tests.pictures import QUARTERS, encoded, near, plain, png_that_claims, quarters, read
from tests.stack import until

PNG = {"Content-Type": "image/png"}
LIMIT = 5 * 1024 * 1024


@pytest.fixture
def account(firm):
    return firm.account("Élan & Fils")


@pytest.fixture
def at(account):
    return f"/accounts/{account['id']}/photo"


def put(client, at, content, headers=PNG, **square):
    return client.put(at, content=content, headers=headers, params=square)


def files(stack, firm):
    folder = stack.blobs / "photos" / firm.id
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.webp"))


def incoming(stack):
    return list((stack.blobs / "incoming").glob("*"))


def is_problem(response, status, code):
    assert (response.status_code, response.json()["type"]) == (status, f"/problems/{code}"), response.text
    return True


class TestJourney:
    def test_from_initials_to_a_photo_and_back(self, firm, account, at, stack):
        before = firm.owner.get(at)
        photo = put(firm.owner, at, encoded(quarters(600, 400)))
        first = firm.owner.get(at, params={"size": 512})
        second = put(firm.owner, at, plain("#aa00aa", "JPEG"), {"Content-Type": "image/jpeg"})
        shown = firm.owner.get(at)
        deleted = firm.owner.delete(at)
        after = firm.owner.get(at)

        assert before.headers["content-type"] == "image/svg+xml"
        assert ">ÉF<" in before.text
        assert photo.status_code == 200
        assert photo.json()["by"] == "firm"
        assert read(first.content).size == (512, 512)
        assert near(read(first.content), (0.9, 0.9), QUARTERS["bottom right"])
        assert second.json()["id"] != photo.json()["id"]
        assert near(read(shown.content), (0.5, 0.5), "#aa00aa")
        assert (deleted.status_code, after.text, after.headers["etag"]) == (204, before.text, before.headers["etag"])
        until(lambda: files(stack, firm) == [])
        assert firm.owner.made("GET", f"/accounts/{account['id']}")["photo"] is None

    def test_the_account_tells_of_its_photo(self, firm, account, at):
        photo = put(firm.owner, at, plain()).json()

        seen = firm.owner.made("GET", f"/accounts/{account['id']}")

        assert seen["photo"] == photo
        assert seen["version"] == account["version"] + 1

    @pytest.mark.parametrize("size", [64, 128, 256, 512])
    def test_every_size_is_what_it_says(self, firm, at, size):
        put(firm.owner, at, plain())

        response = firm.owner.get(at, params={"size": size})

        assert (response.headers["content-type"], read(response.content).size) == ("image/webp", (size, size))
        assert int(response.headers["content-length"]) == len(response.content)

    def test_a_square_may_be_chosen(self, firm, at):
        assert put(firm.owner, at, encoded(quarters(400, 400)), x=200, y=0, size=200).status_code == 200

        photo = read(firm.owner.get(at).content)

        for place in ((0.1, 0.1), (0.9, 0.9)):
            assert near(photo, place, QUARTERS["top right"])

    def test_nothing_of_an_upload_stays_but_the_photo_in_its_sizes(self, firm, account, at, stack):
        photo = put(firm.owner, at, plain()).json()

        folder = f"{account['id']}/{photo['id']}"
        assert files(stack, firm) == sorted(f"{folder}/{size}.webp" for size in (64, 128, 256, 512))
        assert incoming(stack) == []

    def test_of_two_at_once_one_is_shown_and_the_other_removed(self, firm, account, at, stack):
        """R-PHOTO-2: the last writer wins."""
        with ThreadPoolExecutor(4) as pool:
            answers = list(
                pool.map(lambda colour: put(firm.owner, at, plain(colour)), ["#000", "#00f", "#0f0", "#f00"])
            )

        assert [answer.status_code for answer in answers] == [200] * 4
        shown = firm.owner.made("GET", f"/accounts/{account['id']}")["photo"]["id"]
        assert shown in {answer.json()["id"] for answer in answers}
        until(lambda: {path.split("/")[1] for path in files(stack, firm)} == {shown})


class TestCaching:
    @pytest.mark.parametrize("has_photo", [True, False])
    def test_who_has_it_gets_no_body(self, firm, at, has_photo):
        if has_photo:
            put(firm.owner, at, plain())
        first = firm.owner.get(at)

        for known in (first.headers["etag"], f'"other", {first.headers["etag"]}', f"W/{first.headers['etag']}", "*"):
            again = firm.owner.get(at, headers={"If-None-Match": known})

            assert (again.status_code, again.content) == (304, b"")
            assert again.headers["etag"] == first.headers["etag"]
            assert again.headers["cache-control"] == first.headers["cache-control"] == "private, no-cache"

    def test_another_photo_size_or_name_is_another_file(self, firm, account, at):
        drawn = firm.owner.get(at).headers["etag"]
        firm.owner.made("PATCH", f"/accounts/{account['id']}", name="Other Name", version=account["version"])
        renamed = firm.owner.get(at, headers={"If-None-Match": drawn})
        put(firm.owner, at, plain())
        photo = firm.owner.get(at, headers={"If-None-Match": renamed.headers["etag"]})
        small = firm.owner.get(at, params={"size": 64}, headers={"If-None-Match": photo.headers["etag"]})
        put(firm.owner, at, plain())
        replaced = firm.owner.get(at, headers={"If-None-Match": photo.headers["etag"]})

        assert [answer.status_code for answer in (renamed, photo, small, replaced)] == [200] * 4
        assert len({drawn, *(answer.headers["etag"] for answer in (renamed, photo, small, replaced))}) == 5

    def test_a_browser_takes_it_for_nothing_but_a_picture(self, firm, at):
        drawn = firm.owner.get(at)
        put(firm.owner, at, plain())
        photo = firm.owner.get(at)

        for response in (drawn, photo):
            assert response.headers["x-content-type-options"] == "nosniff"
            assert response.headers["content-disposition"] == "inline"
            assert response.headers["content-security-policy"] == "default-src 'none'; sandbox"

    def test_head_is_get_without_the_body(self, firm, at):
        put(firm.owner, at, plain())

        head, get = firm.owner.head(at), firm.owner.get(at)

        assert head.content == b""
        varying = {"x-request-id", "date"}
        assert {k: v for k, v in head.headers.items() if k not in varying} == {
            k: v for k, v in get.headers.items() if k not in varying
        }


class TestRefusals:
    @pytest.mark.parametrize(
        ("content", "said"),
        [
            (b"", "no JPEG, PNG or WebP"),
            (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "no JPEG, PNG or WebP"),
            (b"PK\x03\x04" + bytes(500), "no JPEG, PNG or WebP"),
            (plain()[:-200], "damaged or cut short"),
            (png_that_claims(20_000, 20_000), "at most 40 megapixels"),
        ],
        ids=["nothing", "svg", "zip", "cut short", "bomb"],
    )
    def test_what_is_no_picture_changes_nothing(self, firm, account, at, stack, content, said):
        shown = put(firm.owner, at, plain()).json()

        response = put(firm.owner, at, content)

        assert is_problem(response, 422, "invalid")
        assert response.json()["errors"][0]["field"] == "photo"
        assert said in response.json()["errors"][0]["detail"]
        assert firm.owner.made("GET", f"/accounts/{account['id']}")["photo"] == shown
        assert len(files(stack, firm)) == 4
        assert incoming(stack) == []

    @pytest.mark.parametrize(
        ("square", "field"),
        [
            ({"x": 0}, "y"),
            ({"x": 0, "y": 0, "size": 201}, "size"),
            ({"x": -1, "y": 0, "size": 5}, "x"),
            ({"x": 0, "y": 0, "size": 0}, "size"),
            ({"x": 300, "y": 0, "size": 1}, "size"),
            ({"x": "left", "y": 0, "size": 1}, "x"),
            ({"width": 5}, "width"),
        ],
    )
    def test_a_square_that_is_none(self, firm, at, square, field):
        response = put(firm.owner, at, plain(size=(300, 200)), **square)

        assert is_problem(response, 422, "invalid")
        assert [wrong["field"] for wrong in response.json()["errors"]] == [field]

    @pytest.mark.parametrize("size", ["100", "0", "many", "128,256"])
    def test_a_size_that_there_is_not(self, firm, at, size):
        assert is_problem(firm.owner.get(at, params={"size": size}), 422, "invalid")

    @pytest.mark.parametrize("kind", ["application/json", "text/html", "multipart/form-data; boundary=x", ""])
    def test_a_body_that_does_not_call_itself_a_picture(self, firm, at, kind):
        response = put(firm.owner, at, plain(), {"Content-Type": kind})

        assert is_problem(response, 415, "unsupported_media_type")
        assert "image/png" in response.json()["detail"]

    def test_what_the_header_says_does_not_matter(self, firm, at):
        assert put(firm.owner, at, plain(kind="WEBP"), {"Content-Type": "image/gif"}).status_code == 200

    def test_a_body_that_states_too_much_is_not_read(self, firm, at):
        assert is_problem(put(firm.owner, at, bytes(LIMIT + 1)), 413, "body_too_large")

    def test_a_body_without_length_is_counted(self, firm, at, stack):
        def parts():
            for _ in range(LIMIT // 65536 + 1):
                yield bytes(65536)

        assert is_problem(put(firm.owner, at, parts()), 413, "body_too_large")
        assert incoming(stack) == []

    def test_the_field_of_the_upload_is_not_the_callers(self, firm, at):
        response = put(firm.owner, at, plain(), upload="incoming/" + "0" * 32)

        assert is_problem(response, 422, "invalid")


class TestKeys:
    def test_the_same_photo_with_the_same_key_is_set_once(self, firm, account, at):
        headers = PNG | {"Idempotency-Key": secrets.token_hex(8)}

        first, second = (put(firm.owner, at, plain("#00f"), headers) for _ in range(2))

        assert (first.status_code, first.json()) == (200, second.json())
        assert firm.owner.made("GET", f"/accounts/{account['id']}")["version"] == account["version"] + 1

    def test_another_photo_with_the_same_key_is_refused(self, firm, at):
        headers = PNG | {"Idempotency-Key": secrets.token_hex(8)}
        put(firm.owner, at, plain("#00f"), headers)

        assert is_problem(put(firm.owner, at, plain("#0f0"), headers), 409, "idempotency_key_reused")


class TestIntruders:
    def test_nobody_and_strangers_and_colleagues_without_access(self, firm, at, stack):
        """R-ACC-1, R-ACC-5: neither the photo nor whether there is one."""
        put(firm.owner, at, plain())
        stranger = Firm(stack.url, stack.env, name="Strangers Ltd").owner
        colleague = firm.member("manage_accounts")
        nobody = Client(stack.url, None)

        for who, status in ((stranger, 404), (colleague, 404), (nobody, 401)):
            for response in (who.get(at), put(who, at, plain()), who.delete(at)):
                assert response.status_code == status
                assert response.headers["content-type"] == "application/problem+json"

        assert firm.owner.get(at).headers["content-type"] == "image/webp"

    def test_who_only_sees_the_account_sees_its_photo_and_leaves_it(self, firm, at):
        """R-PHOTO-1: a member needs `manage_accounts`."""
        put(firm.owner, at, plain())
        viewer = firm.member("view_all_accounts")

        assert viewer.get(at).headers["content-type"] == "image/webp"
        assert is_problem(put(viewer, at, plain()), 403, "action_not_allowed")
        assert is_problem(viewer.delete(at), 403, "action_not_allowed")

    def test_who_manages_accounts_changes_it(self, firm, at):
        manager = firm.member("view_all_accounts", "manage_accounts")

        assert put(manager, at, plain()).status_code == 200
        assert manager.delete(at).status_code == 204

    def test_a_token_that_reads_does_not_write(self, firm, at, stack):
        token = firm.owner.made("POST", "/me/tokens", name="Robot", scopes=["accounts:read"])["secret"]
        robot = Client(stack.url, token)

        assert robot.get(at).status_code == 200
        assert is_problem(put(robot, at, plain()), 403, "scope_missing")
