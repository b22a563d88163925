// @vitest-environment jsdom
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { SavedPage } from "../../src/app-types";
import { arrived, savedActions, share, stateOf, tile } from "../../src/library/describe-saved";
import { why, whyNotInstalled } from "../../src/library/reasons";
import { LibrarySpeech } from "../../src/library/speech";
import { settle } from "../fakes";
import { FakeDoor, NOW, saved } from "./fakes";
import { Opened, said } from "./opened";

const en = new LibrarySpeech("en-GB");
const de = new LibrarySpeech("de-DE");
const MISSING = [{ path: "/a.png", why: "gone" as const }];

let opened: Opened;

beforeEach(() => vi.useFakeTimers({ now: NOW, toFake: ["Date", "setTimeout", "clearTimeout"] }));
afterEach(() => {
  opened?.library.remove();
  vi.useRealTimers();
  vi.restoreAllMocks();
});

async function open(pages: SavedPage[], language = "en-GB"): Promise<void> {
  opened = await Opened.at("saved", new FakeDoor({ online: true, waiting: [], saved: pages }), language);
}

const rows = () => opened.says(".rows > li");
const later = () => said(opened.frame(".later")!);

describe("what is said", () => {
  test("how a page is", () => {
    const check = (page: Partial<SavedPage>, inEnglish: string, inGerman: string) =>
      expect([en, de].map((speech) => stateOf(saved(page), speech))).toEqual([inEnglish, inGerman]);
    const progress = { items: 3, allItems: 12, bytes: 1_250, allBytes: null };
    check({ state: "saving", savedAtMs: null }, "waiting to be saved", "wartet auf das Speichern");
    check({ state: "saving", savedAtMs: null, progress }, "being saved", "wird gespeichert");
    check({ progress }, "being refreshed", "wird aktualisiert");
    check({ state: "saved" }, "Saved", "Gespeichert");
    check({}, "Complete, checked offline", "Vollständig, offline geprüft");
    check({ state: "incomplete", missing: MISSING }, "Saved, 1 thing missing", "Gespeichert, 1 Teil fehlt");
    check({ state: "incomplete", missing: [...MISSING, ...MISSING] }, "Saved, 2 things missing", "Gespeichert, 2 Teile fehlen");
    check({ state: "failed", savedAtMs: null, why: "offline" }, "Could not be saved: there was no connection", "Ließ sich nicht speichern: es gab keine Verbindung");
    check({ state: "failed" }, "Could not be refreshed: nobody knows why", "Ließ sich nicht aktualisieren: der Grund ist nicht bekannt");
  });

  test("why something is not there, without the words of programmers", () => {
    const check = (reason: string, inEnglish: string, inGerman: string) =>
      expect([whyNotInstalled(reason, en), whyNotInstalled(reason, de)]).toEqual([inEnglish, inGerman]);
    expect([why("not-kept", en), why("not-kept", de)]).toEqual(["the site does not allow it to be kept", "die Website erlaubt nicht, das zu behalten"]);
    check("the site answered 404", "the site does not have it", "die Website hat das nicht");
    check("403 Forbidden", "the site does not hand it out", "die Website gibt das nicht heraus");
    check("answered 503", "the site did not answer properly", "die Website hat nicht richtig geantwortet");
    check("could not connect to example.com", "there was no connection", "es gab keine Verbindung");
    check("no response within 10s", "the network took too long", "das Netz war zu langsam");
    check("52428800 bytes are more than the quota of 100", "it is too large", "es ist zu groß");
    check("redirected to https://a.example/, which is not the site", "it is not on this site", "es liegt nicht auf dieser Website");
    check("no idea", "no idea", "no idea");
  });

  test("how much of it is there", () => {
    const check = (items: number, allItems: number, bytes: number, allBytes: number | null, expected: number, words: string) => {
      const progress = { items, allItems, bytes, allBytes };
      expect([share(progress), arrived(progress, en)]).toEqual([expected, words]);
    };
    check(3, 12, 1_000, null, 0.25, "3 of 12 items, 1 kB");
    check(3, 12, 1_000, 2_000, 0.5, "3 of 12 items, 1 kB of 2 kB");
    check(0, 0, 0, null, 0, "0 of 0 items, 0 bytes");
    check(2, 1, 3_000, 2_000, 1, "2 of 1 items, 3 kB of 2 kB");
    expect(arrived({ items: 3, allItems: 12, bytes: 1_250, allBytes: 2_000 }, de)).toBe("3 von 12 Teilen, 1,3 kB von 2 kB");
  });

  test("what can be done, the main thing first", () => {
    const check = (page: Partial<SavedPage>, ...expected: unknown[]) => expect(savedActions(saved(page)).flat()).toEqual(expected);
    check({}, "open", "refresh", "remove");
    check({ state: "saving", savedAtMs: null }, null, "remove");
    check({ progress: { items: 0, allItems: 1, bytes: 0, allBytes: null } }, "open", "remove");
    check({ state: "failed", savedAtMs: null }, "tryAgain", "remove");
    check({ state: "failed" }, "open", "refresh", "remove");
  });

  test("a page keeps its tile", () => {
    expect(tile(saved(), 6)).toEqual(tile(saved({ title: "is it?" }), 6));
    expect([tile(saved({ title: "„öl“" }), 6)[0], tile(saved({ title: null, path: "/" }), 6)[0]]).toEqual(["Ö", "/"]);
  });
});

