#!/usr/bin/env python3
"""Serves a Roundup tracker of the classic kind, with sixty issues.

    tracker.py --folder DIR --port PORT
"""

import argparse
import subprocess
import sys
from pathlib import Path

import waitress
from roundup.cgi.wsgi_handler import RequestDispatcher

PROGRAMS = Path(sys.executable).parent


def admin(tracker, *arguments):
    command = [PROGRAMS / "roundup-admin", "-i", str(tracker), *arguments]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    options = parser.parse_args()
    tracker = options.folder / "tracker"
    if not (tracker / "db/db").exists():
        told = [f"tracker_web=http://127.0.0.1:{options.port}/", "mail_domain=example.org"]
        told += ["admin_email=admin@example.org", "mail_debug=mail.log"]
        admin(tracker, "install", "classic", "sqlite", ",".join(told))
        admin(tracker, "initialise", "admin-password")
        issues = "".join(f'create issue title="Trial issue {n:02}" priority=3\n' for n in range(60))
        command = [PROGRAMS / "roundup-admin", "-i", str(tracker)]
        text = issues + "commit\n"
        subprocess.run(command, check=True, input=text.encode(), stdout=subprocess.DEVNULL)
    # Its own server wants not to be root, which who runs this may be.
    waitress.serve(RequestDispatcher(str(tracker)), host="127.0.0.1", port=options.port)


main()
