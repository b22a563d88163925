import datetime
import itertools
import json
import tempfile
from unittest.mock import patch

from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError
from django.test import Client, SimpleTestCase, TestCase, override_settings
from django.urls import reverse
from django.utils import timezone

from . import stream
from .models import Announcement, Choice, Question


def create_question(question_text, days, choices=()):
    """
    Create a question with the given `question_text` and published the
    given number of `days` offset to now (negative for questions published
    in the past, positive for questions that have yet to be published).
    Each of `choices` maps a choice's text to its votes.
    """
    time = timezone.now() + datetime.timedelta(days=days)
    question = Question.objects.create(question_text=question_text, pub_date=time)
    for choice_text, votes in dict(choices).items():
        question.choice_set.create(choice_text=choice_text, votes=votes)
    return question


class QuestionModelTests(TestCase):
    def test_was_published_recently_with_future_question(self):
        """Questions whose pub_date is in the future are not recent."""
        time = timezone.now() + datetime.timedelta(days=30)
        future_question = Question(pub_date=time)
        self.assertIs(future_question.was_published_recently(), False)

    def test_was_published_recently_with_old_question(self):
        """Questions whose pub_date is older than 1 day are not recent."""
        time = timezone.now() - datetime.timedelta(days=1, seconds=1)
        old_question = Question(pub_date=time)
        self.assertIs(old_question.was_published_recently(), False)

    def test_was_published_recently_with_recent_question(self):
        """Questions whose pub_date is within the last day are recent."""
        time = timezone.now() - datetime.timedelta(hours=23, minutes=59, seconds=59)
        recent_question = Question(pub_date=time)
        self.assertIs(recent_question.was_published_recently(), True)


class QuestionIndexViewTests(TestCase):
    def shown(self, query=""):
        response = self.client.get(reverse("polls:index") + query)
        self.assertEqual(response.status_code, 200)
        return [q.question_text for q in response.context["latest_question_list"]]

    def test_no_questions(self):
        response = self.client.get(reverse("polls:index"))
        self.assertContains(response, "No polls are available.")

    def test_future_questions_are_not_shown(self):
        create_question("Past question.", days=-30)
        create_question("Future question.", days=30)
        self.assertEqual(self.shown(), ["Past question."])

    def test_newest_comes_first(self):
        create_question("Older.", days=-30)
        create_question("Newer.", days=-5)
        self.assertEqual(self.shown(), ["Newer.", "Older."])

    def test_sorts_by_votes_when_asked(self):
        create_question("Popular.", days=-30, choices={"Yes": 2, "No": 1})
        create_question("Ignored.", days=-5, choices={"Yes": 0})
        self.assertEqual(self.shown("?sort=votes"), ["Popular.", "Ignored."])
        self.assertEqual(self.shown("?sort=nonsense"), ["Ignored.", "Popular."])


