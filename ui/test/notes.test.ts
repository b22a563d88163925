// @vitest-environment jsdom
// @vitest-environment-options {"url": "https://polls.localhost/polls/1/results/"}
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Outbox } from "../src/app-types";
import { openNotes, saying } from "../src/notes";
import type { Note, OutboxEvent } from "../src/waiting";

const nothing: Outbox = { waiting: null, attention: null, signIn: null, here: null };
const vote = "vote" as const;

test("one thing is said of what waits: what needs the person first", () => {
  const check = (outbox: Partial<Outbox>, en: string | null, de?: string, act?: string) => {
    const said = saying({ ...nothing, ...outbox }, "en");
    expect(said?.text ?? null).toBe(en);
    if (de !== undefined) expect([saying({ ...nothing, ...outbox }, "de")?.text, said?.act]).toEqual([de, act]);
  };
  const waiting = { kind: vote, count: 2 };
  check({}, null);
  check({ waiting }, "2 votes waiting to be sent.", "2 Stimmen warten auf den Versand.", "library");
  check({ waiting: { kind: vote, count: 1 } }, "1 vote waiting to be sent.");
  check({ waiting: { kind: "message", count: 1234 } }, "1,234 messages waiting to be sent.", "1.234 Nachrichten warten auf den Versand.", "library");
  check({ waiting: { kind: "form", count: 1 } }, "1 form waiting to be sent.");
  check({ waiting, here: { kind: vote, choice: "Yes" } }, "Your vote for “Yes” is waiting to be sent.", "Ihre Stimme für „Yes“ wartet auf den Versand.", "library");
  check({ waiting, here: { kind: vote, choice: null } }, "Your vote is waiting to be sent.");
  check({ waiting, here: { kind: "form", choice: "Yes" } }, "Your form is waiting to be sent.");
  check({ waiting, attention: { kind: vote, count: 1 } }, "A vote needs your attention.", "Eine Stimme braucht Ihre Entscheidung.", "library");
  check({ attention: { kind: vote, count: 2 } }, "2 votes need your attention.");
  check({ waiting, attention: waiting, signIn: { kind: vote, count: 1, path: "/in/" } }, "Sign in to send your vote.", "Melden Sie sich an, damit Ihre Stimme gesendet wird.", "sign-in");
  check({ signIn: { kind: vote, count: 3, path: "/in/" } }, "Sign in to send your 3 votes.");
});

describe("in the bar", () => {
  let note: Note | null;
  let hear: (event: OutboxEvent) => void;
  const openLibrary = vi.fn();
  const assign = vi.fn();
  const replaced = new WeakMap<HTMLFormElement, string>();
  const show = vi.fn((shown: Note | null) => {
    note = shown;
    if (shown !== null) document.body.append(shown.element);
  });
  const inNote = (selector: string) => note!.element.shadowRoot!.querySelector<HTMLElement>(selector)!;
  const text = () => {
    vi.advanceTimersByTime(0);
    return note && inNote("[role=status]").textContent;
  };
  const waits = (count: number): OutboxEvent => ({ type: "outbox", outbox: { ...nothing, waiting: { kind: vote, count } } });

  beforeEach(() => {
    vi.useFakeTimers();
    document.body.innerHTML = "";
    note = null;
    const window = { document, location: { assign } } as unknown as Window;
    hear = openNotes({ window, language: "en-GB", replaced, openLibrary, show });
  });
  afterEach(() => {
    vi.useRealTimers();
    openLibrary.mockReset();
  });

  test("what waits is said, changes and goes", () => {
    hear(waits(1));
    expect([note!.state, text()]).toEqual(["waiting", "1 vote waiting to be sent."]);
    hear(waits(2));
    expect(text()).toBe("2 votes waiting to be sent.");
    inNote("button").click();
    expect(openLibrary).toHaveBeenCalledOnce();
    hear({ type: "outbox", outbox: null });
    expect(note).toBeNull();
  });

  test("what is said already is not said again", () => {
    hear(waits(1));
    text();
    const seen = new MutationObserver(() => {});
    seen.observe(note!.element.shadowRoot!, { attributes: true, childList: true, characterData: true, subtree: true });
    hear(waits(1));
    expect(seen.takeRecords()).toEqual([]);
  });

  test("what is dismissed stays away until something changes", () => {
    hear(waits(1));
    note!.dismiss();
    expect(note).toBeNull();
    hear(waits(1));
    expect(note).toBeNull();
    hear(waits(2));
    expect(text()).toBe("2 votes waiting to be sent.");
  });

  test("signing in leads to where that is done", () => {
    hear({ type: "outbox", outbox: { ...nothing, signIn: { kind: vote, count: 1, path: "/login/?next=/polls/1/" } } });
    expect([note!.state, inNote("button").textContent]).toEqual(["sign-in", "Sign in"]);
    inNote("button").click();
    expect(assign).toHaveBeenCalledWith("/login/?next=/polls/1/");
  });

  test("that it was sent is said for five seconds, then what waits", () => {
    hear(waits(1));
    hear({ type: "sent", kind: vote, choice: "Yes" });
    expect([note!.state, text(), inNote("button")]).toEqual(["sent", "Your vote for “Yes” was sent.", null]);
    vi.advanceTimersByTime(4_000);
    hear({ type: "sent", kind: vote, choice: null });
    vi.advanceTimersByTime(4_000);
    expect(text()).toBe("Your vote was sent.");
    vi.advanceTimersByTime(1_000);
    expect(text()).toBe("1 vote waiting to be sent.");
  });

  test("a form that is opened again is filled in, and what it sends replaces what it was", async () => {
    document.body.innerHTML = "<form method=post action=/polls/1/vote/><input name=a></form>";
    hear({ type: "draft", draft: { key: "k", action: "/polls/1/vote/", fields: [["a", "mine"]] } });
    await vi.advanceTimersByTimeAsync(0);
    expect([note!.state, text()]).toEqual(["draft", "This is what you entered. Change it and send it again."]);
    expect([replaced.get(document.forms[0]!), document.querySelector("input")!.value]).toEqual(["k", "mine"]);
    note!.dismiss();
    expect(note).toBeNull();
  });

  test("a form that is gone is said to be, and where what was entered is", async () => {
    hear({ type: "draft", draft: { key: "k", action: "/polls/1/vote/", fields: [["a", "mine"]] } });
    await vi.advanceTimersByTimeAsync(0);
    expect(text()).toBe("This page does not have that form any more. What you entered is still kept.");
    inNote("button").click();
    expect(openLibrary).toHaveBeenCalledOnce();
  });
});
