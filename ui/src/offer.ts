/** The offer to save the page: what each page carries of it, and who makes it: a part that few pages need. */
import type { Saving } from "./app-types";
import type { Door } from "./door";
import type { Facts } from "./facts";
import { openWhenNeeded } from "./parts";
import type { Status } from "./status";
import type { Note } from "./waiting";

/** What the part has of its page. */
export interface Surroundings {
  window: Window;
  /** The system's language (BCP 47). */
  language: string;
  door: Pick<Door, "savePage" | "cancelSaving" | "openLibrary">;
  canSave: boolean;
  /** The control's place in the bar. */
  note: Note;
  /** Shows the bar anew, after a change of the note. */
  show(): void;
}

/** Saves the page, and says how far that is. */
export interface Saver {
  hear(saving: Saving): void;
  /** Resolves when a copy is there; rejects with the reason in words. */
  save(): Promise<void>;
}

/** The part. */
export type OpenSaver = (page: Surroundings) => Saver;

export interface Offer {
  hear(saving: Saving): void;
  /** Begins to save the page, if it may be saved: whether it may. */
  save(): boolean;
}

/** In the session's storage of a window whose person wants no such offer. */
export const DISMISSED = "holdfast-saving";

/** Offers to save the page, once it is known whether it may be, and gives its scripts `holdfast.save()`. */
export function offerSaving(window: Window, door: Door, facts: Facts, status: Pick<Status, "offer">, ready: Promise<void>): Offer {
  const { document, sessionStorage } = window;
  const note: Note = {
    state: "saving",
    element: document.createElement("section"),
    dismiss() {
      note.isQuiet = true;
      sessionStorage.setItem(DISMISSED, "1");
    },
  };
  const canSave = () => facts.get()?.canSave === true;
  const show = () => status.offer(note);
  const saver = openWhenNeeded<Surroundings, Saver>(door, "saving", async () => {
    await ready;
    return { window, language: facts.get()?.language ?? "", door, canSave: canSave(), note, show };
  });
  const save = async () => {
    const found = await saver();
    if (found === null) throw new Error("Holdfast does not answer.");
    return found.save();
  };
  // A page's own `let holdfast` would be an error if this could not be redefined.
  Object.defineProperty(window, "holdfast", { value: Object.freeze({ save }), configurable: true });
  void ready.then(() => {
    if (!canSave()) return;
    // The room is there before the first paint, or the page would be moved when the part comes.
    note.isQuiet = DISMISSED in sessionStorage;
    show();
  });
  return {
    hear(saving) {
      if (canSave()) void saver().then((found) => found?.hear(saving));
    },
    save() {
      if (canSave()) save().catch(console.warn);
      return canSave();
    },
  };
}
