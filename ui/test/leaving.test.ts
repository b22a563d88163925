import { expect, test } from "vitest";
import { outliveThePage } from "../src/leaving";

test("only the commands of a page that goes away are marked to outlive it", () => {
  const asked: unknown[] = [];
  const fetch = (_: unknown, init?: RequestInit) => {
    asked.push(init?.keepalive ?? false);
    return Promise.resolve(new Response());
  };
  const realm = Object.assign(new EventTarget(), { fetch }) as unknown as Window & typeof globalThis;
  outliveThePage(realm);
  const ask = () => {
    void realm.fetch("ipc://localhost/submit", { method: "POST" });
    void realm.fetch("http://ipc.localhost/submit");
    void realm.fetch("polls://localhost/ipc://localhost/");
  };
  ask();
  realm.dispatchEvent(new Event("pagehide"));
  ask();
  realm.dispatchEvent(new Event("pageshow"));
  ask();
  expect(asked).toEqual([false, false, false, true, true, false, false, false, false]);
});
