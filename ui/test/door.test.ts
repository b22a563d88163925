// @vitest-environment jsdom
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { openDoor, type PageEvent, type Submission } from "../src/door";

const invoke = vi.fn((..._call: unknown[]): Promise<unknown> => Promise.resolve("answer"));
const unregisterCallback = vi.fn();
let callbacks: ((message: unknown) => void)[];

beforeEach(() => {
  callbacks = [];
  invoke.mockClear();
  const transformCallback = (callback: (message: unknown) => void) => callbacks.push(callback) - 1;
  const tauri = { invoke, transformCallback, unregisterCallback };
  vi.stubGlobal("top", { __TAURI_INTERNALS__: tauri, Uint8Array });
  vi.stubGlobal("__TAURI_INTERNALS__", tauri);
});
afterEach(() => vi.unstubAllGlobals());

test("without Tauri, or with another site on top, the door is closed", () => {
  vi.stubGlobal("top", {});
  expect(openDoor()).toBeNull();
  const foreign = new Proxy({}, { get: () => { throw new DOMException("no", "SecurityError"); } });
  vi.stubGlobal("top", foreign);
  expect(openDoor()).toBeNull();
});

test("a submission travels as bytes, described in one header of ASCII", async () => {
  const submission: Submission = {
    id: "1", method: "POST", url: "polls://localhost/x", headers: [["x-a", "ü%\n"]], mode: "form", page: "polls://localhost/",
  };
  const body = Uint8Array.of(1, 2);
  expect(await openDoor()!.submit(submission, body)).toBe("answer");
  const [command, payload, options] = invoke.mock.calls[0] as [string, Uint8Array, { headers: Record<string, string> }];
  expect([command, payload]).toEqual(["submit", body]);
  const header = options.headers["holdfast-submission"]!;
  expect(header).toMatch(/^[!-~]+$/);
  expect(JSON.parse(decodeURIComponent(header))).toEqual(submission);
});

test("a frame's bytes become those of the top, which Tauri can tell", async () => {
  class OtherBytes extends Uint8Array {}
  vi.stubGlobal("top", { ...window.top, Uint8Array: OtherBytes });
  await openDoor()!.submit({ headers: [] } as unknown as Submission, Uint8Array.of(1, 2));
  const payload = invoke.mock.calls[0]![1];
  expect(payload).toBeInstanceOf(OtherBytes);
  expect([...(payload as Uint8Array)]).toEqual([1, 2]);
});

test("the page hears events in the order they were sent", async () => {
  const heard: PageEvent[] = [];
  await openDoor()!.pageOpened((event) => heard.push(event), "polls://localhost/x");
  expect(invoke.mock.calls).toEqual([["page_opened", { channel: "__CHANNEL__:0", page: "polls://localhost/x" }]]);
  const sent = callbacks[0]!;
  sent({ index: 3, end: true });
  sent({ index: 1, message: { type: "connection", online: true, cause: null } });
  expect(heard).toEqual([]);
  sent({ index: 0, message: { type: "page-changed", path: "/x", update: "patch" } });
  expect(heard).toEqual([{ type: "page-changed", path: "/x", update: "patch" }, { type: "connection", online: true, cause: null }]);
  expect(unregisterCallback).not.toHaveBeenCalled();
  sent({ index: 2, message: { type: "page-confirmed", path: "/x" } });
  expect(heard).toHaveLength(3);
  expect(unregisterCallback).toHaveBeenCalledExactlyOnceWith(0);
});

test("a cookie is set for a page", async () => {
  await openDoor()!.setCookie("a=1", "polls://localhost/x");
  expect(invoke).toHaveBeenCalledWith("set_cookie", { cookie: "a=1", page: "polls://localhost/x" });
});
