// @vitest-environment jsdom
import { html } from "lit";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Waiting } from "../../src/app-types";
import { Library } from "../../src/library/frame";
import type { Menu } from "../../src/library/menu";
import { settle } from "../fakes";
import { FakeDoor, NOW, vote } from "./fakes";

let door: FakeDoor;
let library: Library;

// jsdom has dialogs, but none that can be opened.
HTMLDialogElement.prototype.showModal = function () {
  this.open = true;
};
HTMLDialogElement.prototype.close = function () {
  this.open = false;
  this.dispatchEvent(new Event("close"));
};

beforeEach(() => vi.useFakeTimers({ now: NOW, toFake: ["Date"] }));
afterEach(() => {
  library.remove();
  vi.useRealTimers();
  vi.restoreAllMocks();
});

async function open(waiting: Waiting[], online = false, language = "en-GB"): Promise<void> {
  door = new FakeDoor({ online, waiting, saved: [] });
  library = new Library();
  library.door = door;
  library.language = language;
  library.shown = "waiting";
  document.body.append(library);
  await settle();
}

const place = () => library.renderRoot.querySelector<HTMLElement & { renderRoot: ShadowRoot }>("holdfast-waiting")!.renderRoot;
const all = (selector: string) => [...place().querySelectorAll<HTMLElement>(selector)];
const one = (selector: string) => all(selector)[0]!;
const said = (element: Element) => element.textContent!.replace(/\s+/g, " ").trim();
const message = () => said(one("[role=status]"));
const menu = (at: number) => all("holdfast-menu")[at] as Menu;
const menuButton = (at: number) => menu(at).renderRoot.querySelector("button")!;
const entries = (at: number) => [...menu(at).renderRoot.querySelectorAll<HTMLElement>("[role=menuitem]")];

async function choose(at: number, name: string): Promise<void> {
  menuButton(at).click();
  await settle();
  entries(at).find((entry) => said(entry) === name)!.click();
  await settle();
}

async function answer(kind: "yes" | "no"): Promise<void> {
  one("holdfast-ask").shadowRoot!.querySelector<HTMLElement>(`.${kind}`)!.click();
  await settle();
}

test("each that waits is a row: what it is, how, when, how large, and what can be done", async () => {
  await open([vote(), vote({ key: "2", choice: "Tea", title: null, state: "changed", bytes: 300 })]);
  expect(all("li").map(said)).toEqual([
    "Vote for “Yes” · Is the sky blue? waiting for a connection 1 minute ago 1.3 kB Send now",
    "Vote for “Tea” ⚠ the choice has changed: please look 1 minute ago 300 bytes Edit",
  ]);
  expect(menuButton(1).getAttribute("aria-label")).toBe("More for Vote for “Yes” · Is the sky blue?");
});

test("German is spoken where the system does", async () => {
  await open([vote()], false, "de-DE");
  expect(said(one("h1"))).toBe("Ausstehend");
  expect(said(one("li"))).toBe("Stimme für „Yes“ · Is the sky blue? wartet auf eine Verbindung vor 1 Minute 1,3 kB Jetzt senden");
});

test("where nothing waits it says what would be here", async () => {
  await open([]);
  expect(said(one(".empty"))).toBe("Nothing is waiting. What you send while you are offline waits here until it has arrived.");
  expect(all("ul, header > button")).toEqual([]);
});

test("what changes is shown at once, and rows keep their focus", async () => {
  await open([vote(), vote({ key: "2" })]);
  const second = all("li button.main")[1]!;
  second.focus();
  door.listener({ online: true, waiting: [vote({ key: "2" })], saved: [] });
  await settle();
  expect(all("li").map(said)[0]).toContain("waiting to be sent");
  expect([all("li button.main")[0] === second, place().activeElement === second]).toEqual([true, true]);
});

