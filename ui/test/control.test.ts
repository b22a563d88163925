// @vitest-environment jsdom
// @vitest-environment-options {"url": "https://polls.localhost/polls/1/"}
import axe from "axe-core";
import { beforeEach, describe, expect, test, vi } from "vitest";
import type { Saving } from "../src/app-types";
import { openControl, showing } from "../src/control";
import type { Saver } from "../src/offer";
import type { Note } from "../src/waiting";
import { FakeDoor, notSaved, settle } from "./fakes";

test("what there is to say of it, in each language", () => {
  const check = (saving: Partial<Saving>, en: object, german?: string) => {
    expect(showing(notSaved(saving), "en")).toEqual(en);
    const de = showing(notSaved(saving), "de");
    if (german !== undefined) expect("text" in de && de.text).toBe(german);
  };
  const end = { kind: "end", isProven: false, leads: false };
  const part = { state: "saving", items: 1, allItems: 3, bytes: 1_500_000 } as const;
  check({}, { kind: "offer" });
  check({ state: "saving" }, { kind: "progress", percent: 0, text: "0 bytes" });
  check(part, { kind: "progress", percent: 33, text: "1.5 MB" }, "1,5 MB");
  check({ ...part, allBytes: 3_000_001 }, { kind: "progress", percent: 49, text: "1.5 MB of 3 MB" }, "1,5 MB von 3 MB");
  check({ ...part, allBytes: 1_000_000 }, { kind: "progress", percent: 100, text: "1.5 MB of 1 MB" });
  check({ state: "saved" }, { ...end, text: "Saved" }, "Gespeichert");
  check({ state: "complete" }, { ...end, text: "Saved", isProven: true });
  check({ state: "incomplete", missing: 1 }, { ...end, text: "Saved, 1 thing missing", leads: true }, "Gespeichert, 1 Teil fehlt");
  check({ state: "incomplete", missing: 2 }, { ...end, text: "Saved, 2 things missing", leads: true }, "Gespeichert, 2 Teile fehlen");
  check({ state: "failed" }, { ...end, text: "Could not be saved", leads: true }, "Nicht gespeichert");
});

