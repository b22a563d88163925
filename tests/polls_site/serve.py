#!/usr/bin/env python
"""Serves the polls site with several threads, from a database it sets up itself.

    python serve.py --port 8000 --database polls.sqlite3

`manage.py runserver` would do for reading pages, but reloads itself and wants a
database that somebody has migrated and filled.
"""

import argparse
import os
import socket
from pathlib import Path

import waitress


def main():
    options = parse_arguments()
    options.database.parent.mkdir(parents=True, exist_ok=True)
    os.environ["POLLS_DATABASE"] = str(options.database)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mysite.settings")

    # Imported only now because the settings are read on the way.
    from mysite.wsgi import application

    prepare_database()
    listener = listen(options.host, options.port)
    # Who reads the stream of news keeps a thread, and its end is noticed by looking ahead.
    server = waitress.create_server(
        application, sockets=[listener], threads=24, channel_request_lookahead=1
    )
    host = f"[{options.host}]" if ":" in options.host else options.host
    print(f"polls site: http://{host}:{server.effective_port}/polls/", flush=True)
    server.run()


def parse_arguments():
    parser = argparse.ArgumentParser(description="Serve the polls site.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument(
        "--port", type=int, default=8000, help="0 takes any port that is free"
    )
    parser.add_argument(
        "--database",
        # Absolute, so that nothing depends on the folder the site is started in.
        type=lambda path: Path(path).resolve(),
        required=True,
        help="SQLite file; made and filled if new; pictures are kept beside it",
    )
    return parser.parse_args()


def prepare_database():
    """Brings the tables up to date and fills a new database with the fixture.

    New means without any user: the fixture, loaded in one transaction, brings the
    first one. That also finishes a start that was killed between the two steps,
    and leaves alone a database whose questions were all deleted.
    """
    from django.contrib.auth.models import User
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    if not User.objects.exists():
        call_command("loaddata", "questions", verbosity=0)


def listen(host, port):
    """Opens the socket here, as waitress would open several for `localhost`.

    With port 0 each of them would get a different port.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        raise SystemExit(f"cannot listen on {host} port {port}: {error.strerror}")


if __name__ == "__main__":
    main()
