// @vitest-environment jsdom
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Activity, Asked, Download, Stretch, Sync } from "../../src/app-types";
import { answered, connectionInWords, DAY_MS, filtered, installInWords, pieces, sourceOf, syncInWords } from "../../src/library/describe-activity";
import { LibrarySpeech } from "../../src/library/speech";
import { settle } from "../fakes";
import { activity, FakeDoor, NOW } from "./fakes";
import { Opened, said } from "./opened";

const en = new LibrarySpeech("en-GB");
const de = new LibrarySpeech("de-DE");
const HOUR_MS = 3_600_000;

let opened: Opened;

beforeEach(() => vi.useFakeTimers({ now: NOW, toFake: ["Date", "setTimeout", "clearTimeout"] }));
afterEach(() => {
  opened?.library.remove();
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** A page that came from the site just now, except for `asked`. */
function request(asked: Partial<Asked> = {}): Asked {
  return {
    atMs: NOW, path: "/polls/", route: "pages", strategy: "network-first", source: "network", because: null,
    storedAtMs: null, tookMs: 35, bytes: 1_250, ...asked,
  };
}

async function open(happened: Partial<Activity>, language = "en-GB"): Promise<void> {
  const door = new FakeDoor({ online: true, waiting: [], saved: [] });
  door.happened = activity(happened);
  opened = await Opened.at("activity", door, language);
}

describe("what is said", () => {
  test("what answered, and why that", () => {
    const check = (asked: Partial<Asked>, inEnglish: string, inGerman: string) =>
      expect([en, de].map((speech) => answered(request(asked), speech))).toEqual([inEnglish, inGerman]);
    const stored = { source: "store", storedAtMs: NOW - 2 * HOUR_MS } as const;
    check({}, "from the site", "von der Website");
    check({ because: "strategy" }, "from the site", "von der Website");
    check({ source: "outbox" }, "kept until it can be sent", "zurückgehalten, bis es gesendet werden kann");
    check(
      { ...stored, because: "slow", tookMs: 3_012 },
      "stored copy, 2 hours old, because the network took longer than 3\u00a0s",
      "gespeicherter Stand, 2 Stunden alt, weil das Netz länger als 3\u00a0s brauchte",
    );
    check(
      { ...stored, because: "slow", tookMs: 200, storedAtMs: NOW - 59_999 },
      "stored copy, just made, because the network took longer than 200\u00a0ms",
      "gespeicherter Stand, gerade erst angelegt, weil das Netz länger als 200\u00a0ms brauchte",
    );
    check(
      { ...stored, because: "offline", storedAtMs: NOW - 3 * DAY_MS },
      "stored copy, 3 days old, because there was no connection",
      "gespeicherter Stand, 3 Tage alt, weil keine Verbindung bestand",
    );
    check(
      { ...stored, because: "server-error" },
      "stored copy, 2 hours old, because the site did not answer properly",
      "gespeicherter Stand, 2 Stunden alt, weil die Website nicht richtig geantwortet hat",
    );
    check({ source: "store" }, "stored copy", "gespeicherter Stand");
    check({ source: "fallback", because: "offline" }, "a stand-in page, because there was no connection", "eine Ersatzseite, weil keine Verbindung bestand");
    check({ source: "fallback", because: "strategy", strategy: "cache-only" }, "a stand-in page", "eine Ersatzseite");
  });

  test("why a strategy shows a stored copy", () => {
    const check = (strategy: string, expected: string) =>
      expect(answered(request({ source: "store", because: "strategy", strategy }), en)).toBe(`stored copy${expected}`);
    check("cache-first", ", because stored copies come first here");
    check("cache-only", ", because only stored copies are shown here");
    check("stale-while-revalidate", ", because it is shown at once and renewed meanwhile");
    check("cache-then-network", ", because it is shown at once and renewed meanwhile");
    check("cache-network-race", ", because it was there sooner");
    check("http", ", because the site says it is still good");
    check("template", ", because this page is put together here");
    check("network-first", "");
    check("unheard-of", "");
  });

  test("the last day has no gap", () => {
    const check = (connection: [hoursAgo: number, state: Stretch["state"]][], ...expected: [hours: number, state: string][]) => {
      const found = pieces(connection.map(([hours, state]) => ({ fromMs: NOW - hours * HOUR_MS, state, cause: null })), NOW);
      expect(found.map(({ fromMs, toMs, state }) => [(toMs - fromMs) / HOUR_MS, state])).toEqual(expected);
      expect(found.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0)).toBe(DAY_MS);
    };
    check([], [24, "unknown"]);
    check([[30, "online"]], [24, "online"]);
    check([[40, "offline"], [30, "online"]], [24, "online"]);
    check([[10, "online"], [4, "offline"], [3, "online"]], [14, "unknown"], [6, "online"], [1, "offline"], [3, "online"]);
    check([[10, "online"], [4, "online"]], [14, "unknown"], [10, "online"]);
    // A clock that was set back.
    check([[2, "online"], [-1, "offline"]], [22, "unknown"], [2, "online"]);
  });

  test("the connection in words", () => {
    const check = (connection: [hoursAgo: number, state: Stretch["state"]][], inEnglish: string, inGerman: string) => {
      const parts = pieces(connection.map(([hours, state]) => ({ fromMs: NOW - hours * HOUR_MS, state, cause: null })), NOW);
      expect([en, de].map((speech) => connectionInWords(parts, NOW, speech))).toEqual([inEnglish, inGerman]);
    };
    check([], "Nothing is known about the connection yet.", "Über die Verbindung ist noch nichts bekannt.");
    check([[1, "online"]], "Never offline while the app was open.", "Nie offline, solange die App offen war.");
    check([[3, "offline"], [1, "online"]], "Offline once, for 2 hours: from 13:05 to 15:05.", "Einmal offline, 2 Stunden lang: von 13:05 bis 15:05.");
    check(
      [[5, "offline"], [4, "online"], [1, "offline"]],
      "Offline 2 times, 2 hours in all; the last time from 15:05 to now.",
      "2-mal offline, zusammen 2 Stunden; zuletzt von 15:05 bis jetzt.",
    );
  });

  test("why it was offline the last time, as it was found out at last", () => {
    const at = (hours: number, state: Stretch["state"], cause: Stretch["cause"] = null): Stretch => ({ fromMs: NOW - hours * HOUR_MS, state, cause });
    const parts = pieces([at(5, "online"), at(3, "offline", "unreachable"), at(2, "offline", "captive-portal"), at(1, "online")], NOW);
    expect(parts.map(({ state }) => state)).toEqual(["unknown", "online", "offline", "online"]);
    expect(connectionInWords(parts, NOW, en)).toBe("Offline once, for 2 hours: from 13:05 to 15:05. That network wanted a sign-in first.");
    expect(connectionInWords(pieces([at(1, "offline", "no-link")], NOW), NOW, de)).toBe("Einmal offline, 1 Stunde lang: von 15:05 bis jetzt. Es gab da kein Netz.");
  });

  test("when something was refreshed by itself and will be again", () => {
    const group: Sync = { name: "polls", lastAtMs: NOW - HOUR_MS, nextAtMs: NOW + HOUR_MS, failure: null, isRunning: false };
    expect(syncInWords(group, NOW, en)).toEqual(["last 15:05, next 17:05", null]);
    expect(syncInWords({ ...group, isRunning: true }, NOW, de)).toEqual(["wird gerade aktualisiert", null]);
    const failed = { ...group, lastAtMs: null, failure: "offline" };
    expect(syncInWords(failed, NOW, en)).toEqual(["not yet, next 17:05", "Not all of it came: there was no connection."]);
  });

  test("whether the app is all there", () => {
    const failure = { path: "/static/a.css", reason: "the site answered 404" };
    expect(installInWords({ version: "3", isComplete: true, failure: null }, en)).toEqual(["All that the app needs offline is on this device (version 3).", null]);
    expect(installInWords({ version: "4", isComplete: false, failure }, de)).toEqual([
      "Was die App offline braucht, wird gerade geholt (Version 4).",
      "/static/a.css ließ sich nicht holen: die Website hat das nicht.",
    ]);
  });

  test("pages are found by a part of their path, and sources have names", () => {
    const all = [request(), request({ path: "/polls/1/?A=b" }), request({ path: "/about/" })];
    expect(filtered(all, " POLLS").map(({ path }) => path)).toEqual(["/polls/", "/polls/1/?A=b"]);
    expect(filtered(all, " ")).toBe(all);
    expect(["network", "store", "fallback", "outbox", "new"].map((source) => sourceOf(source, en))).toEqual(["site", "stored copy", "stand-in page", "kept until sent", "new"]);
  });

  test("spans and durations have the unit that fits them", () => {
    const check = (ms: number, span: string, duration: string) => expect([en.span(ms), en.duration(ms)]).toEqual([span, duration.replace(" ", "\u00a0")]);
    check(0, "1 minute", "0 ms");
    check(999, "1 minute", "999 ms");
    check(3_140, "1 minute", "3.1 s");
    check(2 * HOUR_MS, "2 hours", "7,200 s");
    check(48 * HOUR_MS, "2 days", "172,800 s");
  });
});

test("each request is a row", async () => {
  await open({ requests: [request(), request({ path: "/polls/1/", route: null, source: "store", because: "offline", storedAtMs: NOW - HOUR_MS, tookMs: 3, bytes: null })] });
  expect(opened.says(".rows > li")).toEqual([
    "/polls/ from the site part: pages 16:05 35 ms 1.3 kB",
    "/polls/1/ stored copy, 1 hour old, because there was no connection 16:05 3 ms",
  ]);
});

test("each download is a row, with what became of it", async () => {
  const download: Download = { id: 1, name: "report.pdf", bytes: 1_300, allBytes: 2_000, state: "running", canOpen: true, atMs: NOW };
  const states = ["running", "saved", "offline", "failed", "not-written", "cancelled"] as const;
  await open({ downloads: states.map((state, id) => ({ ...download, id, state })) });
  expect(opened.says(".downloads > li")).toEqual([
    "report.pdf is being downloaded 16:05 1.3 kB",
    "report.pdf saved in the folder for downloads 16:05 1.3 kB",
    "report.pdf not saved, because there was no connection 16:05 1.3 kB",
    "report.pdf not saved, because the site did not send all of it 16:05 1.3 kB",
    "report.pdf not saved, because the folder does not take it 16:05 1.3 kB",
    "report.pdf cancelled 16:05 1.3 kB",
  ]);
});

test("German is spoken where the system does", async () => {
  await open({ requests: [request()] }, "de-DE");
  expect([said(opened.one("h1")), opened.says("label"), opened.says(".rows > li")]).toEqual([
    "Aktivität",
    ["Nach Seite filtern"],
    ["/polls/ von der Website Teil: pages 16:05 35 ms 1,3 kB"],
  ]);
});

test("where nothing was asked for it says what would be here", async () => {
  await open({});
  expect([opened.says(".empty"), opened.all(".rows, #filter, details")]).toEqual([
    ["Nothing has been asked for yet. Every page you open is listed here with what answered it."],
    [],
  ]);
});

test("what comes anew stands above, and the rest keeps its rows", async () => {
  await open({ requests: [request({ tookMs: 2 }), request(), request()] });
  const rows = opened.all(".rows > li");
  opened.door.happened = activity({ requests: [request({ path: "/new/" }), request({ tookMs: 2 }), request(), request(), request()] });
  vi.advanceTimersByTime(2_000);
  await settle();
  const now = opened.all(".rows > li");
  expect([opened.says(".rows .name"), now[1] === rows[0], now[3] === rows[1], now[4] === rows[2]]).toEqual([
    ["/new/", "/polls/", "/polls/", "/polls/", "/polls/"], true, true, true,
  ]);
});

test("requests are filtered by page, which is said", async () => {
  await open({ requests: [request(), request({ path: "/about/" })] });
  const filter = opened.one("#filter") as HTMLInputElement;
  const type = async (text: string) => {
    filter.value = text;
    filter.dispatchEvent(new Event("input"));
    await settle();
  };
  expect(opened.says(".found")).toEqual([""]);
  await type("about");
  expect([opened.says(".rows .name"), opened.says(".found")]).toEqual([["/about/"], ["1 of 2 requests"]]);
  await type("nowhere");
  expect([opened.all(".rows"), opened.says(".found")]).toEqual([[], ["0 of 2 requests"]]);
  await type("");
  expect(opened.all(".rows > li").length).toBe(2);
});

test("the connection is a strip with a sentence for those that do not see it", async () => {
  await open({ connection: [{ fromMs: NOW - 6 * HOUR_MS, state: "online", cause: null }, { fromMs: NOW - 3 * HOUR_MS, state: "offline", cause: null }] });
  const strip = opened.one(".strip");
  expect([...strip.children].map((part) => [(part as HTMLElement).dataset["state"], (part as HTMLElement).style.width])).toEqual([
    ["unknown", "75%"], ["online", "12.5%"], ["offline", "12.5%"],
  ]);
  expect([strip.getAttribute("role"), said(opened.one(`#${strip.getAttribute("aria-labelledby")}`))]).toEqual(["img", "Offline once, for 3 hours: from 13:05 to now."]);
});

test("what is refreshed by itself can be refreshed now", async () => {
  await open({});
  expect(opened.all(".syncs")).toEqual([]);
  opened.library.remove();
  const syncs = [{ name: "polls", lastAtMs: NOW - HOUR_MS, nextAtMs: NOW + HOUR_MS, failure: null, isRunning: false }];
  await open({ syncs });
  expect(opened.says(".syncs > li")).toEqual(["polls last 15:05, next 17:05"]);
  await opened.click(".above button");
  expect(opened.door.calls.at(-1)).toEqual(["syncNow"]);
});

test("the install says what it lacks", async () => {
  await open({ install: { version: "4", isComplete: false, failure: { path: "/a.css", reason: "offline" } } });
  expect(said(opened.one(".install"))).toBe("What the app needs offline is being fetched (version 4). ⚠ /a.css could not be fetched: there was no connection.");
});

test("figures are there for who wants them", async () => {
  const traffic = [{ route: "pages", source: "network", requests: 1_200, bytes: 64_000_000, medianMs: 35, p99Ms: 1_250 }];
  await open({ requests: [request()], traffic });
  expect([said(opened.one("summary")), opened.says("tbody tr")]).toEqual(["Figures", ["pages site 1,200 64 MB 35 ms 1.3 s"]]);
});

describe("looking", () => {
  const looks = () => opened.door.looks.filter((what) => what === "activity").length;
  const after = async (ms: number) => {
    vi.advanceTimersByTime(ms);
    await settle();
  };
  const turn = async (state: DocumentVisibilityState) => {
    vi.spyOn(document, "visibilityState", "get").mockReturnValue(state);
    document.dispatchEvent(new Event("visibilitychange"));
    await settle();
  };

  test("goes on every 2 seconds, and what is new is shown", async () => {
    await open({});
    expect(looks()).toBe(1);
    await after(1_999);
    expect(looks()).toBe(1);
    opened.door.happened = activity({ requests: [request()] });
    await after(1);
    expect([looks(), opened.all(".rows > li").length]).toEqual([2, 1]);
    await after(2_000);
    expect(looks()).toBe(3);
  });

  test("rests while the window is hidden", async () => {
    await open({});
    await turn("hidden");
    await after(60_000);
    expect(looks()).toBe(1);
    await turn("visible");
    expect(looks()).toBe(2);
    await after(2_000);
    expect(looks()).toBe(3);
  });

  test("ends with the place, and begins when it is shown again", async () => {
    await open({});
    await opened.go("Saved");
    await after(60_000);
    expect(looks()).toBe(1);
    await opened.go("Activity");
    await after(2_000);
    expect(looks()).toBe(3);
  });

  test("never asks twice at once", async () => {
    await open({});
    opened.door.activity = () => {
      opened.door.looks.push("activity");
      return new Promise(() => {});
    };
    await after(60_000);
    await turn("visible");
    expect(looks()).toBe(2);
  });

  test("that fails is said, and tried again", async () => {
    vi.spyOn(console, "warn").mockReturnValue();
    await open({ requests: [request()] });
    opened.door.broken = "activity";
    await after(2_000);
    expect([opened.says(".message"), opened.all(".rows > li").length]).toEqual([["What has happened cannot be read."], 1]);
    opened.door.broken = null;
    await after(2_000);
    expect(opened.says(".message")).toEqual([""]);
  });
});
