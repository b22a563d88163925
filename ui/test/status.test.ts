// @vitest-environment jsdom
// @vitest-environment-options {"url": "https://polls.localhost/polls/1/?a=b"}
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { SubmitButtons } from "../src/buttons";
import type { Explain } from "../src/explain";
import { Facts, type PageFacts } from "../src/facts";
import { Status } from "../src/status";
import type { Note } from "../src/waiting";
import { pageFacts } from "./fakes";

const NOW = Date.UTC(2026, 4, 20, 16, 5);
const reload = vi.fn();
const patch = vi.fn<() => Promise<boolean>>();
const buttons = { close: vi.fn(), open: vi.fn() };

beforeEach(() => {
  vi.useFakeTimers({ now: NOW });
  reload.mockReset();
  buttons.close.mockReset();
  explain.mockReset();
});
afterEach(() => {
  vi.useRealTimers();
  bar()?.remove();
});

function statusOf(facts: Partial<PageFacts>, isFrame = false): Status {
  const location = { pathname: "/polls/1/", search: "?a=b", reload };
  const page = { document, location } as unknown as Window & { top: Window };
  page.top = isFrame ? ({} as Window) : page;
  const known = { get: () => pageFacts({ language: "en-GB", ...facts }) } as Facts;
  const status = new Status(page, known, buttons as unknown as SubmitButtons, patch, explain);
  status.refresh();
  vi.advanceTimersByTime(1);
  return status;
}

const explain = vi.fn<() => Promise<Explain | null>>();
const bar = () => document.querySelector<HTMLElement>("holdfast-bar");
const inBar = <Element extends HTMLElement>(selector: string) => bar()!.shadowRoot!.querySelector<Element>(selector)!;
const text = () => (bar() === null ? null : inBar("[role=status]").textContent);
const stored = { source: "store", storedAtMs: NOW - 2 * 3_600_000, because: "offline", online: false } as const;

test("a page that is as it seems has no bar", () => {
  statusOf({});
  expect(bar()).toBeNull();
});

test("a page that is as it seems makes nothing that tells times", () => {
  const made = [vi.spyOn(Intl, "DateTimeFormat"), vi.spyOn(Intl.DateTimeFormat, "supportedLocalesOf")];
  statusOf({});
  for (const spy of made) expect(spy).not.toHaveBeenCalled();
  vi.restoreAllMocks();
});

test("what is said already is not said again: nothing in the page is touched", () => {
  const status = statusOf(stored);
  const seen = new MutationObserver(() => {});
  const everything = { attributes: true, childList: true, characterData: true, subtree: true };
  seen.observe(document, everything);
  seen.observe(bar()!.shadowRoot!, everything);
  status.refresh();
  status.hear({ type: "page-confirmed", path: "/polls/1/?a=b" });
  expect(seen.takeRecords()).toEqual([]);
});

test("the room for the sentence is kept until it comes", () => {
  statusOf({}).connected(false);
  const { textContent, dataset } = inBar<HTMLElement>("[role=status]");
  expect(textContent).toBe("");
  expect(dataset["room"]).toBe("You are offline. This is the copy from 16:05, just now.");
});

test("a stored page offline has one, above the body", () => {
  statusOf(stored);
  expect(text()).toBe("You are offline. This is the copy from 14:05, 2 hours ago.");
  expect(bar()!.dataset["state"]).toBe("offline");
  expect(bar()!.lang).toBe("en");
  expect(document.body.previousElementSibling).toBe(bar());
  expect(inBar<HTMLButtonElement>("button:not([aria-label])").hidden).toBe(true);
});

test("the text comes a moment after the bar, so that it is announced", () => {
  const status = statusOf({});
  status.connected(false);
  expect(text()).toBe("");
  vi.advanceTimersByTime(1);
  expect(text()).toBe("You are offline. This is the copy from 16:05, just now.");
  expect(inBar("[role=status]").getAttribute("aria-live")).toBe("polite");
});

