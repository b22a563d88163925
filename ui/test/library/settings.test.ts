// @vitest-environment jsdom
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Choosable } from "../../src/app-types";
import { settle } from "../fakes";
import { FakeDoor, NOW, SETTINGS } from "./fakes";
import { Opened, said } from "./opened";

let opened: Opened;

beforeEach(() => vi.useFakeTimers({ now: NOW, toFake: ["Date"] }));
afterEach(() => {
  opened?.library.remove();
  vi.useRealTimers();
  vi.restoreAllMocks();
});

async function open(settings: Partial<Choosable> = {}, language = "en-GB"): Promise<void> {
  const door = new FakeDoor({ online: true, waiting: [], saved: [] });
  door.chosen = { ...door.chosen, ...settings };
  opened = await Opened.at("settings", door, language);
}

const select = (id: string) => opened.one(`#${id}`) as HTMLSelectElement;
const checkbox = (id: string) => opened.one(`#${id}`) as HTMLInputElement;
const message = () => opened.says(".message")[0];

async function choose(id: string, value: string): Promise<void> {
  select(id).value = value;
  select(id).dispatchEvent(new Event("change"));
  await settle();
}

test("each setting has a name and shows what is chosen", async () => {
  await open();
  expect(opened.says("label")).toEqual(["Language", "Notifications", "Quiet hours", "Refresh saved pages", "Refresh on metered connections", "Refresh while the battery is low", "Start at login"]);
  expect([...select("language").options].map(({ text }) => text)).toEqual(["As the system", "English", "Deutsch"]);
  expect([...select("refreshEvery").options].map(({ text }) => text)).toEqual(["Every hour", "Every 6 hours", "Once a day", "Only when I ask for it"]);
  expect([select("language").value, select("refreshEvery").value]).toEqual(["system", "6h"]);
  expect(["notifications", "refreshesOnMetered", "startAtLogin"].map((id) => checkbox(id).checked)).toEqual([true, false, false]);
});

test("what the system has not is not offered", async () => {
  await open({ startAtLogin: null });
  expect(opened.all("#startAtLogin")).toEqual([]);
});

test("German is spoken where the system does, and where it is chosen", async () => {
  await open({}, "de-AT");
  expect([said(opened.one("h1")), opened.says("label")[3]]).toEqual(["Einstellungen", "Gespeicherte Seiten aktualisieren"]);
  opened.library.remove();
  await open({ language: "de" });
  expect(said(opened.one("h1"))).toBe("Einstellungen");
  opened.library.remove();
  await open({ language: "en" }, "de-AT");
  expect(said(opened.one("h1"))).toBe("Settings");
});

test("each change is kept at once, and that is said", async () => {
  await open();
  checkbox("notifications").click();
  await settle();
  expect([opened.door.calls.at(-1), message()]).toEqual([["changeSettings", expect.objectContaining({ ...SETTINGS, notifications: false })], "Changed."]);
  await choose("refreshEvery", "never");
  expect(opened.door.calls.at(-1)).toEqual(["changeSettings", expect.objectContaining({ ...SETTINGS, notifications: false, refreshEvery: "never" })]);
});

test("another language is spoken at once", async () => {
  await open();
  await choose("language", "de");
  expect([said(opened.one("h1")), message(), document.title, document.documentElement.lang]).toEqual(["Einstellungen", "Geändert.", "Bibliothek", "de"]);
  expect(said(opened.frame("nav")!)).toBe("↓ Gespeichert ⇡ Ausstehend ◔ Speicher ≡ Aktivität ⚙ Einstellungen");
  await choose("language", "system");
  expect([said(opened.one("h1")), document.documentElement.lang]).toEqual(["Settings", "en"]);
});

