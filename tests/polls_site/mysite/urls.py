"""The site's addresses: the polls, the admin, and uploaded files."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView
from django.views.static import serve


def media(request, path):
    """An uploaded file. The folder is looked up per request, so tests can move it."""
    return serve(request, path, document_root=settings.MEDIA_ROOT)


urlpatterns = [
    path("", RedirectView.as_view(pattern_name="polls:index")),
    path("polls/", include("polls.urls")),
    path("admin/", admin.site.urls),
    path("media/<path:path>", media),
]
