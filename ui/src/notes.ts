/** What there is to say of what waits to be sent: one sentence at the end of the bar. */
import type { Kind, Outbox } from "./app-types";
import { attachShadow, button, dressing } from "./bar";
import { fillIn } from "./draft";
import STYLE from "./notes.css?raw";
import type { Note, OpenNotes, OutboxEvent, Surroundings } from "./waiting";
import { fill, languageFor, noteWords, type Language } from "./words";

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
  #shown: Said | null = null;
  /** The last sentence that was dismissed. */
  #dismissed: string | null = null;
  #sent: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly page: Surroundings) {
    this.#language = languageFor(page.language);
    this.#say = sayer(this.#language);
    this.#line = new Line(page.window.document, () => this.#act());
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
    this.#shown = said;
    if (said === null) return this.page.show(null);
    this.#line.say(said, said.act && this.#say(said.act === "library" ? "show" : "signIn"));
    this.page.show({ state: said.state, element: this.#line.element, dismiss: () => this.#dismiss() });
  }

  #act(): void {
    const path = this.#outbox?.signIn?.path;
    if (this.#shown?.act === "library") this.page.openLibrary();
    else if (path !== undefined) this.page.window.location.assign(path);
  }

  #dismiss(): void {
    if (this.#first !== null) return this.#putFirst(null);
    this.#dismissed = this.#shown?.text ?? null;
    this.#show();
  }
}

/** The sentence and its button, dressed by themselves wherever they stand. */
class Line {
  readonly element: HTMLElement;
  readonly #text: HTMLElement;
  readonly #button: HTMLButtonElement;

  constructor(document: Document, act: () => void) {
    this.element = document.createElement("span");
    const root = attachShadow.call(this.element, { mode: "open" });
    root.append(...dressing(document, root, STYLE));
    this.#text = root.appendChild(document.createElement("p"));
    this.#text.setAttribute("role", "status");
    this.#button = root.appendChild(button(document, act));
  }

  say({ state, text }: Said, label: string | null): void {
    if (this.#text.dataset["room"] === text && this.element.isConnected) return;
    this.#text.dataset["state"] = state;
    this.#text.dataset["room"] = text;
    // One that is sent while another is said to be begins to fade anew.
    for (const fading of this.#text.getAnimations?.() ?? []) {
      fading.cancel();
      fading.play();
    }
    this.#button.hidden = label === null;
    this.#button.textContent = label;
    // As in the bar: a status must be known before it says something.
    if (this.element.isConnected) this.#text.textContent = text;
    else {
      this.#text.textContent = "";
      setTimeout(() => (this.#text.textContent = this.#text.dataset["room"] ?? ""));
    }
  }
}
