// @vitest-environment jsdom
import { afterEach, expect, test } from "vitest";
import { Facts } from "../src/facts";
import { pageFacts } from "./fakes";

function loading(): void {
  Object.defineProperty(document, "readyState", { value: "loading", configurable: true });
}

function tag(text: string, name = "script"): Element {
  const element = document.createElement(name);
  element.id = "holdfast-page";
  element.setAttribute("type", "application/json");
  element.textContent = text;
  return document.head.appendChild(element);
}

afterEach(() => {
  Reflect.deleteProperty(document, "readyState");
  document.head.innerHTML = "";
});

test("facts are read once, and their tag goes away", () => {
  const facts = new Facts(document);
  const given = pageFacts({ source: "store", storedAtMs: 5, cookies: "a=<1>" });
  tag(JSON.stringify(given));
  expect(facts.get()).toEqual(given);
  expect(document.getElementById("holdfast-page")).toBeNull();
  expect(facts.get()).toEqual(given);
});

test("while the document loads, facts may still come", () => {
  loading();
  const facts = new Facts(document);
  expect(facts.get()).toBeNull();
  const half = tag('{"source":"sto');
  expect(facts.get()).toBeNull();
  half.textContent = '{"source":"store"}';
  expect(facts.get()?.source).toBe("store");
});

test("a document without a tag is what it seems", () => {
  const expected = { source: "network", storedAtMs: null, because: null, online: true, cause: null, cookies: "" };
  expect(new Facts(document).get()).toMatchObject(expected);
  tag("no JSON");
  expect(new Facts(document).get()).toMatchObject(expected);
});

test("an element of the site with that name is not the tag", () => {
  tag('{"cookies":"x"}', "div");
  expect(new Facts(document).get()?.cookies).toBe("");
});
