/** What there is to say of what waits to be sent, or is downloaded: one sentence at the end of the bar. */
import type { Download, Kind, Outbox } from "./app-types";
import { attachShadow, button, dressing } from "./bar";
import { actOnDownload } from "./door";
import { downloading } from "./downloading";
import { fillIn } from "./draft";
import STYLE from "./notes.css?raw";
import type { Note, OpenNotes, OutboxEvent, Surroundings } from "./waiting";
import { fill, languageFor, noteWords, type Language } from "./words";

/** How long it is said what became of a download. */
const ENDED_MS = 20_000;

/** How long it is said that something was sent. */
const SENT_MS = 5_000;

/** Put in front of this by the app: in a public terminal there is no Library. */
declare const __HOLDFAST__: { isPublic: boolean } | undefined;
const HAS_LIBRARY = typeof __HOLDFAST__ === "undefined" || !__HOLDFAST__.isPublic;

type Act = "library" | "sign-in" | null;

/** A sentence, before it is shown. */
export interface Said {
  state: Note["state"];
  text: string;
  act: Act;
}

/** What a button of the sentence does. */
interface Choice {
  label: string;
  act(): void;
}

/** Hears what waits and shows it. */
export const openNotes: OpenNotes = (page) => {
  const notes = new Notes(page);
  return (event) => notes.hear(event);
};

/** The one thing to say about what waits: what needs the person comes first. */
export function saying(outbox: Outbox | null, language: Language): Said | null {
  if (outbox === null) return null;
  const { waiting, attention, signIn, here } = outbox;
  const say = sayer(language);
  const counted = (word: "waiting" | "attention" | "signIn", { kind, count }: { kind: Kind; count: number }) =>
    say(count === 1 ? `${word}${NAMES[kind]}` : `${word}${NAMES[kind]}s`, { n: count.toLocaleString(language) });
  if (signIn !== null) return { state: "sign-in", text: counted("signIn", signIn), act: "sign-in" };
  if (attention !== null) return { state: "attention", text: counted("attention", attention), act: "library" };
  if (here !== null) return { state: "waiting", text: chosen("here", here, say), act: "library" };
  return waiting && { state: "waiting", text: counted("waiting", waiting), act: "library" };
}

const NAMES = { form: "Form", message: "Message", vote: "Vote" } as const;

type Say = (word: keyof typeof noteWords, values?: Record<string, string>) => string;

function sayer(language: Language): Say {
  return (word, values = {}) => fill(noteWords[word][language], values);
}

function chosen(word: "here" | "sent", { kind, choice }: { kind: Kind; choice: string | null }, say: Say): string {
  return kind === "vote" && choice !== null ? say(`${word}VoteFor`, { choice }) : say(`${word}${NAMES[kind]}`);
}