test("two changes at once are both kept", async () => {
  await open();
  checkbox("notifications").click();
  checkbox("refreshesOnMetered").click();
  await settle();
  expect(opened.door.calls.at(-1)).toEqual(["changeSettings", expect.objectContaining({ ...SETTINGS, notifications: false, refreshesOnMetered: true })]);
  expect([checkbox("notifications").checked, checkbox("refreshesOnMetered").checked]).toEqual([false, true]);
});

test("a change that fails is put back, and that is said", async () => {
  vi.spyOn(console, "warn").mockReturnValue();
  await open();
  opened.door.broken = "changeSettings";
  checkbox("startAtLogin").click();
  await choose("language", "de");
  expect([checkbox("startAtLogin").checked, select("language").value, message()]).toEqual([false, "system", "This could not be changed. It is as before."]);
  opened.door.broken = null;
  checkbox("startAtLogin").click();
  await settle();
  expect([checkbox("startAtLogin").checked, message()]).toEqual([true, "Changed."]);
});

test("settings that cannot be read can be asked for again, and the rest works without", async () => {
  vi.spyOn(console, "warn").mockReturnValue();
  const door = new FakeDoor({ online: true, waiting: [], saved: [] });
  door.broken = "settings";
  opened = await Opened.at("settings", door, "de-DE");
  expect(opened.says(".empty")).toEqual(["Die Einstellungen lassen sich nicht lesen. Noch einmal versuchen"]);
  await opened.click(".empty button");
  expect(message()).toBe("Die Einstellungen lassen sich nicht lesen.");
  door.broken = null;
  await opened.click(".empty button");
  expect([opened.says("label").length, message()]).toEqual([7, ""]);
});

test("a night is quiet from when to when the person likes", async () => {
  await open();
  expect(opened.all("#quiet-from")).toEqual([]);
  checkbox("quietHours").click();
  await settle();
  expect(opened.door.calls.at(-1)).toEqual(["changeSettings", expect.objectContaining({ quietHours: { from: "22:00", to: "07:00" } })]);
  expect([select("quiet-from").value, select("quiet-to").selectedOptions[0]!.text]).toEqual(["22:00", "07:00"]);
  await choose("quiet-to", "08:30");
  expect(opened.door.calls.at(-1)).toEqual(["changeSettings", expect.objectContaining({ quietHours: { from: "22:00", to: "08:30" } })]);
  checkbox("quietHours").click();
  await settle();
  expect(opened.door.calls.at(-1)).toEqual(["changeSettings", expect.objectContaining({ quietHours: null })]);
});

test("a time that no list has is kept, and times are written as people there do", async () => {
  await open({ quietHours: { from: "21:45", to: "06:00" } }, "en-US");
  expect([select("quiet-from").value, select("quiet-from").selectedOptions[0]!.text, select("quiet-from").options.length]).toEqual(["21:45", expect.stringMatching(/^9:45\sPM$/), 49]);
});

test("each kind of news can be left out, where the site has some", async () => {
  await open({ kinds: [{ name: "poll", label: "New polls" }, { name: "result", label: "Results" }], mutedKinds: ["result"] });
  expect([checkbox("kind-0").checked, checkbox("kind-1").checked]).toEqual([true, false]);
  checkbox("kind-0").click();
  await settle();
  expect(opened.door.calls.at(-1)).toEqual(["changeSettings", expect.objectContaining({ mutedKinds: ["result", "poll"] })]);
  checkbox("kind-1").click();
  await settle();
  expect(opened.door.calls.at(-1)).toEqual(["changeSettings", expect.objectContaining({ mutedKinds: ["poll"] })]);
  checkbox("notifications").click();
  await settle();
  expect(opened.all("#kind-0")).toEqual([]);
});

test("whether the app goes on without its window is asked where there is a tray", async () => {
  await open();
  expect(opened.all("#keepsRunning")).toEqual([]);
  opened.library.remove();
  await open({ canKeepRunning: true });
  checkbox("keepsRunning").click();
  await settle();
  expect(opened.door.calls.at(-1)).toEqual(["changeSettings", expect.objectContaining({ keepsRunning: false })]);
});
