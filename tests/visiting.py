"""Somebody's browser, for tests that use pages as people do."""

import re
from html import unescape
from html.parser import HTMLParser

import httpx

from tests.firms import PATIENCE, somewhere

OUR_FORM = {"Sec-Fetch-Site": "same-origin"}  # what a browser says of a form on one of our pages


class Browser(httpx.Client):
    """It keeps cookies, follows no redirect by itself, and says where forms come from."""

    def __init__(self, url: str, language: str = "en") -> None:
        headers = {"Accept-Language": language, "X-Forwarded-For": somewhere()}
        super().__init__(base_url=url, headers=headers, timeout=PATIENCE)

    def send_form(self, path: str, **fields: str) -> httpx.Response:
        return self.post(path, data=fields, headers=OUR_FORM)


class Reading(HTMLParser):
    """What a page holds: its forms with their fields, its scripts, and styles that are not in a file."""

    def __init__(self, html):
        super().__init__()
        self.forms, self.labels, self.ids, self.inline = [], set(), set(), []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.ids |= {attrs["id"]} if "id" in attrs else set()
        self.labels |= {attrs["for"]} if tag == "label" and "for" in attrs else set()
        is_inline = tag == "style" or (tag == "script" and "src" not in attrs)
        if is_inline or "style" in attrs or any(name.startswith("on") for name in attrs):
            self.inline.append(tag)
        if tag == "form":
            self.forms.append((attrs, {}))
        elif tag in {"input", "textarea"} and self.forms and "name" in attrs:
            self.forms[-1][1][attrs["name"]] = attrs


class Filled(HTMLParser):
    """What a browser would send of the form with an id, as long as nobody changes it; buttons are not pressed."""

    def __init__(self, response: httpx.Response, form_id: str) -> None:
        super().__init__()
        self.fields: list[tuple[str, str]] = []
        self._id, self._is_inside = form_id, False
        self._area = self._select = None
        self.feed(response.text)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag == "form":
            self._is_inside = attrs.get("id") == self._id
        if not self._is_inside:
            return
        name, value = attrs.get("name"), attrs.get("value", "")
        if tag == "input" and name and (attrs.get("type") not in {"checkbox", "radio"} or "checked" in attrs):
            self.fields.append((name, value if "value" in attrs or "checked" not in attrs else "on"))
        elif tag == "textarea":
            self._area = name
            self.fields.append((name, ""))
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select and (("selected" in attrs) or not self._has(self._select)):
            self.fields = [one for one in self.fields if one[0] != self._select] + [(self._select, value)]

    def handle_endtag(self, tag):
        if tag == "form":
            self._is_inside = False
        if tag == "textarea":
            self._area = None
        if tag == "select":
            self._select = None

    def handle_data(self, data):
        if self._area:
            self.fields[-1] = (self._area, self.fields[-1][1] + data)

    def _has(self, name):
        return any(known == name for known, _ in self.fields)


def text_of(response: httpx.Response) -> str:
    """What people read on a page."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", response.text)).split())
