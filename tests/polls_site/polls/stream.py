"""What readers are told as it happens: a stream of server-sent events.

Each connection takes a thread for as long as it lives, which is fine for a site of this size.
A larger one has a hub send the same messages.
"""

import json
import time

from django.db.models import Max
from django.http import HttpResponseNotAllowed, StreamingHttpResponse
from django.urls import reverse
from django.utils import timezone

from .models import Announcement, Question

# How often a connection looks for news, and how often it says that it is still there, in
# seconds.
LOOK = 1
KEEP_ALIVE = 20


def stream(request):
    if request.method != "GET":
        return HttpResponseNotAllowed(["GET"])
    last_id = request.headers.get("Last-Event-ID", "")
    # Waitress knows when nobody listens any more, other servers notice it by themselves.
    is_gone = request.META.get("waitress.client_disconnected", lambda: False)
    response = StreamingHttpResponse(
        events(int(last_id) if last_id.isascii() and last_id.isdigit() else None, is_gone),
        content_type="text/event-stream",
    )
    response["Cache-Control"] = "no-cache"
    # nginx would wait for more.
    response["X-Accel-Buffering"] = "no"
    return response


def events(last_id, is_gone):
    """Everything announced after `last_id`, and from then on as it is announced."""
    announce()
    if last_id is None:
        last_id = Announcement.objects.aggregate(last=Max("id"))["last"] or 0
    # Who loses the connection now asks for what has come since.
    yield f"retry: 2000\nid: {last_id}\n\n"
    quiet = 0
    while not is_gone():
        announce()
        news = Announcement.objects.filter(id__gt=last_id).select_related("question")
        for announcement in news.order_by("id"):
            last_id = announcement.id
            yield f"id: {last_id}\ndata: {json.dumps(message(announcement.question))}\n\n"
            quiet = 0
        if quiet >= KEEP_ALIVE:
            yield ": still here\n\n"
            quiet = 0
        time.sleep(LOOK)
        quiet += LOOK


def announce():
    """Notes which questions were published since somebody looked.

    A question can be saved long before its time comes, so there is no moment at which it
    could be announced.
    """
    published = Question.objects.filter(
        pub_date__lte=timezone.now(), announcement__isnull=True
    )
    news = [Announcement(question=question) for question in published.order_by("pub_date")]
    if news:
        # Another connection may announce the same.
        Announcement.objects.bulk_create(news, ignore_conflicts=True)


def message(question):
    page = question.get_absolute_url()
    return {
        "id": f"poll-{question.id}",
        "kind": "poll",
        "refresh": [reverse("polls:index"), page],
        "notify": {
            "title": "New poll",
            "body": question.question_text,
            "open": page,
            "tag": f"poll-{question.id}",
        },
    }
