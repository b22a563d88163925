// @vitest-environment jsdom
// @vitest-environment-options {"url": "https://polls.localhost/polls/1/?a=b"}
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Facts, type PageFacts } from "../src/facts";
import { Patching, TEXT, type Patch } from "../src/patching";
import { bring } from "../src/parts";
import { pageFacts, settle } from "./fakes";

const patch = vi.fn<Patch>();
const loadPart = vi.fn<() => Promise<void>>();
const fetched = vi.fn<typeof fetch>();
const page = { headers: { "Content-Type": "text/html; charset=utf-8" } };

beforeEach(() => {
  vi.stubGlobal("fetch", fetched);
  fetched.mockReset().mockImplementation(() => Promise.resolve(new Response("<p>new", page)));
  patch.mockReset().mockResolvedValue(pageFacts({ source: "store", storedAtMs: 2 }));
  loadPart.mockReset().mockImplementation(() => {
    bring("patch", patch);
    return Promise.resolve();
  });
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
  document.body.innerHTML = "";
  document.documentElement.removeAttribute("data-holdfast-no-patch");
});

function patching(facts: Partial<PageFacts> = {}): [Patching, Facts] {
  const tag = document.createElement("script");
  tag.id = "holdfast-page";
  tag.type = "application/json";
  tag.textContent = JSON.stringify(pageFacts({ source: "store", storedAtMs: 1, because: "slow", cookies: "a=1", ...facts }));
  document.head.append(tag);
  const known = new Facts(document);
  const made = new Patching(Object.assign(window, { fetch: fetched }) as Window & typeof globalThis, known, { loadPart });
  made.settle();
  return [made, known];
}

test("the page's own address is asked of the store, as a page", async () => {
  const [made, facts] = patching();
  expect(await made.run()).toBe(true);
  const [address, init] = fetched.mock.calls[0]!;
  const headers = new Headers(init!.headers);
  expect(address).toBe("/polls/1/?a=b");
  expect([headers.get("Cache-Control"), headers.get("Accept")?.split(",")[0]]).toEqual(["only-if-cached", "text/html"]);
  expect(patch.mock.calls[0]).toMatchObject([{ live: document }, "<p>new"]);
  // The page is as old as what it shows, and keeps what else is known of it.
  expect(facts.get()).toMatchObject({ storedAtMs: 2, because: null, cookies: "a=1" });
});

test("versions come one after another", async () => {
  const [made] = patching();
  let finish = (_facts: PageFacts | null) => {};
  patch.mockImplementationOnce(() => new Promise((resolve) => (finish = resolve)));
  const both = Promise.all([made.run(), made.run()]);
  await settle();
  expect(fetched).toHaveBeenCalledOnce();
  finish(null);
  expect(await both).toEqual([false, true]);
});

test("what scripts change is known to the patch, and what the patch changes is not", async () => {
  const element = document.body.appendChild(document.createElement("p"));
  const [made] = patching();
  element.hidden = true;
  await settle();
  element.textContent = "a script's";
  patch.mockImplementation(async ({ known, unseen }) => {
    unseen(() => (element.id = "patched"));
    return known;
  });
  await made.run();
  await made.run();
  expect(patch.mock.calls[1]![0].touched.get(element)).toEqual(new Set(["hidden", TEXT]));
});

test("a page that does not want it, or that is no copy, is left alone", async () => {
  expect(await patching({ source: "network" })[0].run()).toBe(false);
  document.documentElement.setAttribute("data-holdfast-no-patch", "");
  expect(await patching()[0].run()).toBe(false);
  expect(fetched).not.toHaveBeenCalled();
});

test("whatever goes wrong, the page stays and it is said", async () => {
  const warn = vi.spyOn(console, "warn").mockReturnValue();
  const [made] = patching();
  fetched.mockRejectedValueOnce(new TypeError("no"));
  expect(await made.run()).toBe(false);
  fetched.mockResolvedValueOnce(new Response("", { ...page, status: 504 }));
  expect(await made.run()).toBe(false);
  fetched.mockResolvedValueOnce(new Response("{}", { headers: { "Content-Type": "application/json" } }));
  expect(await made.run()).toBe(false);
  expect(patch).not.toHaveBeenCalled();
  patch.mockRejectedValueOnce(new Error("no"));
  expect(await made.run()).toBe(false);
  patch.mockResolvedValueOnce(null);
  expect(await made.run()).toBe(false);
  loadPart.mockRejectedValueOnce(new Error("no"));
  expect(await made.run()).toBe(false);
  expect(warn).toHaveBeenCalledTimes(2);
  expect(await made.run()).toBe(true);
});

test("a script that never comes is not waited for", async () => {
  vi.useFakeTimers();
  const [made] = patching();
  loadPart.mockResolvedValueOnce();
  const done = made.run();
  await vi.advanceTimersByTimeAsync(5_000);
  expect(await done).toBe(false);
});