describe("doing", () => {
  test("the main thing takes one click", async () => {
    await open([vote()]);
    one("li button.main").click();
    await settle();
    expect(door.calls.at(-1)).toEqual(["send", "1"]);
  });

  test("all can be sent, exported and imported at once", async () => {
    await open([vote(), vote({ key: "2", state: "expired" }), vote({ key: "3", isOwn: false }), vote({ key: "4", state: "refused" })]);
    one("header > button").click();
    await settle();
    expect([door.calls.at(-1), message()]).toEqual([["sendAll"], "Being sent: 2"]);
    await choose(0, "Export all");
    expect([door.calls.at(-1), message()]).toEqual([["exportTo", "1", "2"], "Saved as /home/a/Downloads/Polls.holdfast"]);

    const input = one("input") as HTMLInputElement;
    Object.defineProperty(input, "files", { value: [{ text: () => Promise.resolve("signed") }] });
    input.dispatchEvent(new Event("change"));
    await settle();
    expect([door.calls.at(-1), message()]).toEqual([["importFrom", "signed"], "New from the file: 1. Here already: 0."]);
  });

  test("the rest is in the menu of the row", async () => {
    await open([vote({ state: "needs-sign-in", canSignIn: true })]);
    one("li button.main").click();
    await settle();
    expect(door.calls.at(-1)).toEqual(["signIn", "1"]);
    await choose(1, "Edit");
    expect(door.calls.at(-1)).toEqual(["edit", "1"]);
    await choose(1, "Export");
    expect(door.calls.at(-1)).toEqual(["exportTo", "1"]);
  });

  test("discarding is asked about", async () => {
    await open([vote()]);
    await choose(1, "Discard");
    const dialog = one("holdfast-ask").shadowRoot!.querySelector("dialog")!;
    expect(said(dialog)).toBe("Discard this vote? It has not arrived. Discarded, it cannot be brought back. Keep Discard");
    await answer("no");
    expect([dialog.open, door.calls.length]).toEqual([false, 1]);
    await choose(1, "Discard");
    await answer("yes");
    expect(door.calls.at(-1)).toEqual(["discard", "1"]);
    expect(place().activeElement).toBe(one("h1"));
  });

  test("what may have arrived is sent again only after asking", async () => {
    await open([vote({ state: "uncertain" })]);
    one("li button.main").click();
    await settle();
    await answer("no");
    expect(door.calls.length).toBe(1);
    one("li button.main").click();
    await settle();
    await answer("yes");
    expect(door.calls.at(-1)).toEqual(["send", "1"]);
  });

  test("what fails is said in words", async () => {
    vi.spyOn(console, "warn").mockReturnValue();
    await open([vote()]);
    door.broken = "send";
    one("li button.main").click();
    await settle();
    expect(message()).toBe("This cannot be sent now.");
  });

  test("the site's answer is a page that can do nothing", async () => {
    await open([vote({ state: "refused", hasAnswer: true })]);
    one("li button.main").click();
    await settle();
    const root = one("holdfast-answer").shadowRoot!;
    const frame = root.querySelector("iframe")!;
    expect([frame.getAttribute("sandbox"), frame.srcdoc, frame.title]).toEqual(["", "<h1>No</h1>", "The site’s answer"]);
    root.querySelector("button")!.click();
    await settle();
    expect(root.querySelector("iframe")).toBeNull();

    door.kept = { isPage: false, text: "<b>no" };
    one("li button.main").click();
    await settle();
    expect(root.querySelector("pre")!.textContent).toBe("<b>no");
    root.querySelector("button")!.click();
    door.kept = null;
    one("li button.main").click();
    await settle();
    expect(message()).toBe("The answer is not kept any more.");
  });
});

test("the menu works by keys alone", async () => {
  await open([vote()]);
  const press = async (target: HTMLElement, key: string) => {
    target.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
    await settle();
  };
  const focused = () => said(menu(1).shadowRoot!.activeElement!);
  menuButton(1).focus();
  await press(menuButton(1), "ArrowDown");
  expect([menuButton(1).getAttribute("aria-expanded"), focused()]).toEqual(["true", "Edit"]);
  await press(entries(1)[0]!, "ArrowDown");
  expect(focused()).toBe("Export");
  await press(entries(1)[1]!, "End");
  expect(focused()).toBe("Discard");
  await press(entries(1)[2]!, "ArrowDown");
  expect(focused()).toBe("Edit");
  await press(entries(1)[0]!, "ArrowUp");
  expect(focused()).toBe("Discard");
  await press(entries(1)[2]!, "Home");
  await press(entries(1)[0]!, "Escape");
  expect([entries(1), menu(1).shadowRoot!.activeElement === menuButton(1)]).toEqual([[], true]);
  await press(menuButton(1), "ArrowUp");
  expect(focused()).toBe("Discard");
});

