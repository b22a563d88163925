from django.urls import path
from django.views.generic import TemplateView

from . import stream, views

app_name = "polls"
urlpatterns = [
    path("", views.IndexView.as_view(), name="index"),
    path("latest/", views.latest, name="latest"),
    path(
        "offline/",
        TemplateView.as_view(template_name="polls/offline.html"),
        name="offline",
    ),
    path("stream/", stream.stream, name="stream"),
    path("<int:pk>/", views.DetailView.as_view(), name="detail"),
    path("<int:pk>/results/", views.ResultsView.as_view(), name="results"),
    path("<int:pk>/json/", views.counts, name="json"),
    path("<int:question_id>/vote/", views.vote, name="vote"),
]
