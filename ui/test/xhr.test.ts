// @vitest-environment jsdom
import { beforeEach, describe, expect, test, vi } from "vitest";
import type { Answer } from "../src/door";
import type { Context } from "../src/submit";
import { installXhr } from "../src/xhr";
import { APP, contextAround, FakeDoor, settle, SITE, siteAt } from "./fakes";

/** What the webview's own object was asked for, and what it answers. */
class Network {
  asked: string[] = [];
  status = 200;
  headers: Record<string, string> = {};
}

/** A new class each time, because the shim changes its prototype. */
function fakeXhr(network: Network) {
  return class Xhr extends EventTarget {
    upload = new EventTarget();
    readyState = 0;
    status = 0;
    timeout = 0;
    response = "";
    #opened = "";
    #sent = false;
    #url = "";
    #headers: string[] = [];

    get responseURL(): string {
      return this.#url;
    }

    open(method: string, address: string | URL, ...rest: unknown[]): void {
      if (method === "TRACE") throw new DOMException("no", "SecurityError");
      this.#opened = `${method} ${String(address)}${rest[0] === false ? " sync" : ""}`;
      this.#sent = false;
      this.#headers = [];
      this.#url = "";
      if (this.readyState !== 1) this.#become(1);
    }

    setRequestHeader(name: string, value: string): void {
      if (this.readyState !== 1) throw new DOMException("no", "InvalidStateError");
      this.#headers.push(`${name}: ${value}`);
    }

    send(body: unknown = null): void {
      if (this.readyState !== 1 || this.#sent) throw new DOMException("no", "InvalidStateError");
      const opened = this.#opened;
      this.#sent = true;
      network.asked.push([opened, ...this.#headers, ...(body === null ? [] : [String(body)])].join(" | "));
      if (opened.endsWith(" sync")) return this.#finish();
      this.dispatchEvent(new ProgressEvent("loadstart"));
      queueMicrotask(() => {
        if (this.#sent && this.#opened === opened) this.#finish();
      });
    }

    abort(): void {
      if (this.#sent && this.readyState > 0 && this.readyState < 4) {
        this.#sent = false;
        this.#become(4);
        for (const type of ["abort", "loadend"]) this.dispatchEvent(new ProgressEvent(type));
      }
      if (this.readyState === 4) this.readyState = 0;
    }

    getResponseHeader(name: string): string | null {
      return this.readyState < 2 ? null : (network.headers[name] ?? null);
    }

    #finish(): void {
      this.status = network.status;
      this.#url = new URL(this.#opened.split(" ")[1]!, `${APP}/polls/`).href;
      this.response = "body";
      for (const state of [2, 3, 4]) this.#become(state);
      for (const type of ["load", "loadend"]) this.dispatchEvent(new ProgressEvent(type));
    }

    #become(state: number): void {
      this.readyState = state;
      this.dispatchEvent(new Event("readystatechange"));
    }
  } as unknown as typeof XMLHttpRequest;
}

let door: FakeDoor;
let network: Network;
let context: Context;
let Xhr: typeof XMLHttpRequest;

beforeEach(() => {
  door = new FakeDoor();
  network = new Network();
  context = contextAround(door, siteAt());
  const realm = { XMLHttpRequest: fakeXhr(network), Request: globalThis.Request };
  installXhr(realm, context);
  Xhr = realm.XMLHttpRequest;
});

const EVENTS = ["loadstart", "progress", "load", "error", "abort", "timeout", "loadend"];

/** An object whose events are written down, those of its upload with an arrow. */
function watched(): { xhr: XMLHttpRequest; log: string[] } {
  const xhr = new Xhr();
  const log: string[] = [];
  xhr.addEventListener("readystatechange", () => log.push(String(xhr.readyState)));
  for (const type of EVENTS) {
    xhr.addEventListener(type, () => log.push(type));
    xhr.upload.addEventListener(type, (event) => log.push(`↑${type} ${(event as ProgressEvent).loaded}`));
  }
  return { xhr, log };
}

test("reading goes to the webview", async () => {
  const { xhr, log } = watched();
  xhr.open("GET", "/polls/", true);
  xhr.setRequestHeader("X-A", "1");
  xhr.send();
  await settle();
  expect(network.asked).toEqual(["GET /polls/ | X-A: 1"]);
  expect(log.join(" ")).toBe("1 loadstart 2 3 4 load loadend");
  expect(xhr.responseURL).toBe(`${APP}/polls/`);
});

test("reading from the site's real address comes through the app", () => {
  const xhr = new Xhr();
  xhr.open("GET", `${SITE}/x?y`);
  xhr.send();
  expect(network.asked).toEqual([`GET ${APP}/x?y`]);
});

test("other sites are left alone, whatever the method", () => {
  const xhr = new Xhr();
  xhr.open("POST", "https://example.org/x");
  xhr.send("body");
  expect(network.asked).toEqual(["POST https://example.org/x | body"]);
  expect(door.sent).toEqual([]);
});

test("headers of the app are heard before the script's listeners", async () => {
  network.headers = { "Holdfast-Cookies": "a%3D1", "Holdfast-Location": "%2Fnew" };
  const xhr = new Xhr();
  const seen: string[] = [];
  xhr.addEventListener("readystatechange", () => seen.push(`${xhr.readyState} ${context.cookies.get()} ${xhr.responseURL}`));
  xhr.open("GET", "/old");
  xhr.send();
  await settle();
  expect(seen).toEqual(["1  ", `2 a=1 ${APP}/new`, `3 a=1 ${APP}/new`, `4 a=1 ${APP}/new`]);
});

test("sending goes through the door, and the answer is read natively", async () => {
  network.status = 201;
  door.answer = { kind: "answer", id: "42", url: "/landed/#part", redirected: true };
  const { xhr, log } = watched();
  xhr.open("post", "vote/#x");
  xhr.setRequestHeader("X-A", "1");
  xhr.setRequestHeader("x-a", "2");
  xhr.send("bödy");
  expect(log.join(" ")).toBe("1 loadstart ↑loadstart 0");
  await settle();
  expect(door.last).toEqual({
    method: "POST",
    url: `${APP}/polls/vote/#x`,
    headers: { "x-a": "1, 2", "content-type": "text/plain;charset=UTF-8" },
    mode: "fetch",
    page: `${APP}/polls/`,
    body: "bödy",
  });
  expect(network.asked).toEqual([`GET ${APP}/.holdfast/answer/42`]);
  expect(log.join(" ")).toBe("1 loadstart ↑loadstart 0 ↑progress 5 ↑load 5 ↑loadend 5 2 3 4 load loadend");
  expect([xhr.status, xhr.responseURL]).toEqual([201, `${APP}/landed/`]);
});

test("without a body there is no upload", async () => {
  const { xhr, log } = watched();
  xhr.open("DELETE", "/x");
  xhr.send();
  await settle();
  expect(door.last.method).toBe("DELETE");
  expect(log.filter((entry) => entry.startsWith("↑"))).toEqual([]);
});

test("a body may be anything", async () => {
  const check = async (body: Document | XMLHttpRequestBodyInit, type: string | RegExp | undefined, expected: string | RegExp) => {
    const xhr = new Xhr();
    xhr.open("POST", "/x");
    xhr.send(body);
    await settle();
    await settle();
    if (type === undefined) expect(door.last.headers).toEqual({});
    else expect(door.last.headers["content-type"]).toMatch(type);
    expect(door.last.body).toMatch(expected);
  };
  const form = new FormData();
  form.append("f", new File(["content"], "n.txt"));
  await check(form, /^multipart\/form-data; boundary=/, /\r\n\r\ncontent\r\n/);
  await check(new Blob(["x"], { type: "image/png" }), /^image\/png$/, /^x$/);
  await check(Uint8Array.of(97), undefined, /^a$/);
  await check(new DOMParser().parseFromString("<a/>", "application/xml"), /^application\/xml;charset=UTF-8$/, /^<a\/>$/);
  await check(
    new DOMParser().parseFromString("<!doctype html><p>ä", "text/html"),
    /^text\/html;charset=UTF-8$/,
    "<!DOCTYPE html><html><head></head><body><p>ä</p></body></html>",
  );
});

test("text is UTF-8, and a Content-Type that says otherwise is put right", async () => {
  const check = async (declared: string, expected: string) => {
    const xhr = new Xhr();
    xhr.open("POST", "/x");
    xhr.setRequestHeader("Content-Type", declared);
    xhr.send("x");
    await settle();
    expect(door.last.headers["content-type"]).toBe(expected);
  };
  await check("application/json", "application/json");
  await check("text/x; charset=iso-8859-1", "text/x; charset=UTF-8");
  await check('text/x;charset="latin1";a=b', "text/x;charset=UTF-8;a=b");
  await check("text/x; charset=utf-8", "text/x; charset=utf-8");
});

describe("what gets no answer", () => {
  const never = new Promise<Answer>(() => {});

  test("is an error", async () => {
    door.answer = { kind: "unsent", because: "offline", message: "" };
    const { xhr, log } = watched();
    const seen: number[] = [];
    xhr.onerror = () => seen.push(xhr.readyState, xhr.status);
    xhr.addEventListener("error", () => seen.push(xhr.readyState, xhr.status));
    xhr.open("POST", "/x");
    xhr.send("x");
    await settle();
    expect(log.join(" ")).toBe("1 loadstart ↑loadstart 0 ↑error 0 ↑loadend 0 4 error loadend");
    expect(seen).toEqual([4, 0]);
  });

  test("times out when the script said so", async () => {
    vi.useFakeTimers();
    door.answer = never;
    const { xhr, log } = watched();
    xhr.open("POST", "/x");
    xhr.timeout = 100;
    xhr.send("x");
    await vi.advanceTimersByTimeAsync(100);
    vi.useRealTimers();
    expect(log.join(" ")).toBe("1 loadstart ↑loadstart 0 ↑timeout 0 ↑loadend 0 4 timeout loadend");
  });

  test("can be aborted, and a late answer changes nothing", async () => {
    let answer = (_: Answer) => {};
    door.answer = new Promise((resolve) => (answer = resolve));
    const { xhr, log } = watched();
    xhr.open("POST", "/x");
    xhr.send("x");
    await settle();
    xhr.abort();
    const expected = "1 loadstart ↑loadstart 0 ↑abort 0 ↑loadend 0 4 abort loadend";
    expect(log.join(" ")).toBe(expected);
    answer({ kind: "answer", id: "1", url: "/", redirected: false });
    await settle();
    expect([log.join(" "), xhr.readyState]).toEqual([expected, 0]);
  });

  test("is forgotten when the script opens something else", async () => {
    let answer = (_: Answer) => {};
    door.answer = new Promise((resolve) => (answer = resolve));
    const xhr = new Xhr();
    xhr.open("POST", "/x");
    xhr.send("x");
    await settle();
    xhr.open("GET", "/y");
    xhr.send();
    answer({ kind: "answer", id: "1", url: "/", redirected: false });
    await settle();
    expect(network.asked).toEqual(["GET /y"]);
  });

  test("aborted while files are being read, is not sent", async () => {
    const xhr = new Xhr();
    xhr.open("POST", "/x");
    xhr.send(new Blob(["x"]));
    xhr.abort();
    await settle();
    await settle();
    expect(door.sent).toEqual([]);
  });
});

test("a request that is under way cannot be changed", () => {
  const xhr = new Xhr();
  xhr.open("POST", "/x");
  xhr.send("x");
  const invalid = expect.objectContaining({ name: "InvalidStateError" }) as Error;
  expect(() => xhr.send("y")).toThrow(invalid);
  expect(() => xhr.setRequestHeader("a", "b")).toThrow(invalid);
});

test("both wait for cookies that were set before", async () => {
  const written: (() => void)[] = [];
  door.jar = () => new Promise((resolve) => written.push(() => resolve("")));
  context.cookies.set("a=1");
  const { xhr: reading, log } = watched();
  reading.open("GET", "/x");
  reading.send();
  const sending = new Xhr();
  sending.open("POST", "/y");
  sending.send("y");
  await settle();
  expect([network.asked, door.sent]).toEqual([[], []]);
  written[0]!();
  await settle();
  expect(network.asked).toContain("GET /x");
  expect(door.sent).toHaveLength(1);
  expect(log.join(" ")).toBe("1 loadstart 2 3 4 load loadend");
});

test("synchronous requests stay native, but for those that would crash the webview", () => {
  const send = (body: XMLHttpRequestBodyInit) => {
    const xhr = new Xhr();
    xhr.open("POST", "/x", false);
    xhr.send(body);
  };
  send("text");
  expect(network.asked).toEqual(["POST /x sync | text"]);
  const refused = expect.objectContaining({ name: "NetworkError" }) as Error;
  expect(() => send(new Blob(["x"]))).toThrow(refused);
  expect(() => send(new FormData())).toThrow(refused);
  expect(door.sent).toEqual([]);
});

test("what the webview refuses to open stays refused", () => {
  const xhr = new Xhr();
  expect(() => xhr.open("TRACE", "/x")).toThrow("no");
  expect(() => xhr.send()).toThrow("no");
});
