import { beforeEach, expect, test } from "vitest";
import { installConstructors, withPrelude } from "../src/workers";
import { APP, SITE, siteAt } from "./fakes";

class Constructed {
  constructor(
    readonly address: string | URL,
    readonly options?: unknown,
  ) {}
}

let realm: typeof globalThis;
let made: Map<string, Blob>;

beforeEach(() => {
  made = new Map();
  const addresses = {
    createObjectURL: (blob: Blob) => {
      const address = `blob:${APP}/${made.size}`;
      made.set(address, blob);
      return address;
    },
    revokeObjectURL: () => {},
  };
  realm = {
    Worker: class Worker extends Constructed {},
    SharedWorker: class SharedWorker extends Constructed {},
    EventSource: class EventSource extends Constructed {},
    URL: addresses,
    Blob,
  } as unknown as typeof globalThis;
  installConstructors(realm, siteAt(), "prelude();");
});

const address = (instance: unknown) => String((instance as Constructed).address);

test("the parameter is added and everything else stays", () => {
  const check = (given: string, expected: string) => expect(withPrelude(given)).toBe(expected);
  check("/w.js", "/w.js?holdfast-worker");
  check("/w.js?", "/w.js?&holdfast-worker");
  check("/w.js?a=%20+b", "/w.js?a=%20+b&holdfast-worker");
  check("/w.js?a#b#c", "/w.js?a&holdfast-worker#b#c");
});

test("workers of the site start with the prelude, others as they are", () => {
  const check = (given: string | URL, expected: string) => {
    expect(address(new realm.Worker(given))).toBe(expected);
    expect(address(new realm.SharedWorker(given))).toBe(expected);
  };
  check("w.js", `${APP}/polls/w.js?holdfast-worker`);
  check(`${SITE}/w.js`, `${APP}/w.js?holdfast-worker`);
  check("https://example.org/w.js", "https://example.org/w.js");
  check("data:text/javascript,x", "data:text/javascript,x");
  check(`blob:${APP}/unknown`, `blob:${APP}/unknown`);
});

test("a worker made of a blob starts with the prelude too, even when its address is revoked at once", async () => {
  const script = realm.URL.createObjectURL(new Blob(["work();"], { type: "text/javascript" }));
  const worker = new realm.Worker(script, { type: "module" });
  const again = new realm.SharedWorker(script);
  realm.URL.revokeObjectURL(script);
  const whole = made.get(address(worker))!;
  expect([await whole.text(), whole.type]).toEqual(["prelude();\nwork();", "text/javascript"]);
  expect((worker as unknown as Constructed).options).toEqual({ type: "module" });
  expect(address(again)).toBe(address(worker));
  expect(address(new realm.Worker(script))).toBe(script);
});

test("event streams of the site's real address come through the app", () => {
  expect(address(new realm.EventSource(`${SITE}/events?x`))).toBe(`${APP}/events?x`);
  expect(address(new realm.EventSource("/events"))).toBe("/events");
  expect(address(new realm.EventSource("https://example.org/events"))).toBe("https://example.org/events");
});

test("the constructors still look like themselves", () => {
  const worker = new realm.Worker("w.js");
  expect(worker).toBeInstanceOf(realm.Worker);
  expect([worker.constructor === realm.Worker, realm.Worker.name]).toEqual([true, "Worker"]);
});
