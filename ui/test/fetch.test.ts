import { beforeEach, describe, expect, test } from "vitest";
import { installFetch } from "../src/fetch";
import { rememberBodies } from "../src/request";
import type { Context } from "../src/submit";
import { APP, contextAround, FakeDoor, settle, SITE, siteAt } from "./fakes";

/** A window in which the webview's own `fetch` answers as told. */
class Realm {
  Request = class extends globalThis.Request {
    // Addresses are relative to the page, as they are in a window.
    constructor(input: RequestInfo | URL, init?: RequestInit) {
      super(typeof input === "object" && "url" in input ? input : new URL(String(input), `${APP}/polls/`), init);
    }
  } as typeof globalThis.Request;
  asked: { input: RequestInfo | URL; init: RequestInit | undefined }[] = [];
  response: () => Response = () => new Response("body");

  fetch = ((input: RequestInfo | URL, init?: RequestInit) => {
    this.asked.push({ input, init });
    const response = this.response();
    const url = typeof input === "object" && "url" in input ? input.url : String(input);
    return Promise.resolve(Object.defineProperty(response, "url", { value: url, configurable: true }));
  }) as typeof globalThis.fetch;
}

let door: FakeDoor;
let realm: Realm;
let native: typeof fetch;
let context: Context;

beforeEach(() => {
  door = new FakeDoor();
  realm = new Realm();
  native = realm.fetch;
  context = contextAround(door, siteAt());
  installFetch(realm, context, rememberBodies(realm));
});

/** A response with these headers and nothing else of note. */
function saying(status: number, headers: Record<string, string> = {}): () => Response {
  return () => new Response(status === 204 ? null : "body", { status, headers });
}

describe("reading", () => {
  test("goes to the webview as it is", async () => {
    const init = { headers: { a: "b" } };
    await realm.fetch("/polls/1/", init);
    expect(realm.asked).toEqual([{ input: "/polls/1/", init }]);
    expect(door.sent).toEqual([]);
  });

  test("of the site's real address comes through the app", async () => {
    await realm.fetch(`${SITE}/polls/?a=b`, { headers: { x: "1" } });
    const asked = realm.asked[0]!.input as Request;
    expect([asked.url, asked.headers.get("x")]).toEqual([`${APP}/polls/?a=b`, "1"]);
    await realm.fetch(new realm.Request(`${SITE}/x`, { headers: { x: "2" } }));
    const other = realm.asked[1]!.input as Request;
    expect([other.url, other.headers.get("x")]).toEqual([`${APP}/x`, "2"]);
  });

  test("of other sites is none of the app's business, whatever the method", async () => {
    await realm.fetch("https://example.org/x", { method: "POST", body: "x" });
    await realm.fetch("ipc://localhost/submit", { method: "POST", body: "x" });
    expect(realm.asked).toHaveLength(2);
    expect(door.sent).toEqual([]);
  });

  test("shows changed cookies before the script sees the response", async () => {
    realm.response = saying(200, { "Holdfast-Cookies": "a%3D1" });
    await realm.fetch("/x");
    expect(context.cookies.get()).toBe("a=1");
  });

  test("waits for cookies that were set before", async () => {
    let written = () => {};
    door.jar = () => new Promise((resolve) => (written = () => resolve("")));
    context.cookies.set("a=1");
    const reading = realm.fetch("/x");
    await settle();
    expect(realm.asked).toEqual([]);
    written();
    await reading;
    expect(realm.asked).toHaveLength(1);
  });

  test("tells where redirects led, and so do clones", async () => {
    realm.response = saying(200, { "Holdfast-Location": "%2Fpolls%2F%3Fa%3D%C3%A4" });
    const response = await realm.fetch("/old");
    expect([response.url, response.redirected]).toEqual([`${APP}/polls/?a=%C3%A4`, true]);
    const clone = response.clone().clone();
    expect([clone.url, clone.redirected, await clone.text(), await response.text()]).toEqual([
      `${APP}/polls/?a=%C3%A4`, true, "body", "body",
    ]);
  });

  test("asks for bare redirects where the script wants to see them", async () => {
    realm.response = saying(302, { "Holdfast-Location": "%2Fnew" });
    const response = await realm.fetch("/old", { redirect: "manual" });
    expect((realm.asked[0]!.input as Request).headers.get("Holdfast-Redirect")).toBe("manual");
    expect([response.type, response.status, response.url, response.redirected, [...response.headers]]).toEqual([
      "opaqueredirect", 0, `${APP}/old`, false, [],
    ]);
    await expect(realm.fetch("/old", { redirect: "error" })).rejects.toThrow(TypeError);
    realm.response = saying(200);
    expect((await realm.fetch("/old", { redirect: "error" })).status).toBe(200);
  });
});

