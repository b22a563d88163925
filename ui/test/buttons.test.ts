// @vitest-environment jsdom
import { beforeEach, expect, test } from "vitest";
import { SubmitButtons } from "../src/buttons";
import { settle } from "./fakes";

let buttons: SubmitButtons;

beforeEach(() => {
  buttons?.open();
  document.body.innerHTML = `
    <form class=site>
      <button id=plain title=mine></button><input type=submit id=input><input type=image id=image>
      <button id=closed disabled title=theirs></button>
      <button type=button id=other></button><button type=reset id=reset></button>
    </form>
    <form><button id=elsewhere></button></form><button id=lonely></button>
    <button id=outside form=named></button><form class=site id=named></form>`;
  buttons = new SubmitButtons(document, (form) => form.className === "site");
});

const closed = () => [...document.querySelectorAll<HTMLButtonElement>(":disabled")].map(({ id }) => id).sort();
const byId = (id: string) => document.getElementById(id) as HTMLButtonElement;

test("what would send something to the site is closed while offline, with the reason", () => {
  buttons.close("offline");
  expect(closed()).toEqual(["closed", "image", "input", "outside", "plain"]);
  expect([byId("plain").title, byId("plain").getAttribute("aria-disabled")]).toEqual(["offline", "true"]);
  expect([byId("closed").title, byId("closed").hasAttribute("aria-disabled")]).toEqual(["theirs", false]);
});

test("exactly those are opened again", () => {
  buttons.close("offline");
  buttons.close("offline");
  buttons.open();
  expect(closed()).toEqual(["closed"]);
  expect([byId("plain").title, byId("plain").hasAttribute("aria-disabled")]).toEqual(["mine", false]);
  expect(byId("input").hasAttribute("title")).toBe(false);
});

test("forms that arrive are closed too, but only while offline", async () => {
  const arrive = async (id: string) => {
    document.body.insertAdjacentHTML("beforeend", `<div><form class=site><button id=${id}></button></form></div>`);
    await settle();
    return byId(id).disabled;
  };
  expect(await arrive("before")).toBe(false);
  buttons.close("offline");
  expect(await arrive("during")).toBe(true);
  buttons.open();
  expect(await arrive("after")).toBe(false);
  expect(byId("during").disabled).toBe(false);
});

test("what a script of the page opens is closed again, but only while offline", async () => {
  const opened = async (id: string) => {
    byId(id).disabled = false;
    await settle();
    return !byId(id).disabled;
  };
  buttons.close("offline");
  expect(await opened("plain")).toBe(false);
  expect(await opened("closed")).toBe(false);
  expect(await opened("elsewhere")).toBe(true);
  buttons.open();
  expect(await opened("plain")).toBe(true);
  expect(byId("plain").title).toBe("mine");
});