test("each page is a row", async () => {
  await open([saved(), saved({ key: "s2", title: null, path: "/polls/2/", state: "failed", savedAtMs: null, why: "offline" })]);
  expect(rows()).toEqual([
    "Is the sky blue? Complete, checked offline 1 hour ago 250 kB Open",
    "/polls/2/ ⚠ Could not be saved: there was no connection Try again",
  ]);
});

test("German is spoken where the system does", async () => {
  await open([saved()], "de-DE");
  expect([said(opened.one("h1")), ...rows()]).toEqual(["Gespeichert", "Is the sky blue? Vollständig, offline geprüft vor 1 Stunde 250 kB Öffnen"]);
  expect([document.title, document.documentElement.lang]).toEqual(["Bibliothek", "de"]);
});

test("where nothing is saved it says how something would be", async () => {
  await open([]);
  expect(said(opened.one(".empty"))).toBe(
    "Nothing is saved. Choose “Save for offline” on a page: it is kept here and opens without a connection.",
  );
});

test("what is being saved has a bar that goes on, and can be stopped", async () => {
  const progress = { items: 3, allItems: 12, bytes: 1_000, allBytes: 4_000 };
  const page = saved({ key: "s3", state: "saving", savedAtMs: null, progress });
  await open([page]);
  expect(rows()).toEqual(["Is the sky blue? being saved Cancel 3 of 12 items, 1 kB of 4 kB"]);
  const bar = opened.one("progress") as HTMLProgressElement;
  expect([bar.value, bar.getAttribute("aria-label"), bar.getAttribute("aria-valuetext")]).toEqual([0.25, "Is the sky blue?", "3 of 12 items, 1 kB of 4 kB"]);
  await opened.hear({ saved: [{ ...page, progress: { ...progress, items: 6, bytes: 2_000 } }] });
  expect([bar.value, opened.one("progress") === bar]).toEqual([0.5, true]);
  await opened.click(".cancel");
  expect(opened.door.calls.at(-1)).toEqual(["cancelSaving", "s3"]);
  await opened.hear({ saved: [saved({ key: "s3" })] });
  expect(opened.says(".news")).toEqual(["Is the sky blue?: Complete, checked offline"]);
  expect(opened.all("progress")).toEqual([]);
});

test("what is missing can be looked at and tried again", async () => {
  await open([saved({ state: "incomplete", missing: [...MISSING, { path: "/b.js", why: "offline" }] })]);
  expect(opened.says("summary")).toEqual(["Saved, 2 things missing"]);
  expect(opened.says("details li")).toEqual(["/a.png: the site does not have it", "/b.js: there was no connection"]);
  await opened.click("details .tryAgain");
  expect(opened.door.calls.at(-1)).toEqual(["refreshSaved", "s1"]);
});

test("a refresh that failed is said beside the copy that stays", async () => {
  await open([saved({ why: "offline" })]);
  expect(rows()).toEqual(["Is the sky blue? Complete, checked offline Could not be refreshed: there was no connection Try again 1 hour ago 250 kB Open"]);
});

test("a page is opened and refreshed", async () => {
  await open([saved()]);
  await opened.click("button.main");
  expect(opened.door.calls.at(-1)).toEqual(["openSaved", "s1"]);
  await opened.choose(0, "Refresh");
  expect(opened.door.calls.at(-1)).toEqual(["refreshSaved", "s1"]);
});

