"""Does what it is asked with an `Idempotency-Key` once, and answers again what it has answered.

After draft-ietf-httpapi-idempotency-key-header. It belongs after the session's middleware and
before the CSRF one, so that a request which that refuses leaves no receipt.
"""

import hashlib
import json

from django.contrib.auth import SESSION_KEY
from django.db import IntegrityError, transaction
from django.http import HttpResponse, JsonResponse

from .models import Receipt

SAFE_METHODS = {"GET", "HEAD", "OPTIONS", "TRACE"}
LONGEST_KEY = 255
# Each answer has its own.
NOT_KEPT = {"set-cookie", "date", "connection", "transfer-encoding"}


class IdempotencyKeyMiddleware:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        sent = request.headers.get("Idempotency-Key")
        if sent is None or request.method in SAFE_METHODS:
            return self.get_response(request)
        key = key_of(sent)
        if key is None:
            return problem(400, "Malformed key", "The Idempotency-Key is no quoted string.")
        owner = str(request.session.get(SESSION_KEY, "")) if hasattr(request, "session") else ""
        fingerprint = fingerprint_of(request)
        with transaction.atomic():
            try:
                # Written first: a second request with the same key waits here until the
                # first one is done.
                with transaction.atomic():
                    receipt = Receipt.objects.create(
                        owner=owner, key=key, fingerprint=fingerprint
                    )
            except IntegrityError:
                return again(Receipt.objects.get(owner=owner, key=key), fingerprint)
            response = self.get_response(request)
            if response.status_code >= 400:
                # Nothing was done, so that it may be tried again.
                transaction.set_rollback(True)
            else:
                keep(receipt, response)
            return response


def key_of(sent):
    """The key in a quoted string (RFC 9651 §3.3.3), or None."""
    sent = sent.strip()
    inner = sent[1:-1]
    is_quoted = len(sent) > 2 and sent[0] == sent[-1] == '"'
    is_plain = inner.isascii() and inner.isprintable() and not set(inner) & {'"', "\\"}
    return inner if is_quoted and is_plain and len(inner) <= LONGEST_KEY else None


def fingerprint_of(request):
    """Differs when something else is asked for. A form's CSRF token says nothing of that."""
    whole = hashlib.sha256()
    if request.content_type in ("application/x-www-form-urlencoded", "multipart/form-data"):
        fields = sorted(
            (name, values)
            for name, values in request.POST.lists()
            if name != "csrfmiddlewaretoken"
        )
        whole.update(json.dumps(fields).encode())
        for name, files in sorted(request.FILES.lists()):
            for file in files:
                whole.update(json.dumps([name, file.name, file.size]).encode())
                for piece in file.chunks():
                    whole.update(piece)
                file.seek(0)
    else:
        whole.update(request.body)
    asked = json.dumps([request.method, request.get_full_path()])
    return hashlib.sha256(asked.encode() + whole.digest()).hexdigest()


def keep(receipt, response):
    """Fills the receipt in, in the transaction that it was begun in."""
    if response.streaming:
        body = b"".join(response.streaming_content)
        response.streaming_content = [body]
    else:
        body = response.content
    receipt.status = response.status_code
    receipt.headers = [
        [name, value] for name, value in response.items() if name.lower() not in NOT_KEPT
    ]
    receipt.body = body
    receipt.save(update_fields=["status", "headers", "body"])


def again(receipt, fingerprint):
    """What was answered the first time."""
    if receipt.fingerprint != fingerprint:
        detail = "The Idempotency-Key was used for another request."
        return problem(422, "Key used before", detail)
    response = HttpResponse(bytes(receipt.body), status=receipt.status)
    del response["Content-Type"]
    for name, value in receipt.headers:
        response[name] = value
    response["Idempotency-Replayed"] = "true"
    return response


def problem(status, title, detail):
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    return JsonResponse(body, status=status, content_type="application/problem+json")
