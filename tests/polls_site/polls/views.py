from django.db.models import F, Sum
from django.db.models.functions import Coalesce
from django.http import Http404, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views import generic

from .models import Choice, Question


def published_questions():
    """Questions whose time has come, each with the sum of its votes.

    Every view starts from here, so that nobody sees or answers a question early.
    """
    return Question.objects.filter(pub_date__lte=timezone.now()).annotate(
        total_votes=Coalesce(Sum("choice__votes"), 0)
    )


class IndexView(generic.ListView):
    template_name = "polls/index.html"
    context_object_name = "latest_question_list"
    orders = {
        "newest": ["-pub_date"],
        "votes": ["-total_votes", "-pub_date"],
    }

    def get_queryset(self):
        """The first five published questions in the order asked for."""
        return published_questions().order_by(*self.orders[self.sort])[:5]

    def get_context_data(self, **kwargs):
        return super().get_context_data(sort=self.sort, **kwargs)

    @property
    def sort(self):
        """A mistyped order is no reason to refuse the page."""
        asked = self.request.GET.get("sort")
        return asked if asked in self.orders else "newest"


class DetailView(generic.DetailView):
    template_name = "polls/detail.html"

    def get_queryset(self):
        return published_questions()


class ResultsView(generic.DetailView):
    template_name = "polls/results.html"

    def get_queryset(self):
        return published_questions()


def latest(request):
    """Sends the reader to the newest question."""
    question = published_questions().order_by("-pub_date").first()
    if question is None:
        raise Http404("No question is published yet.")
    return redirect(question)


def counts(request, pk):
    """The results as JSON, for refreshing them in place."""
    question = get_object_or_404(published_questions(), pk=pk)
    return JsonResponse(
        {
            "id": question.id,
            "question": question.question_text,
            "choices": [
                {"id": choice.id, "text": choice.choice_text, "votes": choice.votes}
                for choice in question.choice_set.all()
            ],
            "votes": question.total_votes,
        }
    )


def vote(request, question_id):
    question = get_object_or_404(published_questions(), pk=question_id)
    try:
        selected_choice = question.choice_set.get(pk=request.POST["choice"])
    except (KeyError, ValueError, Choice.DoesNotExist):
        # Redisplay the question voting form.
        return render(
            request,
            "polls/detail.html",
            {
                "question": question,
                "error_message": "You didn't select a choice.",
                # The form's own page is the one to share, not this answer.
                "permalink": request.build_absolute_uri(question.get_absolute_url()),
            },
        )
    # Added up by the database, so that two votes at the same time both count.
    selected_choice.votes = F("votes") + 1
    selected_choice.save()
    # Always return an HttpResponseRedirect after successfully dealing with POST
    # data. This prevents data from being posted twice if a user hits the Back
    # button.
    return HttpResponseRedirect(reverse("polls:results", args=(question.id,)))
