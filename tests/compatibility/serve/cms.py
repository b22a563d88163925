#!/usr/bin/env python3
"""Serves what `wagtail start` makes, with sixty pages and a person.

    cms.py --folder DIR --port PORT
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path

PAGES = """
from django.contrib.auth import get_user_model
from home.models import HomePage
get_user_model().objects.create_superuser("admin", "admin@example.org", "admin-password")
home = HomePage.objects.get()
for number in range(60):
    home.add_child(instance=HomePage(title=f"Trial page {number:02}", slug=f"page-{number:02}"))
"""


def manage(folder, *arguments, **more):
    command = [sys.executable, "manage.py", *arguments]
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL, **more)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    options = parser.parse_args()
    site = options.folder / "trial"
    if not (site / "db.sqlite3").exists():
        site.mkdir()
        start = [Path(sys.executable).parent / "wagtail", "start", "trial", str(site)]
        subprocess.run(start, check=True, stdout=subprocess.DEVNULL)
        manage(site, "migrate", "--verbosity", "0")
        manage(site, "shell", input=PAGES.encode())
        manage(site, "update_index")
    os.chdir(site)
    serve = ["manage.py", "runserver", "--noreload", f"127.0.0.1:{options.port}"]
    os.execv(sys.executable, [sys.executable, *serve])


main()
