import { expect, test } from "vitest";
import type { PageFacts } from "../src/facts";
import { sentence, type Connection } from "../src/sentence";
import { pageFacts } from "./fakes";

const NOW = Date.UTC(2026, 4, 20, 16, 5);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

function said(facts: Partial<PageFacts>, connection: Partial<Connection> = {}) {
  const open = { online: true, cause: null, openedAtMs: NOW - 5 * MINUTE, changed: false, confirmed: false, unsent: null, ...connection };
  return sentence(pageFacts(facts), open, NOW);
}

const offline = { online: false };

test("the bar says what is true, and nothing when all is as it seems", () => {
  const check = (facts: Partial<PageFacts>, connection: Partial<Connection>, state: string | null, text?: string, action?: string) => {
    const notice = said(facts, connection);
    expect([notice?.state ?? null, notice?.text, notice?.reload ?? undefined]).toEqual([state, text, action]);
  };
  const stored = { source: "store" as const, storedAtMs: NOW - 2 * HOUR };
  const de = { language: "de-DE" };

  check({ source: "network" }, {}, null);
  check({ source: "answer" }, {}, null);
  check({ ...stored, because: "strategy" }, {}, null);
  check({ ...stored, because: "offline" }, {}, null);
  check({ source: "fallback" }, {}, null);

  check({ ...stored, because: "offline" }, offline, "offline", "You are offline. This is the copy from 2:05 PM, 2 hours ago.");
  check({ ...stored, language: "en-GB" }, offline, "offline", "You are offline. This is the copy from 14:05, 2 hours ago.");
  check({ ...stored, language: "fr-FR" }, offline, "offline", "You are offline. This is the copy from 14:05, 2 hours ago.");
  check({ ...stored, ...de }, offline, "offline", "Sie sind offline. Dies ist der Stand von 14:05, vor 2 Stunden.");
  check({ language: "en-GB" }, offline, "offline", "You are offline. This is the copy from 16:00, 5 minutes ago.");
  check({ source: "outbox" }, offline, null);
  check({ source: "answer", ...de }, offline, "offline", "Sie sind offline. Dies ist der Stand von 16:00, vor 5 Minuten.");
  check({ ...stored, because: "slow" }, { confirmed: true }, null);
  check({ source: "fallback" }, offline, "fallback", "You are offline. This page is not on this device yet.");
  check({ source: "fallback", ...de }, offline, "fallback", "Sie sind offline. Diese Seite ist noch nicht auf diesem Gerät.");

  const broken = { ...stored, because: "server-error" as const };
  check({ ...broken, language: "en-GB" }, {}, "server-error", "The site is not answering properly. This is the copy from 14:05, 2 hours ago.", "Try again");
  check({ ...broken, ...de }, {}, "server-error", "Die Website antwortet nicht richtig. Dies ist der Stand von 14:05, vor 2 Stunden.", "Noch einmal versuchen");
  check({ ...broken, ...de }, offline, "offline", "Sie sind offline. Dies ist der Stand von 14:05, vor 2 Stunden.");

  const slow = { ...stored, because: "slow" as const };
  check({ ...slow, language: "en-GB" }, {}, "slow", "The network is slow. Showing the copy from 14:05 while loading.");
  check({ ...slow, ...de }, {}, "slow", "Das Netz ist langsam. Gezeigt wird der Stand von 14:05, bis die Seite geladen ist.");
  check({ ...slow, ...de, storedAtMs: NOW - 2 * DAY }, {}, "slow", "Das Netz ist langsam. Gezeigt wird der Stand von 18.05.2026, 16:05, bis die Seite geladen ist.");
  check(slow, { changed: true }, "changed", "This page has changed.", "Show");
  check({ ...slow, ...de }, { changed: true }, "changed", "Diese Seite hat sich geändert.", "Anzeigen");

  check(stored, { ...offline, unsent: "offline" }, "unsent", "This was not sent, because there was no connection. What you entered is still here.");
  check(stored, { unsent: "refused", changed: true }, "unsent", "This was neither sent nor saved. What you entered is still here.");
  check({ ...stored, ...de }, { unsent: "slow" }, "unsent", "Die Website hat nicht rechtzeitig geantwortet. Vielleicht ist es trotzdem angekommen: Bitte prüfen Sie das, bevor Sie es noch einmal senden.");
});

test("ages are relative up to a week, then a date", () => {
  const check = (age: number, language: string, expected: string) => {
    const text = said({ source: "store", storedAtMs: NOW - age, language }, offline)?.text ?? "";
    expect(text.slice(text.indexOf(", ") + 2, -1), `${age} ms`).toBe(expected);
  };

  check(-HOUR, "en-GB", "just now");
  check(0, "en-GB", "just now");
  check(MINUTE - 1, "de-DE", "gerade eben");
  check(MINUTE, "en-GB", "1 minute ago");
  check(HOUR - 1, "de-DE", "vor 59 Minuten");
  check(HOUR, "en-GB", "1 hour ago");
  check(DAY - 1, "en-GB", "23 hours ago");
  check(DAY, "de-DE", "vor 1 Tag");
  check(7 * DAY, "en-GB", "7 days ago");
  check(7 * DAY + 1, "en-GB", "13 May 2026");
  check(8 * DAY, "de-DE", "12. Mai 2026");
  check(2 * HOUR, "fr-FR", "2 hours ago");
  check(2 * HOUR, "C", "2 hours ago");
  check(2 * HOUR, "not a language", "2 hours ago");
});

test("only sentences with an age change as time goes by", () => {
  expect(said({ source: "store", storedAtMs: NOW }, offline)?.ages).toBe(true);
  expect(said({ source: "fallback" }, offline)?.ages).toBe(false);
  expect(said({}, { changed: true })?.ages).toBe(false);
});