test("it goes and comes with the connection, and the buttons with it", () => {
  const status = statusOf(stored);
  expect(buttons.close).toHaveBeenLastCalledWith("You are offline. This can be sent when you are online again.");
  status.hear({ type: "connection", online: true, cause: null });
  expect(bar()).toBeNull();
  expect(buttons.open).toHaveBeenCalled();
  status.hear({ type: "connection", online: false, cause: null });
  vi.advanceTimersByTime(1);
  expect(text()).toContain("You are offline.");
  expect(reload).not.toHaveBeenCalled();
});

test("ages go on while the bar is shown, without being announced, and only then", () => {
  const status = statusOf(stored);
  expect(vi.getTimerCount()).toBe(1);
  vi.advanceTimersByTime(60 * 60_000);
  expect(text()).toContain("3 hours ago");
  expect(inBar("[role=status]").getAttribute("aria-live")).toBe("off");
  status.connected(true);
  expect(vi.getTimerCount()).toBe(0);
});

describe("news", () => {
  test("are for this page only, and offer to show it", () => {
    const status = statusOf({});
    status.hear({ type: "page-changed", path: "/polls/1/", update: "notice" });
    expect(bar()).toBeNull();
    status.hear({ type: "page-changed", path: "/polls/1/?a=b", update: "notice" });
    vi.advanceTimersByTime(1);
    expect(text()).toBe("This page has changed.");
    const show = inBar<HTMLButtonElement>("button:not([aria-label])");
    expect([show.hidden, show.textContent]).toEqual([false, "Show"]);
    show.click();
    expect(reload).toHaveBeenCalledOnce();
  });

  test("take the place of what says that the network is slow", () => {
    const status = statusOf({ ...stored, because: "slow", online: true });
    expect(bar()!.dataset["state"]).toBe("slow");
    status.hear({ type: "page-changed", path: "/polls/1/?a=b", update: "notice" });
    expect([bar()!.dataset["state"], text()]).toEqual(["changed", "This page has changed."]);
  });

  test("of a page that can be patched are shown in their place, and nothing is said", async () => {
    const status = statusOf({ ...stored, because: "slow", online: true });
    expect(bar()!.dataset["state"]).toBe("slow");
    patch.mockResolvedValueOnce(true);
    status.hear({ type: "page-changed", path: "/polls/2/", update: "patch" });
    expect(patch).not.toHaveBeenCalled();
    status.hear({ type: "page-changed", path: "/polls/1/?a=b", update: "patch" });
    await vi.advanceTimersByTimeAsync(1);
    expect(patch).toHaveBeenCalledOnce();
    expect(bar()).toBeNull();
  });

  test("of one that could not be patched are offered", async () => {
    const status = statusOf({});
    patch.mockResolvedValueOnce(false);
    status.hear({ type: "page-changed", path: "/polls/1/?a=b", update: "patch" });
    expect(bar()).toBeNull();
    await vi.advanceTimersByTimeAsync(1);
    expect(text()).toBe("This page has changed.");
  });

  test("dismissed, uncover what still holds", () => {
    const status = statusOf(stored);
    status.hear({ type: "page-changed", path: "/polls/1/?a=b", update: "notice" });
    inBar("[aria-label=Dismiss]").click();
    expect(bar()!.dataset["state"]).toBe("offline");
  });
});

test("a dismissed bar comes back when there is something else to say", () => {
  const status = statusOf(stored);
  inBar("[aria-label=Dismiss]").click();
  expect(bar()).toBeNull();
  vi.advanceTimersByTime(120_000);
  expect(bar()).toBeNull();
  status.connected(true);
  status.connected(false);
  expect(bar()).not.toBeNull();
});

