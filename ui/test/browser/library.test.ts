/**
 * The Library as it is built, in a real browser, with another door in place of Tauri's.
 *
 * WebKit shows it in the app (tests/e2e/library.rs); Chromium can show besides what a person has who chose colours
 * of their own.
 */
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium, type Browser, type Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Shelves } from "../../src/app-types";
import { activity, CHOOSABLE, NOW, saved, storage, vote } from "../library/fakes";

const ADDRESS = "http://library.test/";
const COPIES = "http://library.test/copies/{key}";
const PICTURES = new URL("../../../target/screenshots/chromium/", import.meta.url);
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const PLACES = ["saved", "waiting", "storage", "activity", "settings"] as const;
const SIZES = [
  { name: "wide", width: 1000, height: 760 },
  { name: "narrow", width: 360, height: 640 },
];
const HOUR = 3_600_000;

/** Something of everything that can be there. */
const SHELVES: Shelves = {
  online: true,
  waiting: [
    vote(),
    vote({ key: "2", choice: "Tea", title: "Tea or coffee?", state: "changed" }),
    vote({ key: "3", choice: "Blue", title: "Favourite colour?", state: "uncertain", hasAnswer: true }),
    vote({ key: "4", isOwn: false, choice: null, title: null, canEdit: false }),
  ],
  saved: [
    saved(),
    saved({ key: "s2", title: "Tea or coffee?", path: "/polls/2/", state: "incomplete", missing: [{ path: "/logo.png", why: "gone" }] }),
    saved({ key: "s3", title: null, path: "/polls/3/?page=2", state: "failed", why: "offline", savedAtMs: null, copies: [] }),
    saved({
      key: "s4", title: "Favourite colour?", path: "/polls/4/", state: "saving",
      progress: { items: 3, allItems: 12, bytes: 40_000, allBytes: 250_000 },
    }),
  ],
};

const ACTIVITY = activity({
  requests: [
    { atMs: NOW - 60_000, path: "/polls/", route: "pages", strategy: "network-first", source: "store", because: "offline", storedAtMs: NOW - 2 * HOUR, tookMs: 0.4, bytes: 1_200 },
    { atMs: NOW - 90_000, path: "/static/style.css", route: "static", strategy: "cache-first", source: "store", because: "strategy", storedAtMs: NOW - 30 * HOUR, tookMs: 0.1, bytes: 900 },
    { atMs: NOW - HOUR, path: "/polls/1/", route: "pages", strategy: "network-first", source: "network", because: null, storedAtMs: null, tookMs: 34, bytes: 4_321 },
  ],
  connection: [
    { fromMs: NOW - 20 * HOUR, state: "online", cause: null },
    { fromMs: NOW - 5 * HOUR, state: "offline", cause: "captive-portal" },
    { fromMs: NOW - 3 * HOUR, state: "online", cause: null },
  ],
  syncs: [
    { name: "polls", lastAtMs: NOW - 600_000, nextAtMs: NOW + 300_000, failure: null, isRunning: false },
    { name: "news", lastAtMs: null, nextAtMs: NOW + 900_000, failure: "offline", isRunning: false },
  ],
  traffic: [{ route: "pages", source: "store", requests: 12, bytes: 54_000, medianMs: 0.2, p99Ms: 1.4 }],
});

let browser: Browser;
let page: Page;