describe("sending", () => {
  test("goes through the door, and the answer is fetched natively", async () => {
    realm.response = saying(201, { "X-Site": "yes", "Holdfast-Cookies": "b%3D2" });
    door.answer = { kind: "answer", id: "42", url: "/polls/1/results/", redirected: true };
    const response = await realm.fetch("vote/", { method: "post", body: "x", headers: { "X-A": "1" } });
    expect(door.last).toEqual({
      method: "POST",
      url: `${APP}/polls/vote/`,
      headers: { "x-a": "1", "content-type": "text/plain;charset=UTF-8" },
      mode: "fetch",
      page: `${APP}/polls/`,
      body: "x",
    });
    expect(realm.asked.map(({ input }) => input)).toEqual([`${APP}/.holdfast/answer/42`]);
    expect([response.status, response.headers.get("X-Site"), response.url, response.redirected]).toEqual([
      201, "yes", `${APP}/polls/1/results/`, true,
    ]);
    expect(context.cookies.get()).toBe("b=2");
  });

  test("every submission has an identity of its own", async () => {
    await realm.fetch("/x", { method: "POST" });
    await realm.fetch("/x", { method: "POST" });
    const [one, other] = door.sent.map(({ submission }) => submission.id);
    expect(one).toMatch(/^[0-9a-f]{32}$/);
    expect(one).not.toBe(other);
  });

  test("keeps methods as the standard does", async () => {
    const check = async (method: string, expected: string) => {
      await realm.fetch("/x", { method });
      expect(door.last.method).toBe(expected);
    };
    await check("post", "POST");
    await check("Put", "PUT");
    await check("patch", "patch");
    await check("PATCH", "PATCH");
    await check("options", "OPTIONS");
    await check("REPORT", "REPORT");
    await expect(realm.fetch("/x", { method: "TRACE" })).rejects.toThrow(TypeError);
  });

  test("takes a body of any kind", async () => {
    const check = async (body: BodyInit | null, type: string | undefined, expected: string | RegExp) => {
      await realm.fetch("/x", { method: "POST", body });
      expect(door.last.headers["content-type"]).toEqual(type);
      expect(door.last.body).toMatch(expected);
    };
    await check(null, undefined, /^$/);
    await check("ä", "text/plain;charset=UTF-8", "ä");
    await check(new URLSearchParams("a=b"), "application/x-www-form-urlencoded;charset=UTF-8", "a=b");
    await check(new Blob(["x"], { type: "image/png" }), "image/png", "x");
    await check(new Blob(["x"]), undefined, "x");
    await check(new TextEncoder().encode("x"), undefined, "x");
    await check(new Blob(["stream"]).stream(), undefined, "stream");
  });

  test("a form with files travels as bytes, under the boundary it announces", async () => {
    const body = new FormData();
    body.append("f", new File(["content"], "n.txt", { type: "text/plain" }));
    await realm.fetch("/x", { method: "POST", body });
    const boundary = /boundary=(.+)$/.exec(door.last.headers["content-type"]!)![1];
    expect(door.last.body).toContain(`--${boundary}\r\n`);
    expect(door.last.body).toContain("content\r\n");
  });

  test("a Content-Type of the script stays", async () => {
    await realm.fetch("/x", { method: "POST", body: "{}", headers: { "content-type": "application/json" } });
    expect(door.last.headers).toEqual({ "content-type": "application/json" });
  });

  test("a Request brings its own body, files included", async () => {
    const check = async (body: BodyInit, expected: string | RegExp, change = (request: Request) => request) => {
      await realm.fetch(change(new realm.Request("/x", { method: "POST", body, headers: { "X-A": "1" } })));
      expect(door.last.headers["x-a"]).toBe("1");
      expect(door.last.body).toMatch(expected);
    };
    const form = new FormData();
    form.append("f", new File(["content"], "n.txt"));
    const blob = new Blob(["blob"]);
    await check("text", "text");
    await check(blob, "blob");
    await check(form, /\r\n\r\ncontent\r\n/);
    await check(form, /\r\n\r\ncontent\r\n/, (request) => request.clone());
    await check(blob, "blob", (request) => new realm.Request(request));
    await check(blob, "blob", (request) => new realm.Request("/y", request));
    await check(blob, "other", (request) => new realm.Request(request, { body: "other" }));
  });

  test("a Request's form is encoded under the boundary that its headers name", async () => {
    const form = new FormData();
    form.append("a", "1");
    const request = new realm.Request("/x", { method: "POST", body: form });
    await realm.fetch(request);
    expect(door.last.headers["content-type"]).toBe(request.headers.get("Content-Type"));
    expect(door.last.body).toContain(`--${/boundary=(.+)$/.exec(request.headers.get("Content-Type")!)![1]}--`);
  });

  test("a Request that was read already is refused", async () => {
    const request = new realm.Request("/x", { method: "POST", body: "x" });
    await request.text();
    await expect(realm.fetch(request)).rejects.toThrow(TypeError);
    expect(door.sent).toEqual([]);
  });

  test("init wins over the Request", async () => {
    const request = new realm.Request("/x", { method: "GET", headers: { a: "1" } });
    await realm.fetch(request, { method: "DELETE", headers: { b: "2" } });
    expect([door.last.method, door.last.headers]).toEqual(["DELETE", { b: "2" }]);
  });

  test("what got no answer is a network failure", async () => {
    door.answer = { kind: "unsent", because: "offline", message: "offline" };
    await expect(realm.fetch("/x", { method: "POST" })).rejects.toThrow(new TypeError("offline"));
    door.answer = Promise.reject(new Error("no such command"));
    await expect(realm.fetch("/x", { method: "POST" })).rejects.toThrow(TypeError);
    expect(realm.asked).toEqual([]);
  });

  test("waits for cookies that were set before", async () => {
    let written = () => {};
    door.jar = () => new Promise((resolve) => (written = () => resolve("")));
    context.cookies.set("a=1");
    const sending = realm.fetch("/x", { method: "POST" });
    await settle();
    expect(door.sent).toEqual([]);
    written();
    await sending;
    expect(door.sent).toHaveLength(1);
  });

  test("a script that gives up hears so at once", async () => {
    door.answer = new Promise(() => {});
    const control = new AbortController();
    const sending = realm.fetch("/x", { method: "POST", signal: control.signal });
    await settle();
    control.abort(new Error("enough"));
    await expect(sending).rejects.toThrow("enough");
    expect(door.sent).toHaveLength(1);
  });

  test("what a script gave up before it went out is not sent", async () => {
    const check = async (body: BodyInit, giveUp: (control: AbortController) => void) => {
      const control = new AbortController();
      const sending = realm.fetch("/x", { method: "POST", body, signal: control.signal });
      giveUp(control);
      await expect(sending).rejects.toThrow("aborted");
      expect(door.sent).toEqual([]);
    };
    await check("x", (control) => control.abort());
    await check(new Blob(["x"]), (control) => queueMicrotask(() => queueMicrotask(() => control.abort())));
    await expect(realm.fetch("/x", { method: "POST", signal: AbortSignal.abort() })).rejects.toThrow("aborted");
    expect(door.sent).toEqual([]);
  });

  test("redirects are left to the script where it asks for them", async () => {
    realm.response = saying(303, { "Holdfast-Location": "%2Fnew" });
    const response = await realm.fetch("/x", { method: "POST", redirect: "manual" });
    expect(door.last.headers["holdfast-redirect"]).toBe("manual");
    expect([response.type, response.status]).toEqual(["opaqueredirect", 0]);
  });
});

test("fetch still looks like itself", () => {
  expect([realm.fetch.name, realm.fetch.length]).toEqual(["fetch", 1]);
  expect(realm.fetch).not.toBe(native);
  expect(new realm.Request("/x")).toBeInstanceOf(realm.Request);
  expect(realm.Request.prototype.constructor).toBe(realm.Request);
});
