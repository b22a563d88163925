/**
 * The only way out of the page: Tauri's commands.
 *
 * No other module talks to Tauri. Everything else takes a {@link Door}, so that
 * tests can put another one in its place.
 */
import type { Cause, Download, Draft, Kind, Outbox, Place, Saving } from "./app-types";
import type { Label } from "./labels";
import type { Part } from "./parts";

/** Why a submission got no answer. */
export type Because = "offline" | "slow" | "refused";

/** A request with a body, as the page means it. */
export interface Submission {
  /**
   * Unique for each act of the person or script. Tauri repeats a call over
   * another transport when its first one breaks, for instance when the page
   * goes away meanwhile; a call with a known id is the same call, not a second one.
   */
  id: string;
  method: string;
  /** Absolute, in the app's own origin. */
  url: string;
  headers: [name: string, value: string][];
  /** A form wants to know where to go, a fetch wants the answer itself. */
  mode: "form" | "fetch";
  /** The address of the page that submits. */
  page: string;
  /** What the person saw of the form, if it is one. */
  form?: SeenForm;
}

/** A form as the person saw it. */
export interface SeenForm {
  /** That of the page. */
  title: string;
  labels: Label[];
  /** The key of what waits and was edited in it. */
  replaces: string | null;
}

/** What became of a submission. */
export type Answer =
  /** The site sends the page on: relative to the root, or absolute for another site. */
  | { kind: "redirect"; location: string }
  /** The site answered; a form goes to `url`, a fetch asks for the answer by its `id`. */
  | { kind: "answer"; id: string; url: string; redirected: boolean }
  /** The site has nothing to show: the page stays as it is. */
  | { kind: "nothing" }
  | { kind: "unsent"; because: Because; message: string };

/** What is wanted for a page that shows an older version: a word, or the newer one in its place. */
export type Update = "notice" | "patch";

/** What the page is told while it is open. */
export type PageEvent =
  | { type: "connection"; online: boolean; cause: Cause | null }
  /** A newer version of `path` (with its query) than the page shows was stored. */
  | { type: "page-changed"; path: string; update: Update }
  /** What the site sent for `path` is what the page shows. */
  | { type: "page-confirmed"; path: string }
  /** What waits to be sent has changed. */
  | { type: "outbox"; outbox: Outbox | null }
  /** Something that waited was sent. */
  | { type: "sent"; kind: Kind; choice: string | null }
  /** How far the page is saved has changed. */
  | { type: "saving"; saving: Saving }
  /** How far downloads are has changed: those that run or have just ended, the oldest first. */
  | { type: "downloads"; downloads: Download[] };

/** How things stand when a page is shown. */
export interface Opened {
  online: boolean;
  cause: Cause | null;
  /** As {@link PageFacts.visitor}, now. */
  visitor: string;
  /** What the page, if it is a stored copy, was too late to hear. */
  news: PageEvent | null;
  /** What waits to be sent; null if nothing does. */
  outbox: Outbox | null;
  /** What is to be entered in a form of the page. */
  draft: Draft | null;
  /** How far the page is saved. */
  saving: Saving;
}

/** The commands that a page may call. */
export interface Door {
  /** Says that the page is shown, and hears of what concerns it from then on. */
  pageOpened(listener: (event: PageEvent) => void, page: string): Promise<Opened>;
  /** Has a part of the bundle run in the top frame. */
  loadPart(part: Part): Promise<void>;
  /** Begins to save the page that is open, or to refresh what is saved of it. */
  savePage(): Promise<void>;
  cancelSaving(): Promise<void>;
  /** Opens the window that shows what the device holds, at a place or as it was. Never rejects. */
  openLibrary(place?: Place): Promise<void>;
  /** For a short while the page gets what the site has now, and what is stored only if the site has nothing. */
  pastTheStore(): Promise<void>;
  /** Sets one cookie as `document.cookie = cookie` does; gives the new value of `document.cookie`. */
  setCookie(cookie: string, page: string): Promise<string>;
  submit(submission: Submission, body: Uint8Array): Promise<Answer>;
}

interface Internals {
  invoke(command: string, payload?: unknown, options?: { headers: Record<string, string> }): Promise<unknown>;
  transformCallback(callback: (sent: Sent) => void): number;
  unregisterCallback(id: number): void;
}