beforeAll(async () => {
  mkdirSync(PICTURES, { recursive: true });
  // Whoever runs this as root has no other way, and it shows nothing but the Library.
  browser = await chromium.launch({ executablePath: process.env["HOLDFAST_CHROMIUM"] ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
});

afterAll(() => browser?.close());

/** Opens the Library as the app serves it to a system with that language. */
async function open(language: string, shelves = SHELVES): Promise<void> {
  await page?.context().close();
  const context = await browser.newContext({ locale: language, timezoneId: "UTC", viewport: SIZES[0]! });
  page = await context.newPage();
  await page.clock.setFixedTime(NOW);
  const built = readFileSync(new URL("../../dist/library.html", import.meta.url), "utf8")
    .replace("__HOLDFAST_LANGUAGE__", language)
    .replace("__HOLDFAST_COPIES__", COPIES)
    .replace("__HOLDFAST_KEY__", "")
    .replace("__HOLDFAST_FRAMES__", ADDRESS);
  await page.route(`${ADDRESS}**`, (route) => {
    const isCopy = route.request().url().includes("/copies/");
    const body = isCopy ? "<!doctype html><title>copy</title><body style='font: 60px serif'><h1>Is the sky blue?</h1><button>Vote</button>" : built;
    return route.fulfill({ contentType: "text/html; charset=utf-8", body });
  });
  const answers = {
    library_opened: shelves,
    settings: CHOOSABLE,
    change_settings: CHOOSABLE,
    storage: storage(),
    activity: ACTIVITY,
    send_all_waiting: 2,
    answer_to_waiting: { isPage: true, text: "<h1>No</h1>" },
  };
  await page.addInitScript((answers: Record<string, unknown>) => {
    const calls: [string, unknown][] = [];
    const invoke = (command: string, payload: unknown) => {
      calls.push([command, payload]);
      return Promise.resolve(answers[command] ?? null);
    };
    const internals = { invoke, transformCallback: () => 1, unregisterCallback: () => {} };
    Object.assign(window, { __TAURI_INTERNALS__: internals, calls });
  }, answers);
  await page.goto(ADDRESS);
  await page.locator("holdfast-library nav button").first().waitFor();
}

const calls = (command: string) =>
  page.evaluate((command) => (window as unknown as { calls: [string, unknown][] }).calls.filter(([name]) => name === command), command);

async function go(place: (typeof PLACES)[number]): Promise<void> {
  await page.locator("holdfast-library nav button").nth(PLACES.indexOf(place)).click();
  await page.locator(`holdfast-library holdfast-${place} h1`).waitFor();
}

/** What axe-core, the accessibility checker, finds. */
function violations(): Promise<unknown> {
  return page.evaluate(async (axe) => {
    if (!("axe" in window)) (0, eval)(axe);
    const { violations } = await (window as unknown as { axe: typeof import("axe-core") }).axe.run(document, { iframes: false });
    return violations.map(({ id, nodes }) => [id, nodes.map(({ failureSummary, html }) => [failureSummary, html])]);
  }, AXE);
}

const LOOKS = [
  { name: "light", colorScheme: "light", forcedColors: "none" },
  { name: "dark", colorScheme: "dark", forcedColors: "none" },
  { name: "forced", colorScheme: "dark", forcedColors: "active" },
] as const;

describe.each(["en-GB", "de-DE"])("in %s", (language) => {
  beforeAll(() => open(language));

  test.each(PLACES)("%s is for everybody, at any size and in any colours", async (place) => {
    await go(place);
    for (const { name: size, width, height } of SIZES) {
      await page.setViewportSize({ width, height });
      for (const { name, ...look } of LOOKS) {
        await page.emulateMedia(look);
        expect(await violations(), `${place}, ${size}, ${name}`).toEqual([]);
        expect(await page.evaluate(() => document.documentElement.scrollWidth), `${place}, ${size}, ${name}`).toBe(width);
        await page.screenshot({ path: new URL(`${place}-${language}-${size}-${name}.png`, PICTURES).pathname });
      }
    }
  });
});

describe("by keys alone", () => {
  beforeEach(() => open("en-GB"));

  /** What has the focus, through all shadow trees. */
  const focused = () =>
    page.evaluate(() => {
      let element: Element | null = document.activeElement;
      while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
      if (element === null || element === document.body) return null;
      const { outlineStyle, outlineWidth } = getComputedStyle(element);
      const name = element.getAttribute("aria-label") ?? element.textContent ?? "";
      return { name: name.replace(/\s+/g, " ").trim(), tag: element.localName, outline: outlineStyle !== "none" && outlineWidth !== "0px" };
    });

  async function tab(): Promise<NonNullable<Awaited<ReturnType<typeof focused>>>> {
    await page.keyboard.press("Tab");
    const found = await focused();
    if (found === null) throw new Error("nothing has the focus");
    return found;
  }

  test("the way goes through the places and what they have, and each step can be seen", async () => {
    // Without a click, which would be where the way begins.
    await page.evaluate(() => (location.hash = "saved"));
    await page.locator("holdfast-saved h1").waitFor();
    const names: string[] = [];
    for (let step = 0; step < 13; step += 1) {
      const { name, outline } = await tab();
      names.push(name);
      expect(outline, name).toBe(true);
    }
    expect(names).toEqual([
      "↓ Saved", "⇡ Waiting", "◔ Storage", "≡ Activity", "⚙ Settings",
      "Open: Is the sky blue?", "More for Is the sky blue?", "Saved, 1 thing missing", "Open: Tea or coffee?", "More for Tea or coffee?",
      "Try again: /polls/3/?page=2", "More for /polls/3/?page=2", "Cancel: Favourite colour?",
    ]);
  });

  test("what is removed is taken back with Ctrl+Z, and done if the window is closed", async () => {
    await go("saved");
    const remove = async () => {
      await page.locator("holdfast-saved holdfast-menu button").first().focus();
      await page.keyboard.press("Enter");
      await page.keyboard.press("End");
      await page.keyboard.press("Enter");
      await page.locator(".later button").waitFor();
    };
    await remove();
    await page.keyboard.press("Control+z");
    await page.locator(".later button").waitFor({ state: "detached" });
    expect(await page.locator("holdfast-saved .rows > li").count()).toBe(4);
    await remove();
    await page.evaluate(() => dispatchEvent(new Event("holdfast-close")));
    await expect.poll(() => calls("library_left")).toHaveLength(1);
    expect(await calls("remove_saved")).toEqual([["remove_saved", { key: "s1" }]]);
  });

  test("a place is reached and its menu closed again", async () => {
    await page.locator("holdfast-library nav button").nth(1).focus();
    await page.keyboard.press("Enter");
    await page.locator("holdfast-waiting li").first().waitFor();
    await page.locator("holdfast-waiting holdfast-menu button").last().focus();
    await page.keyboard.press("Enter");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Escape");
    expect((await focused())?.tag).toBe("button");
  });

  test("the app leads to a place that is not the one that is shown", async () => {
    await go("storage");
    await page.evaluate(() => (location.hash = "waiting"));
    await page.locator("holdfast-waiting h1").waitFor();
    expect(page.url()).toBe(ADDRESS);
  });
});

test("a picture of a page takes no focus and no click, and is there only while it can be seen", async () => {
  const many = Array.from({ length: 60 }, (_, n) => saved({ key: `k${n}`, path: `/polls/${n}/` }));
  await open("en-GB", { ...SHELVES, waiting: [], saved: many });
  const frames = page.locator("holdfast-thumbnail iframe");
  await expect.poll(() => frames.count()).toBeGreaterThan(3);
  expect(await frames.count()).toBeLessThan(14);
  await page.locator("holdfast-thumbnail").last().scrollIntoViewIfNeeded();
  await expect.poll(() => page.frames().some((frame) => frame.url().endsWith("/copies/k59/polls/59/"))).toBe(true);
  expect(page.frames().some((frame) => frame.url().endsWith("/copies/k0/polls/0/"))).toBe(false);
  const frame = frames.last();
  expect(await frame.evaluate((frame) => [frame.closest("[inert][aria-hidden=true]") !== null, frame.getAttribute("sandbox")])).toEqual([true, ""]);
  expect(await frame.evaluate((frame) => getComputedStyle(frame).pointerEvents)).toBe("none");
});
