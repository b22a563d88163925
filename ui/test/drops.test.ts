// @vitest-environment jsdom
import { expect, test } from "vitest";
import { installDrops } from "../src/drops";

test("what is dropped leads nowhere, unless there is a place for it", () => {
  installDrops(window);
  document.body.innerHTML = "<p>text</p><input type=file><textarea></textarea><div id=zone></div>";
  const seen: string[] = [];
  document.querySelector("#zone")!.addEventListener("drop", (event) => {
    event.preventDefault();
    seen.push("zone");
  });
  const isPrevented = (selector: string, name: string) => {
    const event = new Event(name, { bubbles: true, cancelable: true, composed: true });
    document.querySelector(selector)!.dispatchEvent(event);
    return event.defaultPrevented;
  };
  expect(["p", "body"].map((selector) => isPrevented(selector, "drop"))).toEqual([true, true]);
  expect(isPrevented("p", "dragover")).toBe(true);
  expect(["input", "textarea"].map((selector) => isPrevented(selector, "drop"))).toEqual([false, false]);
  expect(isPrevented("input", "dragover")).toBe(false);
  expect([isPrevented("#zone", "drop"), seen]).toEqual([true, ["zone"]]);
});
