// @vitest-environment jsdom
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { StockKind, Storage } from "../../src/app-types";
import { clearable, inWords, KINDS, shares, targetOf, without } from "../../src/library/describe-storage";
import { LibrarySpeech } from "../../src/library/speech";
import { settle } from "../fakes";
import { FakeDoor, NOW, storage } from "./fakes";
import { Opened, said } from "./opened";

let opened: Opened;

beforeEach(() => vi.useFakeTimers({ now: NOW, toFake: ["Date", "setTimeout", "clearTimeout"] }));
afterEach(() => {
  opened?.library.remove();
  vi.useRealTimers();
  vi.restoreAllMocks();
});

async function open(holds: Partial<Storage> = {}, language = "en-GB"): Promise<void> {
  const door = new FakeDoor({ online: true, waiting: [], saved: [] });
  door.stored = storage(holds);
  opened = await Opened.at("storage", door, language);
}

const kinds = () => opened.says(".kinds tbody tr");
const clears = () => opened.door.calls.filter(([name]) => name === "clearStored").map(([, kind]) => kind);

describe("what is said", () => {
  test("what is cleared is gone from every figure", () => {
    const left = without(storage(), new Set([targetOf("pages"), "s1"]));
    expect([left.bytes, left.evictableBytes, left.kinds[2]]).toEqual([28_000_000, 12_990_000, { kind: "pages", entries: 0, bytes: 0, isKeptSafe: false }]);
    expect(without(storage(), new Set())).toEqual(storage());
  });

  test("only what comes back by itself can be cleared", () => {
    const kinds = Object.keys(KINDS) as StockKind[];
    expect(kinds.filter((kind) => clearable(kind) !== null)).toEqual(["pages", "images", "other"]);
  });

  test("the bar in words and in shares", () => {
    expect(shares(storage())).toEqual([10, 5, 12, 8, 4.99, 0.01]);
    expect(shares(storage({ quota: 0 }))).toEqual([0, 0, 0, 0, 0, 0]);
    expect(inWords(storage({ bytes: 0, kinds: [] }), new LibrarySpeech("en"))).toBe("0 bytes of 100 MB used");
  });
});

test("the quota is a bar split by kind, with the same signs in the table below", async () => {
  await open();
  const bar = opened.one(".bar");
  expect(bar.getAttribute("aria-label")).toBe(
    "40 MB of 100 MB used: Saved pages 10 MB, The app’s own parts 5 MB, Pages you visited 12 MB, Images 8 MB, Other things 5 MB, Not sent yet 10 kB",
  );
  const parts = opened.all(".bar .kind").map((part) => [part.dataset["kind"], part.style.width]);
  expect(parts).toEqual([["saved", "10%"], ["app", "5%"], ["pages", "12%"], ["images", "8%"], ["other", "4.99%"], ["unsent", "0.01%"]]);
  expect(opened.all(".swatch").map(({ dataset }) => dataset["kind"])).toEqual(parts.map(([kind]) => kind));
  expect(kinds()).toEqual([
    "Saved pages kept safe What you chose to keep. Remove it under Saved. 24 10 MB",
    "The app’s own parts kept safe What every page needs to look right offline. 30 5 MB",
    "Pages you visited Cleared, they open offline again once you have visited them online. 100 12 MB Clear",
    "Images Cleared, visited pages lack them offline until you visit them online. 200 8 MB Clear",
    "Other things Scripts, fonts and data. Cleared, they come again when you are online. 9 5 MB Clear",
    "Not sent yet kept safe What waits to arrive. See to it under Waiting. 2 10 kB",
  ]);
  expect(opened.says(".facts li")).toEqual([
    "Kept safe: 15 MB. It never goes by itself.",
    "25 MB can make room by itself: what you have not looked at for longest goes first.",
    "The system does not clear any of this when it needs room.",
  ]);
  expect(opened.says(".routes tbody tr")).toEqual(["pages 100 12 MB", "static 209 13 MB"]);
});

test("German is spoken where the system does", async () => {
  await open({ isPersistent: false }, "de-DE");
  expect([said(opened.one("h1")), said(opened.one(".used")), opened.says(".facts li")[2], kinds()[3]]).toEqual([
    "Speicher",
    "40 MB von 100 MB belegt",
    "Das System darf das löschen, wenn auf dem Gerät der Platz ausgeht.",
    "Bilder Gelöscht fehlen sie besuchten Seiten offline, bis Sie diese online besuchen. 200 8 MB Löschen",
  ]);
});

test("a device that holds nothing says so, and has nothing to clear", async () => {
  const nothing = storage().kinds.map((stock) => ({ ...stock, entries: 0, bytes: 0 }));
  await open({ bytes: 0, kinds: nothing, routes: [], evictableBytes: 0 });
  expect([opened.all(".bar .kind"), opened.all(".kinds button"), opened.all(".routes")]).toEqual([[], [], []]);
  expect(opened.says("#routes + p")).toEqual(["Nothing has been visited yet."]);
});

test("what cannot be read says so", async () => {
  vi.spyOn(console, "warn").mockReturnValue();
  const door = new FakeDoor({ online: true, waiting: [], saved: [] });
  door.broken = "storage";
  opened = await Opened.at("storage", door);
  expect([opened.says(".message"), opened.all("table")]).toEqual([["What is on this device cannot be read."], []]);
});

test("it is measured anew when the window is seen again", async () => {
  await open();
  opened.door.stored = storage({ bytes: 50_000_000 });
  document.dispatchEvent(new Event("visibilitychange"));
  await settle();
  expect(said(opened.one(".used"))).toBe("50 MB of 100 MB used");
});

describe("clearing", () => {
  test("looks done at once, and is done after 8 seconds", async () => {
    await open();
    await opened.click("tr[data-kind=pages] button");
    expect([kinds()[2], said(opened.one(".used")), said(opened.frame(".later")!), clears()]).toEqual([
      "Pages you visited Cleared, they open offline again once you have visited them online. 0 0 bytes",
      "28 MB of 100 MB used",
      "Cleared: Pages you visited. Undo",
      [],
    ]);
    vi.advanceTimersByTime(8_000);
    await settle();
    expect([clears(), kinds()[2]!.endsWith("0 0 bytes"), said(opened.frame(".later")!)]).toEqual([["pages"], true, ""]);
  });

  test("can be undone", async () => {
    await open();
    await opened.click("tr[data-kind=images] button");
    opened.frame(".later button")!.click();
    await settle();
    vi.advanceTimersByTime(60_000);
    expect([clears(), kinds()[3]!.endsWith("200 8 MB Clear")]).toEqual([[], true]);
  });

  test("is shown also where the person has gone and come back meanwhile", async () => {
    await open();
    await opened.click("tr[data-kind=other] button");
    await opened.go("Saved");
    await opened.go("Storage");
    vi.advanceTimersByTime(8_000);
    await settle();
    expect([clears(), kinds()[4]!.endsWith("0 0 bytes")]).toEqual([["other"], true]);
  });

  test("that fails is said", async () => {
    vi.spyOn(console, "warn").mockReturnValue();
    await open();
    opened.door.broken = "clearStored";
    await opened.click("tr[data-kind=pages] button");
    window.dispatchEvent(new Event("pagehide"));
    await settle();
    expect(said(opened.frame(".later")!)).toBe("This could not be cleared.");
  });
});
