// @vitest-environment jsdom
import { afterEach, expect, test, vi } from "vitest";
import type { AppVersion } from "../../src/app-types";
import { settle } from "../fakes";
import { FakeDoor } from "./fakes";
import { Opened, said } from "./opened";

let opened: Opened;

afterEach(() => {
  opened?.library.remove();
  vi.restoreAllMocks();
});

async function open(app: Partial<AppVersion>, language = "en-GB", change: (door: FakeDoor) => void = () => {}): Promise<void> {
  const door = new FakeDoor({ online: true, waiting: [], saved: [] });
  door.app = { ...door.app, ...app };
  change(door);
  opened = await Opened.at("settings", door, language);
}

const row = () => opened.one("holdfast-version").shadowRoot!;
/** What it says, without its style. */
const says = () =>
  [...row().querySelectorAll(".what, button, .message")]
    .map(said)
    .filter((text) => text !== "")
    .join(" ");
const button = () => row().querySelector("button");

async function press(): Promise<void> {
  button()!.click();
  await settle();
}

test("which version it is is said, and nothing more where nobody is asked", async () => {
  await open({});
  expect([says(), button()]).toEqual(["Version 1.2.3", null]);
  expect(opened.door.calls.flat()).not.toContain("lookForUpdate");
});

test("each state has its words and what can be done, in English and German", async () => {
  const states = ["unasked", "newest", "held", "ready", "failed"] as const;
  const all: string[][] = [];
  for (const language of ["en-GB", "de-DE"]) {
    for (const state of states) {
      await open({ state, next: "1.3.0" }, language);
      all.push([...row().querySelectorAll(".what, button")].map(said));
      opened.library.remove();
    }
  }
  expect(all).toEqual([
    ["Version 1.2.3", "Look for an update"],
    ["Version 1.2.3 Up to date.", "Look for an update"],
    ["Version 1.2.3 Version 1.3.0 is available. It is fetched once that costs nothing.", "Fetch it now"],
    ["Version 1.2.3 An update to version 1.3.0 is ready.", "Restart"],
    ["Version 1.2.3 Whether there is an update could not be found out.", "Try again"],
    ["Version 1.2.3", "Nach einem Update suchen"],
    ["Version 1.2.3 Auf dem neuesten Stand.", "Nach einem Update suchen"],
    ["Version 1.2.3 Version 1.3.0 ist verfügbar. Sie wird geholt, sobald das nichts kostet.", "Jetzt holen"],
    ["Version 1.2.3 Ein Update auf Version 1.3.0 ist bereit.", "Neu starten"],
    ["Version 1.2.3 Ob es ein Update gibt, ließ sich nicht feststellen.", "Noch einmal versuchen"],
  ]);
});

test("what is under way when the settings are opened is waited for", async () => {
  await open({ state: "fetching", next: "1.3.0" }, "en-GB", (door) => {
    door.found = { version: "1.2.3", state: "ready", next: "1.3.0" };
  });
  expect([says(), opened.door.calls.at(-1)]).toEqual(["Version 1.2.3 An update to version 1.3.0 is ready. Restart", ["lookForUpdate"]]);
});

test("looking for an update says what has come of it", async () => {
  await open({ state: "unasked" });
  await press();
  expect([says(), opened.door.calls.at(-1)]).toEqual(["Version 1.2.3 Up to date. Look for an update", ["lookForUpdate"]]);
});

test("what keeps an update from being installed is said, and it stays ready", async () => {
  vi.spyOn(console, "warn").mockReturnValue();
  await open({ state: "ready", next: "1.3.0" });
  const after = async (obstacle: FakeDoor["obstacle"]) => {
    opened.door.obstacle = obstacle;
    await press();
    return said(row().querySelector(".message")!);
  };
  expect(await after("sending")).toBe("Something is being sent. Try again in a moment.");
  expect(await after("saving")).toBe("A page is being saved. Try again once that is done.");
  expect(await after("entered")).toBe("Something is entered on a page and not sent. Send it or take it back, then try again.");
  opened.door.broken = "installUpdate";
  expect(await after(null)).toBe("The update could not be installed. The app goes on as it is.");
  opened.door.broken = null;
  expect(await after(null)).toBe("");
  expect([said(button()!), opened.door.calls.at(-1)]).toEqual(["Restart", ["installUpdate"]]);
});