class Notes {
  readonly #language: Language;
  readonly #say: Say;
  readonly #line: Line;
  #outbox: Outbox | null = null;
  /** What is said for a while, or until the page goes away, whatever waits. */
  #first: Said | null = null;
  #downloads: Download[] = [];
  /** The numbers of those of which nothing is to be said any more. */
  readonly #read = new Set<number>();
  #over: ReturnType<typeof setTimeout> | undefined;
  /** The last sentence that was dismissed. */
  #dismissed: string | null = null;
  #sent: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly page: Surroundings) {
    this.#language = languageFor(page.language);
    this.#say = sayer(this.#language);
    this.#line = new Line(page.window.document);
  }

  hear(event: OutboxEvent): void {
    switch (event.type) {
      case "outbox":
        if (JSON.stringify(event.outbox) !== JSON.stringify(this.#outbox)) this.#dismissed = null;
        this.#outbox = event.outbox;
        break;
      case "sent":
        this.#putFirst({ state: "sent", text: chosen("sent", event, this.#say), act: null });
        this.#sent = setTimeout(() => this.#putFirst(null), SENT_MS);
        return;
      case "downloads":
        this.#downloads = event.downloads;
        clearTimeout(this.#over);
        // What runs is said for as long as it does, and what became of it for a while.
        if (event.downloads.every(({ state }) => state !== "running")) this.#over = setTimeout(() => this.#readDownloads(), ENDED_MS);
        break;
      case "draft":
        void fillIn(this.page.window.document, event.draft).then((filled) => {
          if (filled.form !== null) this.page.replaced.set(filled.form, event.draft.key);
          const word = filled.form === null ? "draftMissing" : filled.isWhole ? "draft" : "draftPart";
          this.#putFirst({ state: "draft", text: this.#say(word), act: filled.form === null ? "library" : null });
        });
        return;
    }
    this.#show();
  }

  #putFirst(said: Said | null): void {
    clearTimeout(this.#sent);
    this.#first = said;
    this.#show();
  }

  #show(): void {
    const waits = saying(this.#outbox, this.#language);
    let said = this.#first ?? (waits?.text === this.#dismissed ? null : waits);
    if (said?.act === "library" && !HAS_LIBRARY) said = { ...said, act: null };
    const download = this.#first === null ? downloading(this.#downloads.filter(({ id }) => !this.#read.has(id)), this.#language) : null;
    if (download !== null) {
      const { state, text, acts } = download;
      const choices = acts.map(({ label, act, ids }) => ({ label, act: () => ids.forEach((id) => void actOnDownload(id, act).catch(console.warn)) }));
      return this.#put(state, text, choices, () => this.#readDownloads());
    }
    if (said === null) return this.page.show(null);
    const { state, text, act } = said;
    const choices = act === null ? [] : [{ label: this.#say(act === "library" ? "show" : "signIn"), act: () => this.#act(act) }];
    this.#put(state, text, choices, () => this.#dismiss(text));
  }

  #put(state: Note["state"], text: string, choices: Choice[], dismiss: () => void): void {
    this.#line.say(state, text, choices);
    this.page.show({ state, element: this.#line.element, dismiss });
  }

  #act(act: "library" | "sign-in"): void {
    const path = this.#outbox?.signIn?.path;
    if (act === "library") this.page.openLibrary();
    else if (path !== undefined) this.page.window.location.assign(path);
  }

  #dismiss(text: string): void {
    if (this.#first !== null) return this.#putFirst(null);
    this.#dismissed = text;
    this.#show();
  }

  #readDownloads(): void {
    for (const { id } of this.#downloads) this.#read.add(id);
    this.#show();
  }
}

/** The sentence and its buttons, dressed by themselves wherever they stand. */
class Line {
  readonly element: HTMLElement;
  readonly #text: HTMLElement;
  #buttons: HTMLButtonElement[] = [];
  #choices: Choice[] = [];

  constructor(private readonly document: Document) {
    this.element = document.createElement("span");
    const root = attachShadow.call(this.element, { mode: "open" });
    root.append(...dressing(document, root, STYLE));
    this.#text = root.appendChild(document.createElement("p"));
    this.#text.setAttribute("role", "status");
  }

  say(state: Note["state"], text: string, choices: Choice[]): void {
    this.#offer(choices);
    if (this.#text.dataset["room"] === text && this.element.isConnected) return;
    // How far it is is not worth interrupting a person who listens, over and over.
    this.#text.setAttribute("aria-live", state === "download" && this.#text.dataset["state"] === state ? "off" : "polite");
    this.#text.dataset["state"] = state;
    this.#text.dataset["room"] = text;
    // One that is sent while another is said to be begins to fade anew.
    for (const fading of this.#text.getAnimations?.() ?? []) {
      fading.cancel();
      fading.play();
    }
    // As in the bar: a status must be known before it says something.
    if (this.element.isConnected) this.#text.textContent = text;
    else {
      this.#text.textContent = "";
      setTimeout(() => (this.#text.textContent = this.#text.dataset["room"] ?? ""));
    }
  }

  /** A button that stays is the same one: the person may be about to press it. */
  #offer(choices: Choice[]): void {
    const isSame = choices.length === this.#choices.length && choices.every(({ label }, index) => label === this.#choices[index]?.label);
    this.#choices = choices;
    if (isSame) return;
    for (const old of this.#buttons) old.remove();
    this.#buttons = choices.map(({ label }, index) => {
      const element = button(this.document, () => this.#choices[index]?.act());
      element.textContent = label;
      return element;
    });
    this.#text.after(...this.#buttons);
  }
}