test("earlier copies are in the menu, the shown one marked", async () => {
  const copy = (number: number, hours: number, isShown: boolean) => ({ number, savedAtMs: NOW - hours * 3_600_000, bytes: 1, isShown });
  await open([saved({ copies: [copy(3, 1, false), copy(2, 2, true), copy(1, 48, false)] })]);
  const entries = await opened.menu(0);
  expect(entries.map((entry) => [said(entry), entry.getAttribute("aria-checked")])).toEqual([
    ["Refresh", null],
    ["Show the copy of 15:05", "false"],
    ["✓Show the copy of 14:05", "true"],
    ["Show the copy of 18 May 2026, 16:05", "false"],
    ["Remove", null],
  ]);
  expect(entries[1]!.closest("[role=group]")!.getAttribute("aria-label")).toBe("Copies");
  entries[1]!.click();
  await settle();
  expect(opened.door.calls.at(-1)).toEqual(["showCopy", "s1", 3]);
});

test("what fails is said in words", async () => {
  vi.spyOn(console, "warn").mockReturnValue();
  await open([saved()]);
  opened.door.broken = "refreshSaved";
  await opened.choose(0, "Refresh");
  expect(opened.says(".message")).toEqual(["This cannot be refreshed now."]);
});

describe("removing", () => {
  const removals = () => opened.door.calls.filter(([name]) => name === "removeSaved").map(([, key]) => key);

  test("is done after 8 seconds, and looks done at once", async () => {
    await open([saved({ key: "r1" }), saved({ key: "other", title: "Tea?" })]);
    await opened.choose(0, "Remove");
    expect([rows().length, later(), removals()]).toEqual([1, "“Is the sky blue?” was removed. Undo", []]);
    vi.advanceTimersByTime(7_999);
    expect(removals()).toEqual([]);
    vi.advanceTimersByTime(1);
    await settle();
    expect([rows().length, later(), removals()]).toEqual([1, "", ["r1"]]);
  });

  test("can be undone, by the button that has the focus or by keys", async () => {
    await open([saved({ key: "r2" })]);
    await opened.choose(0, "Remove");
    const button = opened.frame(".later button")!;
    expect(opened.library.shadowRoot!.activeElement).toBe(button);
    button.click();
    await settle();
    expect([rows().length, later(), opened.place.activeElement]).toEqual([1, "", opened.one("h1")]);

    await opened.choose(0, "Remove");
    window.dispatchEvent(new KeyboardEvent("keydown", { key: "z", ctrlKey: true }));
    await settle();
    vi.advanceTimersByTime(60_000);
    expect([rows().length, removals()]).toEqual([1, []]);
  });

  test("gives the focus back when its time is over", async () => {
    await open([saved({ key: "r3" })]);
    await opened.choose(0, "Remove");
    vi.advanceTimersByTime(8_000);
    await settle();
    expect(opened.place.activeElement).toBe(opened.one("h1"));
  });

  test("is done at once when another is removed, or the window is left", async () => {
    await open(["r4", "r5", "r6"].map((key) => saved({ key })));
    await opened.choose(0, "Remove");
    await opened.choose(0, "Remove");
    expect(removals()).toEqual(["r4"]);
    window.dispatchEvent(new Event("pagehide"));
    await settle();
    expect(removals()).toEqual(["r4", "r5"]);
    await opened.choose(0, "Remove");
    document.dispatchEvent(new Event("visibilitychange"));
    expect(removals()).toEqual(["r4", "r5"]);
    vi.spyOn(document, "visibilityState", "get").mockReturnValue("hidden");
    document.dispatchEvent(new Event("visibilitychange"));
    expect(removals()).toEqual(["r4", "r5", "r6"]);
    vi.advanceTimersByTime(60_000);
    expect(removals().length).toBe(3);
  });

  test("can be undone from another place too", async () => {
    await open([saved({ key: "r7" })]);
    await opened.choose(0, "Remove");
    await opened.go("Waiting");
    expect(later()).toBe("“Is the sky blue?” was removed. Undo");
    await opened.go("Saved");
    expect(rows()).toEqual([]);
    opened.frame(".later button")!.click();
    await settle();
    expect(rows().length).toBe(1);
  });

  test("that fails brings the page back and says so", async () => {
    vi.spyOn(console, "warn").mockReturnValue();
    await open([saved({ key: "r8" })]);
    opened.door.broken = "removeSaved";
    await opened.choose(0, "Remove");
    vi.advanceTimersByTime(8_000);
    await settle();
    expect([rows().length, later()]).toEqual([1, "This could not be removed."]);
  });
});
