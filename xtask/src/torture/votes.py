"""Fills the polls site's database with choices, and reads what was counted and what waits.

    votes.py prepare DATABASE < "poll choice" lines
    votes.py count DATABASE        -> "choice votes" lines
    votes.py waiting < the outbox as JSON -> "key state choice reason" lines, with tabs
"""

import json
import sqlite3
import sys


def prepare(database):
    ballots = [tuple(map(int, line.split())) for line in sys.stdin]
    polls = sorted({poll for poll, _ in ballots})
    with sqlite3.connect(database, timeout=60) as db:
        db.executemany(
            "INSERT INTO polls_question (id, question_text, pub_date, picture)"
            " VALUES (?, ?, '2025-01-01 00:00:00', '')",
            [(poll, f"Poll {poll}") for poll in polls],
        )
        db.executemany(
            "INSERT INTO polls_choice (question_id, id, choice_text, votes)"
            " VALUES (?, ?, ?, 0)",
            [(poll, choice, f"Choice {choice}") for poll, choice in ballots],
        )


def count(database):
    with sqlite3.connect(database, timeout=60) as db:
        for choice, votes in db.execute(
            "SELECT id, votes FROM polls_choice WHERE votes <> 0 ORDER BY id"
        ):
            print(choice, votes)


def waiting():
    for row in json.load(sys.stdin):
        (choice,) = [value for name, value in row["fields"] if name == "choice"]
        reason = " ".join((row.get("reason") or "").split())
        print(row["key"], row["state"], choice, reason, sep="\t")


{"prepare": prepare, "count": count, "waiting": waiting}[sys.argv[1]](*sys.argv[2:])