describe("in the bar", () => {
  let door: FakeDoor;
  let note: Note;
  let control: Saver;
  const show = vi.fn();

  function open(canSave = true): void {
    door = new FakeDoor();
    document.body.innerHTML = "";
    note = { state: "saving", element: document.body.appendChild(document.createElement("section")), dismiss() {} };
    control = openControl({ window, language: "en-GB", door, canSave, note, show });
  }
  beforeEach(() => {
    show.mockReset();
    open();
  });

  const all = (selector: string) => [...note.element.shadowRoot!.querySelectorAll<HTMLElement>(selector)];
  const one = (selector: string) => all(selector)[0]!;
  const isSeen = (element: HTMLElement) => element.closest("[hidden]") === null;
  const buttons = () => all("button").filter(isSeen).map((button) => button.textContent);
  const press = (name: string) => all("button").find((button) => button.textContent === name)!.click();
  const status = () => one("[role=status]").textContent;

  test("one click saves the page, and says so at once", () => {
    control.hear(notSaved());
    expect([buttons(), isSeen(one("[role=progressbar]")), status()]).toEqual([["Save for offline"], false, ""]);
    press("Save for offline");
    expect(door.asked).toEqual(["save"]);
    expect([buttons(), isSeen(one("[role=progressbar]")), status()]).toEqual([["Cancel"], true, ""]);
  });

  test("how far it is can be seen and heard, and it can be cancelled", () => {
    control.hear(notSaved({ state: "saving", bytes: 1_000, allBytes: 4_000 }));
    const attributes = (...names: string[]) => names.map((name) => one("[role=progressbar]").getAttribute(name));
    expect(attributes("aria-label", "aria-valuenow", "aria-valuetext")).toEqual(["Saving this page", "25", "25%, 1 kB of 4 kB"]);
    expect(one("[role=progressbar]").style.getPropertyValue("--done")).toBe("25%");
    // What counts up is not read out by itself.
    expect(status()).toBe("");
    press("Cancel");
    expect(door.asked).toEqual(["cancel"]);
    control.hear(notSaved());
    expect(buttons()).toEqual(["Save for offline"]);
  });

  test("a double click does not cancel what it began", () => {
    control.hear(notSaved({ state: "saving" }));
    all("button").find(isSeen)!.dispatchEvent(new MouseEvent("click", { detail: 2 }));
    expect(door.asked).toEqual([]);
  });

  test("only what is proven has a tick", () => {
    control.hear(notSaved({ state: "saved" }));
    expect([status(), isSeen(one("b"))]).toEqual(["Saved", false]);
    control.hear(notSaved({ state: "complete" }));
    expect([status(), isSeen(one("b")), buttons()]).toEqual(["Saved", true, []]);
  });

  test.each(["incomplete", "failed"] as const)("what came of it if it is %s leads to the Library", (state) => {
    control.hear(notSaved({ state, missing: 2 }));
    expect(buttons()).toEqual(["▸"]);
    expect(one("button[aria-label]").getAttribute("aria-label")).toBe("Show in the Library");
    press("▸");
    expect(door.libraries).toBe(1);
  });

  test("the end is read out, and what was so before is not", () => {
    control.hear(notSaved({ state: "complete" }));
    expect(one("[role=status]").getAttribute("aria-live")).toBe("off");
    control.hear(notSaved({ state: "incomplete", missing: 1 }));
    expect(one("[role=status]").getAttribute("aria-live")).toBe("polite");
  });

  test("the focus is not lost with the button that had it", () => {
    const focused = () => (note.element.shadowRoot!.activeElement as HTMLElement | null)?.textContent;
    control.hear(notSaved());
    one("button").focus();
    press("Save for offline");
    expect(focused()).toBe("Cancel");
    control.hear(notSaved({ state: "complete" }));
    expect(focused()).toBe("Saved");
  });

  test("what is dismissed comes back when something changes, and not with each byte", () => {
    control.hear(notSaved());
    note.isQuiet = true;
    control.hear(notSaved());
    expect(note.isQuiet).toBe(true);
    control.hear(notSaved({ state: "saving" }));
    expect(note.isQuiet).toBe(false);
    note.isQuiet = true;
    control.hear(notSaved({ state: "saving", bytes: 5 }));
    expect(note.isQuiet).toBe(true);
    control.hear(notSaved({ state: "saved" }));
    expect(note.isQuiet).toBe(false);
    expect(show).toHaveBeenCalledTimes(5);
  });

  test("a page that is being saved when it is opened says so, and one that is saved need not", () => {
    note.isQuiet = true;
    control.hear(notSaved({ state: "complete" }));
    expect(note.isQuiet).toBe(true);
    open();
    note.isQuiet = true;
    control.hear(notSaved({ state: "saving" }));
    expect(note.isQuiet).toBe(false);
  });

  test.each([null, "saving", "saved", "complete", "incomplete", "failed"] as const)("nothing is in the way of anybody while it is %s", async (state) => {
    control.hear(notSaved({ state, missing: 2, bytes: 1, allBytes: 2 }));
    document.documentElement.lang = "en";
    const { violations } = await axe.run(note.element, { rules: { "color-contrast": { enabled: false }, region: { enabled: false } } });
    expect(violations.map(({ id }) => id)).toEqual([]);
  });

  describe("a script that saves the page", () => {
    test("is told when a copy is there", async () => {
      const over = vi.fn();
      const saved = control.save().then(over);
      await settle();
      control.hear(notSaved({ state: "saving", bytes: 5 }));
      await settle();
      expect(over).not.toHaveBeenCalled();
      control.hear(notSaved({ state: "incomplete", missing: 1 }));
      await saved;
      expect(over).toHaveBeenCalledOnce();
    });

    test("is told also if that was before the command came back", async () => {
      door.saves = () => {
        control.hear(notSaved({ state: "saving" }));
        control.hear(notSaved({ state: "saved" }));
        return Promise.resolve();
      };
      await control.save();
    });

    test("twice saves it once", async () => {
      const both = [control.save(), control.save()];
      await settle();
      control.hear(notSaved({ state: "complete" }));
      await Promise.all(both);
      expect(door.asked).toEqual(["save"]);
      void control.save();
      expect(door.asked).toEqual(["save", "save"]);
    });

    test("is told in words what was in the way", async () => {
      const failed = control.save();
      await settle();
      control.hear(notSaved({ state: "failed" }));
      await expect(failed).rejects.toThrow("This page could not be saved.");

      const cancelled = control.save();
      await settle();
      control.hear(notSaved());
      await expect(cancelled).rejects.toThrow("Saving this page was cancelled.");

      door.saves = () => Promise.reject(new Error("the database could not write"));
      await expect(control.save()).rejects.toThrow("This page could not be saved.");
      expect(status()).toBe("Could not be saved");

      open(false);
      await expect(control.save()).rejects.toThrow("This page cannot be saved.");
      expect(door.asked).toEqual([]);
    });
  });
});
