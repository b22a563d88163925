/** What there is to say of a saved page, and what can be done about it: pure decisions. */
import type { Progress, SavedPage } from "../app-types";
import { why } from "./reasons";
import type { LibrarySpeech } from "./speech";
import type { LibraryWord } from "./words";

/** What a person can do with a saved page, without choosing another copy. */
export type SavedAction = "open" | "cancel" | "refresh" | "tryAgain" | "remove";

/** The words on the buttons, and those that say that it could not be done. */
export const SAVED_ACTIONS: Record<SavedAction, { name: LibraryWord; otherwise: LibraryWord }> = {
  open: { name: "open", otherwise: "notOpened" },
  cancel: { name: "cancel", otherwise: "notCancelled" },
  refresh: { name: "refresh", otherwise: "notRefreshed" },
  tryAgain: { name: "tryAgain", otherwise: "notRefreshed" },
  remove: { name: "remove", otherwise: "notRemoved" },
};

/** What it is. */
export function nameOf({ title, path }: SavedPage): string {
  return title === null || title.trim() === "" ? path : title;
}

/** The letter on its tile, and which of so many tiles it has: the same for as long as it is there. */
export function tile(page: SavedPage, tiles: number): [letter: string, tile: number] {
  const letter = nameOf(page).match(/[\p{L}\p{N}]/u)?.[0] ?? "/";
  const sum = [...page.path].reduce((sum, char) => (sum * 31 + (char.codePointAt(0) ?? 0)) % 65_521, 7);
  return [letter.toLocaleUpperCase(), sum % tiles];
}

/** Whether it is being saved or refreshed, or will be. */
export function isUnderWay({ state, progress }: SavedPage): boolean {
  return progress !== null || state === "saving";
}

/** Whether there is a copy to look at. */
export function hasCopy({ savedAtMs }: SavedPage): boolean {
  return savedAtMs !== null;
}

/** How it is, in plain words. */
export function stateOf(page: SavedPage, speech: LibrarySpeech): string {
  if (page.progress !== null) return speech.say(hasCopy(page) ? "refreshingNow" : "savingNow");
  switch (page.state) {
    case "saving":
      return speech.say("savingSoon");
    case "saved":
      return speech.say("saved");
    case "complete":
      return speech.say("complete");
    case "incomplete": {
      const n = page.missing.length;
      return n === 1 ? speech.say("incompleteOne") : speech.say("incomplete", { n: speech.number(n) });
    }
    case "failed":
      return speech.say(hasCopy(page) ? "couldNotRefresh" : "couldNotSave", { reason: why(page.why, speech) });
  }
}

/** What has gone wrong since the copy that is shown, or null. */
export function setback(page: SavedPage, speech: LibrarySpeech): string | null {
  const isSaid = page.state === "failed" || isUnderWay(page) || page.why === null;
  return isSaid ? null : speech.say("couldNotRefresh", { reason: why(page.why, speech) });
}

/** How much of it is there, from 0 to 1: by bytes where their number is known. */
export function share({ items, allItems, bytes, allBytes }: Progress): number {
  const [some, all] = allBytes !== null && allBytes > 0 ? [bytes, allBytes] : [items, allItems];
  return all > 0 ? Math.min(1, some / all) : 0;
}

/** How much of it is there, in words. */
export function arrived({ items, allItems, bytes, allBytes }: Progress, speech: LibrarySpeech): string {
  const values = { items: speech.number(items), all: speech.number(allItems), bytes: speech.size(bytes) };
  return allBytes === null ? speech.say("arrived", values) : speech.say("arrivedOf", { ...values, allBytes: speech.size(allBytes) });
}

/** What can be done: the main thing first, or null where there is none, then the rest. */
export function savedActions(page: SavedPage): [SavedAction | null, SavedAction[]] {
  if (isUnderWay(page)) return [hasCopy(page) ? "open" : null, ["remove"]];
  return hasCopy(page) ? ["open", ["refresh", "remove"]] : ["tryAgain", ["remove"]];
}
