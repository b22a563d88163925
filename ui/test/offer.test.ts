// @vitest-environment jsdom
// @vitest-environment-options {"url": "https://polls.localhost/polls/1/"}
import { beforeEach, expect, test, vi } from "vitest";
import { Facts } from "../src/facts";
import { DISMISSED, offerSaving, type Offer, type OpenSaver, type Surroundings } from "../src/offer";
import { bring } from "../src/parts";
import type { Note } from "../src/waiting";
import { FakeDoor, notSaved, pageFacts, settle } from "./fakes";

declare const holdfast: { save(): Promise<void> };

let door: FakeDoor;
let shown: Note | null;
let page: Surroundings | null;
const saver = { hear: vi.fn(), save: vi.fn(() => Promise.resolve()) };
const openSaver: OpenSaver = (surroundings) => {
  page = surroundings;
  return saver;
};

beforeEach(() => {
  sessionStorage.clear();
  vi.clearAllMocks();
  shown = page = null;
  door = new FakeDoor();
  door.loadPart = vi.fn(async () => bring("saving", openSaver));
});

function offer(canSave: boolean): Offer {
  const facts = { get: () => pageFacts({ canSave, language: "de" }) } as Facts;
  return offerSaving(window, door, facts, { offer: (note) => (shown = note) }, Promise.resolve());
}

test("a page that may be saved has its place in the bar before anything is loaded", async () => {
  offer(true);
  await settle();
  expect([shown?.state, shown?.isQuiet, shown?.element.localName]).toEqual(["saving", false, "section"]);
  expect(door.loadPart).not.toHaveBeenCalled();
});

test("a page that may not be saved loads nothing, says nothing and leaves the keys alone", async () => {
  const made = offer(false);
  made.hear(notSaved({ canSave: false }));
  expect(made.save()).toBe(false);
  await settle();
  expect(shown).toBeNull();
  expect(door.loadPart).not.toHaveBeenCalled();
});

test("the control is loaded once, and hears how far it is", async () => {
  const made = offer(true);
  made.hear(notSaved());
  made.hear(notSaved({ state: "saving" }));
  expect(made.save()).toBe(true);
  await settle();
  expect(door.loadPart).toHaveBeenCalledExactlyOnceWith("saving");
  expect(saver.hear.mock.calls.map(([saving]) => saving.state)).toEqual([null, "saving"]);
  expect(saver.save).toHaveBeenCalledOnce();
  expect([page?.language, page?.canSave, page?.note]).toEqual(["de", true, shown]);
});

test("a person who wants no offers is asked no more in this window", async () => {
  offer(true);
  await settle();
  shown!.dismiss();
  expect(shown!.isQuiet).toBe(true);
  offer(true);
  await settle();
  expect(shown!.isQuiet).toBe(true);
  expect(sessionStorage.getItem(DISMISSED)).not.toBeNull();
});

test("scripts save the page by a function that does not go by accident", async () => {
  offer(true);
  await holdfast.save();
  expect(saver.save).toHaveBeenCalledOnce();
  expect(() => Object.assign(window, { holdfast: null })).toThrow(TypeError);
  expect(() => Object.assign(holdfast, { save: null })).toThrow(TypeError);
  saver.save.mockRejectedValueOnce(new Error("This page could not be saved."));
  await expect(holdfast.save()).rejects.toThrow("This page could not be saved.");
});

test("a page that may not be saved says why to its scripts", async () => {
  offer(false);
  saver.save.mockRejectedValueOnce(new Error("This page cannot be saved."));
  await expect(holdfast.save()).rejects.toThrow("This page cannot be saved.");
  expect(page?.canSave).toBe(false);
});

test("where the app does not answer, scripts are told", async () => {
  door.loadPart = () => Promise.reject(new Error("no"));
  offer(true);
  await expect(holdfast.save()).rejects.toThrow("Holdfast does not answer.");
});
