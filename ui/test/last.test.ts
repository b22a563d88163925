// @vitest-environment jsdom
import { expect, test } from "vitest";
import { hearLast } from "../src/last";

test("an event is heard after every listener of the page, also one that came later", () => {
  const heard: string[] = [];
  hearLast(window, "click", ({ defaultPrevented }) => heard.push(`last ${defaultPrevented}`));
  document.body.click();
  window.addEventListener("click", (event) => {
    heard.push("page");
    event.preventDefault();
  });
  document.body.click();
  window.addEventListener("click", () => heard.push("later"));
  window.dispatchEvent(new Event("click", { cancelable: true }));
  expect(heard).toEqual(["last false", "page", "last true", "page", "later", "last true"]);
});
