// @vitest-environment jsdom
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Cookies, defineCookie, withCookie } from "../src/cookies";
import type { Facts } from "../src/facts";
import { FakeDoor, pageFacts, settle, siteAt } from "./fakes";

const NOW = Date.UTC(2026, 4, 3);

test("setting a cookie shows it as a browser would", () => {
  const check = (current: string, cookie: string, expected: string) =>
    expect(withCookie(current, cookie, "/polls/1/", NOW), cookie).toBe(expected);

  check("", "a=1", "a=1");
  check("a=1", "b=2", "a=1; b=2");
  check("a=1; b=2", "a=3", "a=3; b=2");
  check("a=1; b=2", "a=; max-age=0", "b=2");
  check("a=1; b=2", "a=x; Max-Age=-5", "b=2");
  check("a=1", "a=2; max-age=60; expires=Thu, 01 Jan 1970 00:00:00 GMT", "a=2");
  check("a=1; b=2", "b=; expires=Thu, 01 Jan 1970 00:00:00 GMT", "a=1");
  check("a=1", "a=2; expires=Thu, 01 Jan 2099 00:00:00 GMT; path=/", "a=2");
  check("a=1", "a=2; expires=whenever", "a=2");
  check("a=1", " a = x=y ; secure", "a=x=y");
  check("a=1", "b=2; path=/polls", "a=1; b=2");
  check("a=1", "b=2; path=/pol", "a=1");
  check("a=1", "b=2; path=/admin/", "a=1");
  check("a=1", "b=2; path=relative", "a=1; b=2");
  check("a=1", "b=2; HttpOnly", "a=1");
  check("a=1", "lonely", "a=1; lonely");
  check("a=1; lonely", "other", "a=1; other");
  check("a=1", "=", "a=1");
  check("a=1", "", "a=1");
  check("a=1", "b=\u0000", "a=1");
  check("a=1", `b=${"x".repeat(4096)}`, "a=1");
});

function cookiesOf(door: FakeDoor): Cookies {
  return new Cookies({ get: () => pageFacts({ cookies: "csrftoken=abc" }) } as Facts, door, siteAt());
}

describe("the page's cookies", () => {
  test("are those of the page's facts until something changes", () => {
    expect(cookiesOf(new FakeDoor()).get()).toBe("csrftoken=abc");
  });

  test("show a new one at once, and then what the jar says", async () => {
    const door = new FakeDoor();
    door.jar = () => "csrftoken=abc; a=from-jar";
    const cookies = cookiesOf(door);
    cookies.set("a=1; path=/");
    expect(cookies.get()).toBe("csrftoken=abc; a=1");
    await cookies.settled();
    expect(cookies.get()).toBe("csrftoken=abc; a=from-jar");
    expect(door.cookies).toEqual(["a=1; path=/"]);
  });

  test("are written one after the other, and only the last answer counts", async () => {
    const door = new FakeDoor();
    const answers: ((value: string) => void)[] = [];
    door.jar = () => new Promise((resolve) => answers.push(resolve));
    const cookies = cookiesOf(door);
    cookies.set("a=1");
    cookies.set("b=2");
    expect(door.cookies).toEqual(["a=1"]);
    answers[0]!("old");
    await settle();
    expect(cookies.get()).toBe("csrftoken=abc; a=1; b=2");
    expect(door.cookies).toEqual(["a=1", "b=2"]);
    answers[1]!("new");
    await cookies.settled();
    expect(cookies.get()).toBe("new");
    expect(cookies.settled()).toBeNull();
  });

  test("take over what a response says, decoded", () => {
    const cookies = cookiesOf(new FakeDoor());
    cookies.take((name) => (name === "Holdfast-Cookies" ? "a%3D1%3B%20b%3D2" : null));
    expect(cookies.get()).toBe("a=1; b=2");
    cookies.take(() => null);
    expect(cookies.get()).toBe("a=1; b=2");
  });

  test("a refresh asks the jar and changes nothing", async () => {
    const door = new FakeDoor();
    door.jar = () => "signed=out";
    const cookies = cookiesOf(door);
    cookies.refresh();
    expect(cookies.get()).toBe("csrftoken=abc");
    await cookies.settled();
    expect([cookies.get(), door.cookies]).toEqual(["signed=out", [""]]);
  });

  test("a jar that refuses does not stop the page", async () => {
    const door = new FakeDoor();
    door.jar = () => Promise.reject(new Error("no"));
    const cookies = cookiesOf(door);
    cookies.set("a=1");
    await cookies.settled();
    expect(cookies.settled()).toBeNull();
  });

  test("an answer that never comes holds requests up for three seconds at most", async () => {
    vi.useFakeTimers();
    const door = new FakeDoor();
    door.jar = () => new Promise(() => {});
    const cookies = cookiesOf(door);
    cookies.set("a=1");
    await vi.advanceTimersByTimeAsync(2_999);
    expect(cookies.settled()).not.toBeNull();
    await vi.advanceTimersByTimeAsync(1);
    expect(cookies.settled()).toBeNull();
    vi.useRealTimers();
  });
});

describe("document.cookie", () => {
  const native = Object.getOwnPropertyDescriptor(Document.prototype, "cookie")!;
  let door: FakeDoor;

  beforeEach(() => {
    door = new FakeDoor();
    defineCookie(document, cookiesOf(door));
  });
  afterEach(() => Object.defineProperty(Document.prototype, "cookie", native));

  test("reads and writes the page's cookies", () => {
    document.cookie = "a=1";
    expect(document.cookie).toBe("csrftoken=abc; a=1");
    expect(door.cookies).toEqual(["a=1"]);
  });

  test("of a document made by a script is the webview's", () => {
    const other = document.implementation.createHTMLDocument();
    other.cookie = "a=1";
    expect(other.cookie).toBe("");
    expect(door.cookies).toEqual([]);
  });
});