test("what was not sent is said, until it is dismissed or sent anew", () => {
  const status = statusOf(stored);
  status.unsent("offline");
  expect([bar()!.dataset["state"], text()]).toEqual([
    "unsent",
    "This was not sent, because there was no connection. What you entered is still here.",
  ]);
  status.unsent(null);
  expect(bar()!.dataset["state"]).toBe("offline");
  status.unsent("refused");
  inBar("[aria-label=Dismiss]").click();
  expect(bar()!.dataset["state"]).toBe("offline");
});

describe("a fallback page", () => {
  const missing = { source: "fallback", online: false } as const;

  test("says so, and asks for the page itself once that can be had", () => {
    const status = statusOf(missing);
    expect(text()).toBe("You are offline. This page is not on this device yet.");
    vi.advanceTimersByTime(5_000);
    status.hear({ type: "connection", online: true, cause: null });
    vi.advanceTimersByTime(0);
    expect(reload).toHaveBeenCalledOnce();
  });

  test("is shown for a second at least", () => {
    statusOf(missing).connected(true);
    vi.advanceTimersByTime(990);
    expect(reload).not.toHaveBeenCalled();
    vi.advanceTimersByTime(10);
    expect(reload).toHaveBeenCalledOnce();
  });

  test("asks too when the connection came back before the page could hear of it", () => {
    let known: PageFacts | null = null;
    const page = { document, location: { pathname: "/", search: "", reload } } as unknown as Window & { top: Window };
    page.top = page;
    const status = new Status(page, { get: () => known } as Facts, buttons as unknown as SubmitButtons, patch, explain);
    status.connected(true);
    known = pageFacts(missing);
    status.refresh();
    vi.advanceTimersByTime(1_000);
    expect(reload).toHaveBeenCalledOnce();
  });

  test("that is shown while online stays", () => {
    const status = statusOf({ source: "fallback", online: true });
    status.connected(true);
    vi.advanceTimersByTime(10_000);
    expect(reload).not.toHaveBeenCalled();
  });
});

test("a frame speaks of its own forms only, but closes its buttons", () => {
  const status = statusOf(stored, true);
  expect(bar()).toBeNull();
  expect(buttons.close).toHaveBeenCalled();
  status.hear({ type: "page-changed", path: "/polls/1/?a=b", update: "notice" });
  expect(bar()).toBeNull();
  status.unsent("slow");
  expect(bar()!.dataset["state"]).toBe("unsent");
});

describe("what waits to be sent", () => {
  const note = (state: Note["state"], dismiss = () => {}): Note => ({ state, element: document.createElement("span"), dismiss });

  test("stands beside what the bar says, or alone", () => {
    const status = statusOf(stored);
    const waiting = note("waiting");
    status.note(waiting);
    expect(waiting.element.parentNode).toBe(inBar("div"));
    expect([bar()!.dataset["state"], text()]).toEqual(["offline", "You are offline. This is the copy from 14:05, 2 hours ago."]);
    status.connected(true);
    expect([bar()!.dataset["state"], text()]).toEqual(["waiting", ""]);
    const other = note("sent");
    status.note(other);
    expect([bar()!.dataset["state"], waiting.element.isConnected, other.element.isConnected]).toEqual(["sent", false, true]);
    status.note(null);
    expect(bar()).toBeNull();
  });

  test("is dismissed with the rest", () => {
    const status = statusOf(stored);
    status.note(note("waiting", () => status.note(null)));
    inBar("[aria-label=Dismiss]").click();
    expect(bar()).toBeNull();
  });
});

