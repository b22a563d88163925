import { describe, expect, test } from "vitest";
import { siteOf } from "../src/site";
import { addressed, SITE } from "./fakes";

describe.each(["polls://localhost", "https://polls.localhost"])("inside %s", (app) => {
  const site = siteOf(addressed(`${app}/polls/?page=2`), SITE)!;

  test("addresses of the site resolve into the app, others do not", () => {
    const check = (address: string, expected: string | null) =>
      expect(site.resolve(address)?.href ?? null, address).toBe(expected === null ? null : app + expected);

    check("/polls/1/", "/polls/1/");
    check("1/vote/", "/polls/1/vote/");
    check("?a=b#c", "/polls/?a=b#c");
    check("", "/polls/?page=2");
    check(`${app}/x`, "/x");
    check(`${SITE}/x?y#z`, "/x?y#z");
    check("http://127.0.0.1:8001/x", null);
    check("https://127.0.0.1:8000/x", null);
    check("https://example.org/", null);
    check("ipc://localhost/submit", null);
    check("data:text/plain,x", null);
    check("http://[", null);
  });

  test("only the real address is one that has to move", () => {
    expect(site.moved(`${SITE}/x`)?.href).toBe(`${app}/x`);
    expect(site.moved("/x")).toBeNull();
    expect(site.moved(`${app}/x`)).toBeNull();
  });
});

test("a blank frame is at home where its parent is", () => {
  const frame = { URL: "about:srcdoc", baseURI: "polls://localhost/polls/" } as Document;
  const site = siteOf(frame, SITE)!;
  expect([site.app, site.page(), site.resolve("x")?.href]).toEqual([
    "polls://localhost",
    "polls://localhost/polls/",
    "polls://localhost/polls/x",
  ]);
});

test("a document without an address has no site", () => {
  expect(siteOf(addressed("about:blank"), SITE)).toBeNull();
  expect(siteOf(addressed("data:text/html,x"), SITE)).toBeNull();
});
