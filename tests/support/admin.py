"""Somebody else in the site's admin, in a browser of their own: saves a question.

Takes the site's origin and the question's text; prints the question's number.
"""

import http.cookiejar
import re
import sys
import urllib.parse
import urllib.request

ORIGIN, TEXT = sys.argv[1:]
BROWSER = urllib.request.build_opener(
    urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
)


def page(path):
    return BROWSER.open(ORIGIN + path).read().decode()


def submit(path, fields):
    """Fills in the form at `path` beside what is entered there already, and sends it."""
    hidden = re.findall(r'<input type="hidden" name="([^"]+)"(?: value="([^"]*)")?', page(path))
    body = urllib.parse.urlencode({**dict(hidden), **fields}).encode()
    request = urllib.request.Request(ORIGIN + path, body, {"Referer": ORIGIN + path})
    return BROWSER.open(request)


submit("/admin/login/?next=/admin/", {"username": "admin", "password": "admin-password"})
answer = submit(
    "/admin/polls/question/add/",
    {
        "question_text": TEXT,
        "pub_date_0": "2026-01-01",
        "pub_date_1": "00:00:00",
        "choice_set-0-choice_text": "Yes",
        "choice_set-1-choice_text": "No",
        **{f"choice_set-{row}-votes": "0" for row in range(3)},
        "_continue": "Save",
    },
)
print(re.search(r"/question/(\d+)/change/", answer.url).group(1))
