// @vitest-environment jsdom
import { beforeEach, expect, test } from "vitest";
import { show, type Problem } from "../src/problems";

function problem(change: Partial<Problem> = {}): Problem {
  return {
    file: "/etc/holdfast/site.toml",
    line: 12,
    column: 13,
    key: "route[0].strategy",
    message: "unknown strategy `cache-frist`",
    expected: "did you mean `cache-first`?",
    text: 'strategy  = "cache-frist"',
    ...change,
  };
}

beforeEach(() => {
  document.body.innerHTML = "<main></main>";
});

const texts = (selector: string) => [...document.querySelectorAll(selector)].map(({ textContent }) => textContent);

test("a problem is shown with its place, what was expected, and the line itself", () => {
  show(document, [problem()], "en-GB");
  expect([document.title, document.documentElement.lang]).toEqual(["Holdfast cannot read site.toml", "en"]);
  expect(texts("h1")).toEqual(["Holdfast cannot read site.toml"]);
  expect(texts("li p")).toEqual([
    "route[0].strategy: unknown strategy `cache-frist`",
    "Expected: did you mean `cache-first`?",
    "/etc/holdfast/site.toml, line 12, column 13",
  ]);
  expect(texts("pre")).toEqual(['12 | strategy  = "cache-frist"\n                 ^']);
  expect(document.querySelector("pre span")!.getAttribute("aria-hidden")).toBe("true");
});

test("German for those who speak it", () => {
  show(document, [problem()], "de-DE");
  expect(document.title).toBe("Holdfast kann site.toml nicht lesen");
  expect(texts(".place")).toEqual(["/etc/holdfast/site.toml, Zeile 12, Spalte 13"]);
});

test("what is not known is left out", () => {
  show(document, [problem({ line: null, column: null, key: null, expected: null, text: null })], "en");
  expect(texts("li p")).toEqual(["unknown strategy `cache-frist`", "/etc/holdfast/site.toml"]);
  expect(texts("pre")).toEqual([]);
  document.body.innerHTML = "<main></main>";
  show(document, [problem({ column: null })], "en");
  expect(texts("pre")).toEqual(['12 | strategy  = "cache-frist"\n']);
});

test("the marker stands under its character, after tabs and wide characters too", () => {
  show(document, [problem({ line: 3, text: '\tname = "😀x"', column: 11 })], "en");
  expect(texts("pre span")).toEqual(["    \t         ^"]);
});

test("text of the profile is never markup", () => {
  show(document, [problem({ message: "<b>bold</b>", text: "<script>" })], "en");
  expect(document.querySelector("b, pre script")).toBeNull();
});

test("what is stored by a newer version is said to be safe, and what to do", () => {
  const stored = problem({ file: "/home/a/store", line: null, column: null, key: null, expected: null, text: null, message: "was written by a newer version" });
  show(document, [stored], "en", "newer-state");
  expect([texts("h1"), texts("main > p")]).toEqual([["A newer version of this app was here"], [expect.stringMatching(/Nothing was changed, and nothing is lost: install the newer version again/)]]);
  expect(texts("li p")).toEqual(["was written by a newer version", "/home/a/store"]);
  document.body.innerHTML = "<main></main>";
  show(document, [stored], "de", "newer-state");
  expect(texts("main > p")).toEqual([expect.stringMatching(/Installieren Sie wieder die neuere Version/)]);
});

test("what is stored and cannot be opened is no mistake of the profile", () => {
  show(document, [problem({ file: "/home/a/store", line: null })], "en", "stored");
  expect([texts("h1"), texts("main > p")]).toEqual([["What is stored cannot be opened"], [expect.stringMatching(/^Nothing was changed\./)]]);
});

test("without a problem the page still says what is the matter", () => {
  show(document, [], "en");
  expect(texts("h1")).toEqual(["Holdfast cannot read the site profile"]);
});
