// @vitest-environment jsdom
// @vitest-environment-options {"url": "https://polls.localhost/polls/"}
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { settle } from "./fakes";

const original = { fetch: globalThis.fetch, cookie: Object.getOwnPropertyDescriptor(Document.prototype, "cookie") };
const invoke = vi.fn((command: string): Promise<unknown> =>
  Promise.resolve(command === "page_opened" ? { online: true } : "a=1"),
);

beforeEach(() => {
  vi.resetModules();
  invoke.mockClear();
  document.head.innerHTML = '<script type="application/json" id="holdfast-page">{"cookies":"a=1","language":"de"}</script>';
  const tauri = { invoke, transformCallback: () => 1, unregisterCallback: () => {} };
  vi.stubGlobal("__TAURI_INTERNALS__", tauri);
  vi.stubGlobal("top", Object.assign(window, { __TAURI_INTERNALS__: tauri }));
  vi.stubGlobal("__HOLDFAST__", { origin: "http://127.0.0.1:8000", outbox: [] });
  vi.stubGlobal("__HOLDFAST_PRELUDE__", "");
  vi.stubGlobal("Navigator", { prototype: { sendBeacon: () => true } });
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

/** The mark of a document stays, so each run that comes to nothing has a document of its own. */
async function runInNewDocument(): Promise<void> {
  vi.stubGlobal("document", document.implementation.createHTMLDocument());
  await import("../src/page");
  await settle();
}

function expectNothingChanged(): void {
  expect(globalThis.fetch).toBe(original.fetch);
  expect(Object.getOwnPropertyDescriptor(Document.prototype, "cookie")).toEqual(original.cookie);
  expect(invoke).not.toHaveBeenCalled();
}

test("where something is amiss, the bundle says so and the page goes on", async () => {
  const warn = vi.spyOn(console, "warn").mockReturnValue();
  vi.stubGlobal("__HOLDFAST__", undefined);
  await runInNewDocument();
  expect(warn).toHaveBeenCalledOnce();
  expectNothingChanged();
});

test("where the door is closed, everything stays as the webview made it", async () => {
  vi.stubGlobal("top", {});
  await runInNewDocument();
  expectNothingChanged();
});

test("the bundle prepares a document, and only once", async () => {
  const before = Object.getOwnPropertyNames(globalThis);
  const news = { type: "page-changed", path: "/polls/", update: "notice" };
  invoke.mockResolvedValueOnce({ online: true, visitor: "", news });
  await import("../src/page");
  await settle();
  const { fetch } = globalThis;
  expect(fetch).not.toBe(original.fetch);
  expect(document.cookie).toBe("a=1");
  expect(document.getElementById("holdfast-page")).toBeNull();
  expect(invoke.mock.calls.map(([command]) => command)).toEqual(["page_opened"]);
  // What came before the page could listen is heard.
  expect(document.querySelector<HTMLElement>("holdfast-bar")?.dataset["state"]).toBe("changed");
  expect(Object.getOwnPropertyNames(globalThis)).toEqual([...before, "holdfast"]);

  vi.resetModules();
  await import("../src/page");
  await settle();
  expect(globalThis.fetch).toBe(fetch);
  expect(invoke).toHaveBeenCalledOnce();
});