/** What comes through a channel: what is large comes later than what was sent after it. */
interface Sent {
  index: number;
  message: PageEvent;
  /** Nothing more comes; it has no message. */
  end?: true;
}

/**
 * Opens the door, if there is one.
 *
 * Tauri is there in the top frame only. A frame of the same origin uses that of
 * its top; a frame of another origin has none and stays as the webview made it.
 */
export function openDoor(): Door | null {
  const found = internals();
  if (found === null) return null;
  const [tauri, Bytes] = found;
  return {
    pageOpened: (listener, page) =>
      tauri.invoke("page_opened", { channel: channelOf(tauri, listener), page }) as Promise<Opened>,
    pastTheStore: () => tauri.invoke("past_the_store") as Promise<void>,
    loadPart: (part) => tauri.invoke("load_part", { part }) as Promise<void>,
    savePage: () => tauri.invoke("save_page") as Promise<void>,
    cancelSaving: () => tauri.invoke("cancel_saving_page") as Promise<void>,
    openLibrary: (place) => tauri.invoke("open_library", { place }).catch(console.warn) as Promise<void>,
    setCookie: (cookie, page) => tauri.invoke("set_cookie", { cookie, page }) as Promise<string>,
    submit: (submission, body) =>
      tauri.invoke("submit", body instanceof Bytes ? body : new Bytes(body), {
        headers: { "holdfast-submission": encodeURIComponent(JSON.stringify(submission)) },
      }) as Promise<Answer>,
  };
}

/** Opens the page on which a network wants the person to sign in, in the system's browser. */
export async function openPortal(): Promise<void> {
  await internals()?.[0].invoke("open_portal");
}

/** What is done with the window. */
export type WindowAct = "zoom-in" | "zoom-out" | "zoom-reset" | "print" | "full-screen" | "home" | "close";

/** Does something with the window; where the app gives it no such thing, nothing happens. */
export async function actOnWindow(act: WindowAct): Promise<void> {
  await internals()?.[0].invoke("act_on_window", { act }).catch(console.warn);
}

/** What is to be saved as a file: what is at an address of the site, or the bytes beside it. */
export interface WantedDownload {
  /** As that of a {@link Submission}. */
  id: string;
  /** Absolute, in the app's own origin. */
  url?: string;
  /** What the page calls it. */
  name: string;
  /** The type of the bytes. */
  type?: string;
  /** The address of the page. */
  page: string;
}

/** Has something saved. */
export async function download(wanted: WantedDownload, bytes: Uint8Array): Promise<void> {
  const found = internals();
  if (found === null) return;
  const [tauri, Bytes] = found;
  await tauri.invoke("download", bytes instanceof Bytes ? bytes : new Bytes(bytes), {
    headers: { "holdfast-download": encodeURIComponent(JSON.stringify(wanted)) },
  });
}

/** Ends a download, shows where it lies, or opens it. */
export async function actOnDownload(id: number, act: "cancel" | "show" | "open"): Promise<void> {
  await internals()?.[0].invoke("act_on_download", { id, act });
}

/** Whether there is one. */
export function hasDoor(): boolean {
  return internals() !== null;
}

/** As much of a door as loads a part. */
export const partDoor: Pick<Door, "loadPart"> = {
  loadPart: async (part) => void (await internals()?.[0].invoke("load_part", { part })),
};

/** What Tauri's own `Channel` does, in a third of what each page would carry for that. */
function channelOf(tauri: Internals, listener: (event: PageEvent) => void): string {
  const early: Record<number, Sent> = {};
  let next = 0;
  const id = tauri.transformCallback((sent) => {
    early[sent.index] = sent;
    for (let due; (due = early[next]); ) {
      delete early[next++];
      if (due.end) tauri.unregisterCallback(id);
      else listener(due.message);
    }
  });
  return `__CHANNEL__:${id}`;
}

/** Tauri, and the array of bytes that it knows: one of another frame it would send as an object. */
function internals(): [Internals, typeof Uint8Array] | null {
  try {
    const top = window.top as (typeof globalThis & { __TAURI_INTERNALS__?: Internals }) | null;
    return top?.__TAURI_INTERNALS__ === undefined ? null : [top.__TAURI_INTERNALS__, top.Uint8Array];
  } catch {
    // The top frame belongs to another site.
    return null;
  }
}
