// @vitest-environment jsdom
// @vitest-environment-options {"url": "https://polls.localhost/polls/"}
import { expect, test, vi } from "vitest";
import { bring } from "../src/parts";
import { hearWaiting, type OutboxEvent, type Surroundings } from "../src/waiting";
import { settle } from "./fakes";

test("offline, only the buttons are closed whose forms cannot wait", async () => {
  const invoke = () => Promise.resolve({ online: false, visitor: "", news: null });
  const tauri = { invoke, transformCallback: () => 1, unregisterCallback: () => {} };
  vi.stubGlobal("top", Object.assign(window, { __TAURI_INTERNALS__: tauri }));
  vi.stubGlobal("__HOLDFAST__", { origin: "http://127.0.0.1:8000", outbox: ["^/polls/([^/]+?)/vote/$"] });
  vi.stubGlobal("__HOLDFAST_PRELUDE__", "");
  vi.stubGlobal("Navigator", { prototype: { sendBeacon: () => true } });
  document.head.innerHTML = '<script type="application/json" id="holdfast-page">{"online":false}</script>';
  const form = (action: string) => `<form method="post" action="${action}"><button></button></form>`;
  document.body.innerHTML = form("/polls/1/vote/") + form("/polls/1/edit/");
  await import("../src/page");
  await settle();
  expect(Array.from(document.forms, (one) => one.querySelector("button")?.disabled)).toEqual([false, true]);
});

test("nothing is loaded before there is something to say, and then once", async () => {
  const hear = vi.fn();
  const loadPart = vi.fn(async () => bring("outbox", () => hear));
  const waiting = hearWaiting({ loadPart }, () => Promise.resolve({ window } as unknown as Surroundings));
  waiting({ type: "outbox", outbox: null });
  await settle();
  expect(loadPart).not.toHaveBeenCalled();

  const sent: OutboxEvent = { type: "sent", kind: "vote", choice: null };
  waiting(sent);
  waiting({ type: "outbox", outbox: null });
  await settle();
  expect(loadPart).toHaveBeenCalledOnce();
  expect(hear.mock.calls.map(([event]) => event)).toEqual([sent, { type: "outbox", outbox: null }]);
});

test("a part that did not come is asked for again", async () => {
  const loadPart = vi.fn(() => Promise.reject(new Error("no")));
  const waiting = hearWaiting({ loadPart }, () => Promise.resolve({ window } as unknown as Surroundings));
  const sent: OutboxEvent = { type: "sent", kind: "vote", choice: null };
  waiting(sent);
  await settle();
  waiting(sent);
  await settle();
  expect(loadPart).toHaveBeenCalledTimes(2);
});