class SingleQuestionTests(TestCase):
    """Detail, results, JSON and vote, which all start from one question."""

    def setUp(self):
        self.question = create_question("Sky?", days=-5, choices={"Yes": 2, "No": 1})
        self.future = create_question("Later?", days=5, choices={"Yes": 0})

    def url(self, name, question=None):
        return reverse(f"polls:{name}", args=((question or self.question).id,))

    def test_future_questions_are_not_found(self):
        for name in ["detail", "results", "json"]:
            response = self.client.get(self.url(name, self.future))
            self.assertEqual(response.status_code, 404, name)
        choice = self.future.choice_set.get()
        response = self.client.post(
            self.url("vote", self.future), {"choice": choice.id}
        )
        self.assertEqual(response.status_code, 404)

    def test_detail_shows_the_form(self):
        response = self.client.get(self.url("detail"))
        self.assertContains(response, "Sky?")
        self.assertContains(response, 'type="radio"', count=2)
        self.assertContains(response, "csrfmiddlewaretoken")

    def test_results_show_the_votes(self):
        response = self.client.get(self.url("results"))
        self.assertContains(response, "2 votes")
        self.assertContains(response, "1 vote<")

    def test_json_shows_the_votes(self):
        yes, no = self.question.choice_set.all()
        self.assertEqual(
            self.client.get(self.url("json")).json(),
            {
                "id": self.question.id,
                "question": "Sky?",
                "choices": [
                    {"id": yes.id, "text": "Yes", "votes": 2},
                    {"id": no.id, "text": "No", "votes": 1},
                ],
                "votes": 3,
            },
        )

    def test_vote_counts_and_redirects_to_results(self):
        choice = self.question.choice_set.get(choice_text="No")
        response = self.client.post(self.url("vote"), {"choice": choice.id})
        self.assertRedirects(response, self.url("results"))
        choice.refresh_from_db()
        self.assertEqual(choice.votes, 2)

    def test_vote_without_a_valid_choice_shows_the_form_again(self):
        foreign = self.future.choice_set.get()
        for fields in [{}, {"choice": foreign.id}, {"choice": "x"}]:
            response = self.client.post(self.url("vote"), fields)
            self.assertContains(response, "You didn&#x27;t select a choice.")
            self.assertContains(response, f"http://testserver{self.url('detail')}")
        self.assertEqual(
            list(Choice.objects.values_list("votes", flat=True)), [2, 1, 0]
        )

    def test_vote_needs_the_csrf_token(self):
        strict = Client(enforce_csrf_checks=True)
        choice = self.question.choice_set.first()
        response = strict.post(self.url("vote"), {"choice": choice.id})
        self.assertEqual(response.status_code, 403)

        strict.get(self.url("detail"))
        token = strict.cookies["csrftoken"].value
        fields = {"choice": choice.id, "csrfmiddlewaretoken": token}
        self.assertRedirects(strict.post(self.url("vote"), fields), self.url("results"))


class RedirectTests(TestCase):
    def test_root_leads_to_the_index(self):
        self.assertRedirects(self.client.get("/"), "/polls/")

    def test_latest_leads_to_the_newest_published_question(self):
        self.assertEqual(self.client.get("/polls/latest/").status_code, 404)
        create_question("Older.", days=-30)
        newest = create_question("Newer.", days=-5)
        create_question("Future.", days=5)
        response = self.client.get("/polls/latest/")
        self.assertRedirects(response, f"/polls/{newest.id}/")


class PageTests(TestCase):
    """What pages have in common, and those without a question."""

    def test_offline_page(self):
        response = self.client.get("/polls/offline/")
        self.assertContains(response, "You are offline.")
        self.assertNotContains(response, "Permalink")

    def test_permalink_is_absolute_and_leaves_the_query_out(self):
        response = self.client.get("/polls/?sort=votes")
        self.assertContains(response, 'href="http://testserver/polls/"', count=2)

    def test_unknown_page(self):
        response = self.client.get("/polls/999/")
        self.assertContains(response, "Page not found", status_code=404)
        self.assertContains(response, "/static/polls/style.css", status_code=404)

    def test_server_error(self):
        calm = Client(raise_request_exception=False)
        broken = patch("polls.views.published_questions", side_effect=DatabaseError)
        with broken, self.assertLogs("django.request", "ERROR"):
            response = calm.get("/polls/")
        self.assertContains(response, "Something went wrong", status_code=500)
        self.assertContains(response, "/static/polls/style.css", status_code=500)


class StaticFileTests(SimpleTestCase):
    def test_static_files_are_cached_for_a_year(self):
        for name in ["style.css", "app.js", "images/background.png"]:
            response = self.client.get(f"/static/polls/{name}")
            self.assertEqual(response.status_code, 200, name)
            self.assertEqual(
                response["Cache-Control"], "max-age=31536000, public", name
            )
            response.close()


