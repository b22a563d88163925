// @vitest-environment jsdom
// @vitest-environment-options {"url": "https://polls.localhost/polls/"}
import { expect, test } from "vitest";
import { installLinks } from "../src/links";
import { siteOf } from "../src/site";
import { jsdomWindow, SITE } from "./fakes";

test("links to the site's real address lead into the app when they are followed", () => {
  const window = jsdomWindow();
  installLinks(window, siteOf(document, SITE)!);
  // jsdom cannot navigate; this listener comes after the one that is tested.
  window.addEventListener("click", (event) => event.preventDefault());
  const check = (markup: string, expected: string | null) => {
    document.body.innerHTML = markup;
    document.querySelector<HTMLElement>("b")!.click();
    expect(document.querySelector("a")!.getAttribute("href"), markup).toBe(expected);
  };

  check(`<a href="${SITE}/polls/1/?x#y"><b>x</b></a>`, "https://polls.localhost/polls/1/?x#y");
  check("<a href='/polls/1/'><b>x</b></a>", "/polls/1/");
  check("<a href='https://example.org/'><b>x</b></a>", "https://example.org/");
  check("<a><b>x</b></a>", null);
  check(`<a href="${SITE}/"></a><b>x</b>`, `${SITE}/`);
});

test("a link whose click the site handles itself is left alone", () => {
  document.body.innerHTML = `<a href="${SITE}/">x</a>`;
  const link = document.querySelector("a")!;
  link.addEventListener("click", (event) => event.preventDefault());
  link.click();
  expect(link.href).toBe(`${SITE}/`);
});
