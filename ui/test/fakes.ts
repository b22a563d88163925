/** Stand-ins for what is outside the page. */
import type { Draft, Outbox, Saving } from "../src/app-types";
import { Cookies } from "../src/cookies";
import type { Answer, Door, PageEvent, Submission, Opened } from "../src/door";
import { Facts, type PageFacts } from "../src/facts";
import { siteOf, type Site } from "../src/site";
import { submitter, type Context } from "../src/submit";

export const APP = "polls://localhost";
export const SITE = "http://127.0.0.1:8000";

/** What a page from the network says, except for `facts`. */
export function pageFacts(facts: Partial<PageFacts> = {}): PageFacts {
  return { source: "network", storedAtMs: null, because: null, online: true, cause: null, cookies: "", visitor: "", language: "en", canSave: false, ...facts };
}

/** A page that may be saved and is not, except for `saving`. */
export function notSaved(saving: Partial<Saving> = {}): Saving {
  return { canSave: true, state: null, items: 0, allItems: 0, bytes: 0, allBytes: null, missing: 0, ...saving };
}

/** A door that answers as told and remembers what went through it. */
export class FakeDoor implements Door {
  sent: { submission: Submission; body: string }[] = [];
  cookies: string[] = [];
  listener: ((event: PageEvent) => void) | null = null;
  online = true;
  cause: Opened["cause"] = null;
  news: PageEvent | null = null;
  visitor = "";
  outbox: Outbox | null = null;
  draft: Draft | null = null;
  saving: Saving = notSaved();
  /** What was asked of saving. */
  asked: ("save" | "cancel")[] = [];
  saves: () => Promise<void> = () => Promise.resolve();
  libraries = 0;
  answer: Answer | Promise<Answer> = { kind: "answer", id: "7", url: "/landed/", redirected: false };
  jar: (cookie: string) => string | Promise<string> = (cookie) => cookie;

  pageOpened(listener: (event: PageEvent) => void): Promise<Opened> {
    this.listener = listener;
    const { online, cause, visitor, news, outbox, draft, saving } = this;
    return Promise.resolve({ online, cause, visitor, news, outbox, draft, saving });
  }

  loadPart(): Promise<void> {
    return Promise.resolve();
  }

  savePage(): Promise<void> {
    this.asked.push("save");
    return this.saves();
  }

  cancelSaving(): Promise<void> {
    this.asked.push("cancel");
    return Promise.resolve();
  }

  openLibrary(): Promise<void> {
    this.libraries++;
    return Promise.resolve();
  }

  pastTheStore(): Promise<void> {
    return Promise.resolve();
  }

  setCookie(cookie: string): Promise<string> {
    this.cookies.push(cookie);
    return Promise.resolve(this.jar(cookie));
  }

  submit(submission: Submission, body: Uint8Array): Promise<Answer> {
    this.sent.push({ submission, body: new TextDecoder().decode(body) });
    return Promise.resolve(this.answer);
  }

  /** The last submission, its headers as an object. */
  get last() {
    const { submission, body } = this.sent.at(-1)!;
    const { id: _, headers, ...rest } = submission;
    return { ...rest, headers: Object.fromEntries(headers), body };
  }
}

/** Just enough of a document for what only asks for addresses. */
export function addressed(address: string): Document {
  return { URL: address, baseURI: address } as Document;
}

export function siteAt(address = `${APP}/polls/`): Site {
  return siteOf(addressed(address), SITE)!;
}

/** What the pieces of the shim share, around `door`. */
export function contextAround(door: Door, site: Site, facts: PageFacts = pageFacts()): Context {
  const cookies = new Cookies({ get: () => facts } as Facts, door, site);
  return { site, cookies, submit: submitter(door, site, cookies) };
}

/** Lets everything that is ready run. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  await new Promise((resolve) => setImmediate(resolve));
}

/** The text of bytes. */
export function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

/** The window that events pass through; vitest's global object is another. */
export function jsdomWindow(): Window & typeof globalThis {
  return (globalThis as unknown as { jsdom: { window: Window & typeof globalThis } }).jsdom.window;
}