describe("the offer to save the page", () => {
  const offer = (isQuiet: boolean): Note => {
    const note: Note = { state: "saving", element: document.createElement("section"), isQuiet, dismiss: () => (note.isQuiet = true) };
    return note;
  };
  const order = () => [...inBar("div").children].map((element) => element.localName);

  test("stands at the bar's end, in a bar of its own where there is nothing else to say", () => {
    const status = statusOf({});
    status.offer(offer(false));
    expect([bar()!.dataset["state"], text()]).toEqual(["saving", ""]);
    expect(document.body.previousElementSibling).toBe(bar());
    status.note({ state: "waiting", element: document.createElement("span"), dismiss() {} });
    expect(order()).toEqual(["i", "p", "button", "span", "section", "button"]);
    status.connected(false);
    expect([bar()!.dataset["state"], order()]).toEqual(["offline", ["i", "p", "button", "span", "section", "button"]]);
    status.note(null);
    expect(order()).toEqual(["i", "p", "button", "section", "button"]);
  });

  test("is not moved while it stays, or the focus would be lost", () => {
    const status = statusOf({});
    status.offer(offer(false));
    const seen = new MutationObserver(() => {});
    seen.observe(inBar("div"), { childList: true });
    status.refresh();
    expect(seen.takeRecords()).toEqual([]);
    status.note({ state: "waiting", element: document.createElement("span"), dismiss() {} });
    expect(seen.takeRecords()).toHaveLength(1);
  });

  test("is refused only where it stood alone", () => {
    const status = statusOf({});
    const made = { ...offer(false), dismiss: vi.fn() };
    status.offer(made);
    status.connected(false);
    inBar("[aria-label=Dismiss]").click();
    expect(bar()).toBeNull();
    expect(made.dismiss).not.toHaveBeenCalled();
    status.connected(true);
    status.offer({ ...made, isQuiet: false });
    inBar("[aria-label=Dismiss]").click();
    expect([bar(), made.dismiss.mock.calls.length]).toEqual([null, 1]);
  });

  test("dismissed, holds up no bar, and stands in one that is there", () => {
    const status = statusOf({});
    status.offer(offer(false));
    inBar("[aria-label=Dismiss]").click();
    expect(bar()).toBeNull();
    status.connected(false);
    expect(order()).toContain("section");
    status.connected(true);
    expect(bar()).toBeNull();
  });
});

describe("why the site cannot be reached", () => {
  const portal = vi.fn(() => Promise.resolve());
  const explained: Explain = (notice, _facts, { cause }) =>
    cause === "unreachable" ? notice : { ...notice, state: "portal", text: `because: ${cause}`, reload: "Open", act: portal };

  async function said(): Promise<string | null> {
    await vi.advanceTimersByTimeAsync(1);
    return text();
  }

  test("is said as soon as the words are there, which are asked for once", async () => {
    explain.mockResolvedValue(explained);
    const status = statusOf({ ...stored, cause: "captive-portal" });
    expect(text()).toMatch(/^You are offline\./);
    expect(await said()).toBe("because: captive-portal");
    status.hear({ type: "connection", online: false, cause: "no-link" });
    expect(await said()).toBe("because: no-link");
    expect(explain).toHaveBeenCalledOnce();
    inBar<HTMLButtonElement>("button:not([aria-label])").click();
    expect([portal.mock.calls.length, reload.mock.calls.length]).toEqual([1, 0]);
  });

  test("is not asked where nothing is wrong, nor by a frame", () => {
    statusOf({ ...stored, cause: null });
    statusOf({});
    statusOf({ ...stored, cause: "no-link" }, true);
    expect(explain).not.toHaveBeenCalled();
  });

  test("that is dismissed stays away until there is something else to say", async () => {
    explain.mockResolvedValue(explained);
    const status = statusOf({ ...stored, cause: "captive-portal" });
    await said();
    inBar<HTMLButtonElement>("button[aria-label]").click();
    expect(bar()).toBeNull();
    status.hear({ type: "connection", online: false, cause: "captive-portal" });
    expect(bar()).toBeNull();
    status.hear({ type: "connection", online: false, cause: "unreachable" });
    expect(await said()).toMatch(/^You are offline\./);
  });

  test("that cannot be brought is said as before", async () => {
    explain.mockResolvedValue(null);
    statusOf({ ...stored, cause: "tls-refused" });
    expect(await said()).toMatch(/^You are offline\./);
  });
});
