import { beforeEach, expect, test, vi } from "vitest";
import { installBeacon } from "../src/beacon";
import { APP, contextAround, FakeDoor, settle, siteAt } from "./fakes";

const native = vi.fn(() => false);
let door: FakeDoor;
let navigator: Navigator;

beforeEach(() => {
  native.mockClear();
  door = new FakeDoor();
  navigator = { sendBeacon: native } as unknown as Navigator;
  installBeacon(navigator, contextAround(door, siteAt()));
});

test("a beacon goes out within the turn, because the page may be going away", () => {
  expect(navigator.sendBeacon("/log", "text")).toBe(true);
  expect(door.last).toEqual({
    method: "POST",
    url: `${APP}/log`,
    headers: { "content-type": "text/plain;charset=UTF-8" },
    mode: "fetch",
    page: `${APP}/polls/`,
    body: "text",
  });
});

test("a beacon may hold a file, or nothing", async () => {
  expect(navigator.sendBeacon("/log", new Blob(["x"], { type: "image/png" }))).toBe(true);
  await settle();
  expect([door.last.headers, door.last.body]).toEqual([{ "content-type": "image/png" }, "x"]);
  expect(navigator.sendBeacon("/log")).toBe(true);
  expect([door.last.headers, door.last.body]).toEqual([{}, ""]);
});

test("a beacon to another site is the webview's", () => {
  expect(navigator.sendBeacon("https://example.org/", "x")).toBe(false);
  expect(native).toHaveBeenCalledWith("https://example.org/", "x");
  expect(door.sent).toEqual([]);
});
