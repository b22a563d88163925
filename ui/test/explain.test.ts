// @vitest-environment jsdom
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Cause } from "../src/app-types";
import { explain } from "../src/explain";
import type { Connection, Notice } from "../src/sentence";
import { Speech } from "../src/when";
import { pageFacts } from "./fakes";

const NOW = Date.UTC(2026, 4, 20, 16, 5);
const HOUR = 3_600_000;
const OFFLINE: Notice = { state: "offline", text: "You are offline.", reload: null, ages: true };

beforeEach(() => vi.useFakeTimers({ now: NOW, toFake: ["Date"] }));
afterEach(() => {
  vi.useRealTimers();
  delete (window as { __TAURI_INTERNALS__?: unknown }).__TAURI_INTERNALS__;
});

function explained(cause: Cause, notice = OFFLINE, language = "en-GB"): Notice {
  const connection: Connection = { online: false, cause, openedAtMs: NOW, changed: false, confirmed: false, unsent: null };
  return explain(notice, pageFacts({ source: "store", storedAtMs: NOW - 2 * HOUR }), connection, new Speech(language));
}

test("each cause is said in words, with how old the copy is", () => {
  const copy = "This is the copy from 14:05, 2 hours ago.";
  expect(explained("no-link").text).toBe(`There is no network. ${copy}`);
  expect(explained("name-not-found").text).toBe(`The site’s address is not known in this network. ${copy}`);
  expect(explained("tls-refused").text).toBe(`The connection to the site is not trusted here. ${copy}`);
  expect(explained("server-error")).toEqual({
    state: "server-error", text: `The site is not answering properly. ${copy}`, reload: "Try again", ages: true,
  });
  expect(explained("unreachable")).toBe(OFFLINE);
  expect(explained("no-link", OFFLINE, "de-DE").text).toBe("Es gibt kein Netz. Dies ist der Stand von 14:05, vor 2 Stunden.");
});

test("a page that is not there is not said to be a copy", () => {
  const fallback: Notice = { ...OFFLINE, state: "fallback", ages: false };
  expect(explained("no-link", fallback)).toEqual({ ...fallback, text: "There is no network. This page is not on this device yet." });
});

test("a network that wants a sign-in is led to by its button", () => {
  const invoke = vi.fn(() => Promise.resolve());
  Object.assign(window, { __TAURI_INTERNALS__: { invoke } });
  const { act, ...notice } = explained("captive-portal");
  expect(notice).toEqual({ state: "portal", text: "This network wants you to sign in first.", reload: "Open sign-in page", ages: false });
  act?.();
  expect(invoke).toHaveBeenCalledWith("open_portal");
});
