// @vitest-environment jsdom
import { afterEach, expect, test, vi } from "vitest";

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
  vi.resetModules();
});

/** Runs a script of the app with what it is told. */
async function run(script: "countdown" | "restarted", told: unknown): Promise<void> {
  vi.stubGlobal("__HOLDFAST__", told);
  vi.resetModules();
  await (script === "countdown" ? import("../src/countdown") : import("../src/restarted"));
}

test("seconds are counted down over the page until the person says that they are there", async () => {
  const shown = () => document.querySelector("holdfast-countdown")?.shadowRoot?.querySelector("p")?.textContent;
  await run("countdown", { seconds: 2, language: "en" });
  expect(shown()).toBe("Are you still here? In 2 seconds everything you entered here will be cleared.");
  await run("countdown", { seconds: 1, language: "en" });
  expect(shown()).toBe("Are you still here? In 1 second everything you entered here will be cleared.");
  expect(document.querySelectorAll("holdfast-countdown")).toHaveLength(1);
  await run("countdown", { seconds: null, language: "en" });
  expect(shown()).toBeUndefined();
  await run("countdown", { seconds: 9, language: "de-AT" });
  expect(shown()).toContain("In 9 Sekunden");
  document.querySelector("holdfast-countdown")?.shadowRoot?.querySelector("button")?.click();
  expect(shown()).toBeUndefined();
});

test("a page that was restarted says so for a while", async () => {
  vi.useFakeTimers();
  const shown = () => document.querySelector("holdfast-bar")?.shadowRoot?.querySelector("[role=status]")?.textContent;
  await run("restarted", { language: "de" });
  vi.advanceTimersByTime(0);
  expect(shown()).toBe("Die Seite wurde neu gestartet.");
  vi.advanceTimersByTime(10_000);
  expect(shown()).toBeUndefined();
});