class FixtureTests(TestCase):
    fixtures = ["questions"]

    def test_three_questions_show(self):
        response = self.client.get("/polls/")
        for text in ["Is the sky blue?", "Tea or coffee?", "Favourite colour?"]:
            self.assertContains(response, text)

    def test_admin_can_sign_in(self):
        self.assertTrue(self.client.login(username="admin", password="admin-password"))
        self.assertEqual(self.client.get("/admin/polls/question/").status_code, 200)


class AdminTests(TestCase):
    def test_question_with_choices_and_picture(self):
        self.client.force_login(User.objects.create_superuser("editor"))
        with tempfile.TemporaryDirectory() as folder, override_settings(
            MEDIA_ROOT=folder
        ):
            response = self.client.post(
                "/admin/polls/question/add/",
                {
                    "question_text": "Which pet?",
                    "picture": SimpleUploadedFile("pet.png", b"\x89PNG pet"),
                    "pub_date_0": "2025-01-01",
                    "pub_date_1": "00:00:00",
                    "choice_set-TOTAL_FORMS": "2",
                    "choice_set-INITIAL_FORMS": "0",
                    "choice_set-0-choice_text": "Cat",
                    "choice_set-0-votes": "0",
                    "choice_set-1-choice_text": "Dog",
                    "choice_set-1-votes": "0",
                },
            )
            self.assertRedirects(response, "/admin/polls/question/")
            question = Question.objects.get(question_text="Which pet?")
            self.assertEqual(
                [str(choice) for choice in question.choice_set.all()], ["Cat", "Dog"]
            )

            url = "/media/pictures/pet.png"
            self.assertContains(
                self.client.get(question.get_absolute_url()), f'<img src="{url}"'
            )
            picture = self.client.get(url)
            self.assertEqual(b"".join(picture.streaming_content), b"\x89PNG pet")
            picture.close()


class StreamTests(TestCase):
    def told(self, last_id=None):
        """What somebody is told who has read until `last_id`, up to the first silence."""
        with patch.object(stream, "KEEP_ALIVE", 0), patch("time.sleep"):
            response = self.client.get(
                reverse("polls:stream"),
                headers={} if last_id is None else {"last-event-id": last_id},
            )
            self.assertEqual(response["Content-Type"], "text/event-stream")
            pieces = (piece.decode() for piece in response.streaming_content)
            said = list(itertools.takewhile(lambda piece: piece[0] != ":", pieces))
        self.assertTrue(said[0].startswith("retry: 2000\nid: "), said[0])
        return [json.loads(piece.split("data: ")[1]) for piece in said[1:]]

    def test_who_comes_for_the_first_time_is_told_nothing_old(self):
        create_question("Old question.", days=-1)
        self.assertEqual(self.told(), [])

    def test_who_comes_back_is_told_what_they_have_missed(self):
        create_question("Known question.", days=-2)
        self.told()
        last_id = Announcement.objects.get().id
        question = create_question("New question.", days=-1)
        page = f"/polls/{question.id}/"
        self.assertEqual(
            self.told(str(last_id)),
            [
                {
                    "id": f"poll-{question.id}",
                    "kind": "poll",
                    "refresh": ["/polls/", page],
                    "notify": {
                        "title": "New poll",
                        "body": "New question.",
                        "open": page,
                        "tag": f"poll-{question.id}",
                    },
                }
            ],
        )

    def test_questions_are_told_when_their_time_has_come(self):
        question = create_question("Future question.", days=1)
        self.assertEqual(self.told("0"), [])
        question.pub_date = timezone.now()
        question.save()
        self.assertEqual([told["id"] for told in self.told("0")], [f"poll-{question.id}"])

    def test_what_is_no_number_is_no_place_in_the_stream(self):
        create_question("Old question.", days=-1)
        for last_id in ["", "x", "-1", "1; drop"]:
            self.assertEqual(self.told(last_id), [])

    def test_the_stream_ends_when_nobody_listens(self):
        with patch("time.sleep"):
            self.assertEqual(len(list(stream.events(None, lambda: True))), 1)
