// @vitest-environment jsdom
// @vitest-environment-options {"url": "https://polls.localhost/polls/"}
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { settle } from "./fakes";

const MARK = Symbol.for("holdfast");
const originals = { fetch: globalThis.fetch, submit: HTMLFormElement.prototype.submit };
const invoke = vi.fn((command: string): Promise<unknown> =>
  Promise.resolve(command === "page_opened" ? { online: true } : "a=1"),
);

beforeEach(() => {
  vi.resetModules();
  invoke.mockClear();
  Reflect.deleteProperty(document, MARK);
  document.head.innerHTML = '<script type="application/json" id="holdfast-page">{"cookies":"a=1","language":"de"}</script>';
  const tauri = { invoke, transformCallback: () => 1, unregisterCallback: () => {} };
  vi.stubGlobal("top", Object.assign(window, { __TAURI_INTERNALS__: tauri }));
  vi.stubGlobal("__TAURI_INTERNALS__", tauri);
  vi.stubGlobal("__HOLDFAST__", { origin: "http://127.0.0.1:8000" });
  vi.stubGlobal("__HOLDFAST_PRELUDE__", "");
  vi.stubGlobal("Navigator", { prototype: { sendBeacon: () => true } });
});
afterEach(() => {
  vi.unstubAllGlobals();
  globalThis.fetch = originals.fetch;
  HTMLFormElement.prototype.submit = originals.submit;
});

// Deleting the mark would let a second run through; what is marked is the document, as in a webview.
const unmark = () => vi.spyOn(Object, "defineProperty");

test("the bundle prepares the document it runs in, once", async () => {
  const marking = unmark();
  await import("../src/page");
  await settle();
  expect(globalThis.fetch).not.toBe(originals.fetch);
  expect(document.cookie).toBe("a=1");
  expect(document.getElementById("holdfast-page")).toBeNull();
  expect(invoke.mock.calls.map(([command]) => command)).toEqual(["page_opened"]);
  expect(marking).toHaveBeenCalledWith(document, MARK, { value: true });

  const installed = globalThis.fetch;
  vi.resetModules();
  await import("../src/page");
  expect(globalThis.fetch).toBe(installed);
});