test("a Library that cannot be read says so", async () => {
  vi.spyOn(console, "warn").mockReturnValue();
  door = new FakeDoor({ online: true, waiting: [], saved: [] });
  door.broken = "opened";
  library = new Library();
  library.door = door;
  document.body.append(library);
  await settle();
  expect(said(library.renderRoot.querySelector("[role=alert]")!)).toBe("What waits cannot be read.");
});

test("it opens at what waits, if something does, or else at what is saved", async () => {
  const check = async (waiting: Waiting[], place: string) => {
    library = new Library();
    library.door = new FakeDoor({ online: true, waiting, saved: [] });
    document.body.append(library);
    await settle();
    expect(said(library.renderRoot.querySelector("[aria-current=page]")!)).toBe(place);
    // What comes later changes no place under the person's eyes.
    (library.door as FakeDoor).listener({ online: true, waiting: [], saved: [] });
    await settle();
    expect(said(library.renderRoot.querySelector("[aria-current=page]")!)).toBe(place);
    library.remove();
  };
  await check([vote()], "⇡ Waiting");
  await check([], "↓ Saved");
});

test("the way to the places is a list of buttons that says what it is", async () => {
  await open([], true, "de-DE");
  const nav = library.renderRoot.querySelector("nav")!;
  expect([nav.getAttribute("aria-label"), ...[...nav.querySelectorAll("button")].map(said)]).toEqual([
    "Bereiche", "↓ Gespeichert", "⇡ Ausstehend", "◔ Speicher", "≡ Aktivität", "⚙ Einstellungen",
  ]);
  for (const name of ["Gespeichert", "Speicher", "Aktivität", "Einstellungen"]) {
    const tab = [...nav.querySelectorAll("button")].find((button) => said(button).endsWith(name))!;
    tab.focus();
    tab.click();
    await settle();
    // Who goes on by keys goes on from there.
    expect(library.shadowRoot!.activeElement).toBe(tab);
    const place = library.renderRoot.querySelector("main > :not(p, .later)")!;
    expect(said(place.shadowRoot!.querySelector("h1")!)).toBe(name);
  }
});

test("one place needs no way to it; of several, the way says which is shown", async () => {
  await open([]);
  const tabs = () => [...library.renderRoot.querySelectorAll("nav button")] as HTMLElement[];
  const current = () => tabs().filter((tab) => tab.getAttribute("aria-current") === "page").map(said);
  expect(current()).toEqual(["⇡ Waiting"]);
  const draw = () => html`<p id="other">other</p>`;
  const places = library.places;
  library.places = [...places, { name: "library", sign: "", draw }];
  await settle();
  tabs().at(-1)!.click();
  await settle();
  expect(current()).toEqual(["Library"]);
  expect(library.renderRoot.querySelector("#other")).not.toBeNull();
  library.places = places.slice(0, 1);
  await settle();
  expect(library.renderRoot.querySelector("nav")).toBeNull();
});

describe("on a phone", () => {
  test("there is a way back to the site, once all is done that could be taken back", async () => {
    await open([vote()]);
    expect(library.renderRoot.querySelector(".back")).toBeNull();
    library.hasWayBack = true;
    await settle();
    const back = vi.spyOn(history, "back").mockImplementation(() => undefined);
    const button = library.renderRoot.querySelector<HTMLButtonElement>(".back")!;
    expect(button.textContent.trim()).toContain("Back to the site");
    button.click();
    await settle();
    expect(back).toHaveBeenCalledOnce();
  });

  test("it hears again of what changes when one comes back to it", async () => {
    await open([]);
    const opened = vi.spyOn(door, "opened");
    dispatchEvent(Object.assign(new Event("pageshow"), { persisted: false }));
    expect(opened).not.toHaveBeenCalled();
    dispatchEvent(Object.assign(new Event("pageshow"), { persisted: true }));
    await settle();
    expect(opened).toHaveBeenCalledOnce();
  });
});
