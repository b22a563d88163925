from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import StringIO
from unittest import mock

from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection
from django.test import Client, TestCase, TransactionTestCase
from django.utils import timezone
from holdfast_receipts.middleware import key_of
from holdfast_receipts.models import Receipt
from polls.models import Choice, Question


def question():
    asked = Question.objects.create(
        question_text="Is the sky blue?", pub_date=timezone.now() - timedelta(days=1)
    )
    asked.choice_set.create(choice_text="Yes")
    asked.choice_set.create(choice_text="No")
    return asked


class ReceiptTests(TestCase):
    def setUp(self):
        self.question = question()
        self.yes, self.no = self.question.choice_set.order_by("id")

    def vote(self, choice, key='"a"', client=None, **more):
        headers = {} if key is None else {"Idempotency-Key": key}
        return (client or self.client).post(
            f"/polls/{self.question.id}/vote/", {"choice": choice.id, **more}, headers=headers
        )

    def votes(self, choice):
        return Choice.objects.get(pk=choice.pk).votes

    def test_a_vote_counts_once_however_often_it_is_sent(self):
        first = self.vote(self.yes)
        again = self.vote(self.yes)
        self.assertEqual(self.votes(self.yes), 1)
        self.assertNotIn("Idempotency-Replayed", first)
        self.assertEqual(again["Idempotency-Replayed"], "true")
        self.assertEqual((again.status_code, again["Location"]), (302, first["Location"]))

    def test_another_key_is_another_vote_and_none_is_always_one(self):
        self.vote(self.yes, '"a"')
        self.vote(self.yes, '"b"')
        self.vote(self.yes, None)
        self.vote(self.yes, None)
        self.assertEqual(self.votes(self.yes), 4)
        self.assertEqual(Receipt.objects.count(), 2)

    def test_a_key_holds_for_one_request_only(self):
        self.vote(self.yes)
        refused = self.vote(self.no)
        self.assertEqual(refused.status_code, 422)
        self.assertEqual(refused["Content-Type"], "application/problem+json")
        self.assertEqual((self.votes(self.yes), self.votes(self.no)), (1, 0))

    def test_a_fresh_csrf_token_is_the_same_request(self):
        self.vote(self.yes, csrfmiddlewaretoken="one")
        self.assertEqual(self.vote(self.yes, csrfmiddlewaretoken="other").status_code, 302)
        self.assertEqual(self.votes(self.yes), 1)

    def test_what_failed_leaves_neither_a_vote_nor_a_receipt(self):
        self.client.raise_request_exception = False
        broken = mock.patch("polls.views.reverse", side_effect=RuntimeError)
        with broken, self.assertLogs("django.request"):
            self.assertEqual(self.vote(self.yes).status_code, 500)
        self.assertEqual((self.votes(self.yes), Receipt.objects.count()), (0, 0))
        self.assertEqual(self.vote(self.yes).status_code, 302)
        self.assertEqual(self.votes(self.yes), 1)

    def test_what_csrf_refuses_may_be_tried_again(self):
        strict = Client(enforce_csrf_checks=True)
        self.assertEqual(self.vote(self.yes, client=strict).status_code, 403)
        self.assertEqual(Receipt.objects.count(), 0)
        self.assertEqual(self.vote(self.yes).status_code, 302)

    def test_nobody_gets_what_was_answered_to_another(self):
        for name in ("one", "other"):
            client = Client()
            client.force_login(User.objects.create_user(name))
            self.assertNotIn("Idempotency-Replayed", self.vote(self.yes, client=client))
        self.assertEqual(self.votes(self.yes), 2)

    def test_a_form_that_is_shown_again_is_shown_again(self):
        path = f"/polls/{self.question.id}/vote/"
        first, again = (
            self.client.post(path, {}, headers={"Idempotency-Key": '"a"'}) for _ in range(2)
        )
        self.assertContains(again, "You didn&#x27;t select a choice.")
        self.assertEqual(again.content, first.content)

    def test_a_key_that_is_none_is_refused(self):
        for key in ("a", '""', '"', '"a', '"a"b"', '"a\\"', '"é"', f'"{"a" * 256}"'):
            self.assertIsNone(key_of(key), key)
            self.assertEqual(self.vote(self.yes, key.encode().decode("latin-1")).status_code, 400)
        self.assertEqual(key_of(' "a-b" '), "a-b")
        self.assertEqual(self.votes(self.yes), 0)

    def test_reading_needs_no_receipt(self):
        self.client.get("/polls/", headers={"Idempotency-Key": '"a"'})
        self.assertEqual(Receipt.objects.count(), 0)

    def test_old_receipts_are_cleared(self):
        self.vote(self.yes, '"old"')
        Receipt.objects.update(created_at=timezone.now() - timedelta(days=91))
        self.vote(self.yes, '"new"')
        said = StringIO()
        call_command("clear_receipts", stdout=said)
        self.assertEqual(said.getvalue(), "deleted 1 receipts\n")
        self.assertEqual(Receipt.objects.get().key, "new")


class ConcurrencyTests(TransactionTestCase):
    def test_who_sends_it_at_the_same_time_waits_for_the_first(self):
        asked = question()
        choice = asked.choice_set.first()

        def vote(_):
            try:
                headers = {"Idempotency-Key": '"a"'}
                path = f"/polls/{asked.id}/vote/"
                return Client().post(path, {"choice": choice.id}, headers=headers).status_code
            finally:
                connection.close()

        with ThreadPoolExecutor(4) as pool:
            self.assertEqual(set(pool.map(vote, range(12))), {302})
        choice.refresh_from_db()
        self.assertEqual(choice.votes, 1)
