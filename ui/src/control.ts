/** The control that saves the page: an offer, then how far it is, then what came of it. */
import type { Saving } from "./app-types";
import { attachShadow, button, dressing } from "./bar";
import type { OpenSaver, Saver, Surroundings } from "./offer";
import STYLE from "./saving.css?raw";
import { sizeIn } from "./size";
import { fill, languageFor, savingWords, type Language } from "./words";

/** Opens the control of a page. */
export const openControl: OpenSaver = (page) => new Control(page);

/** What the control shows. */
export type Shown =
  | { kind: "offer" }
  | { kind: "progress"; percent: number; text: string }
  /** `leads`: to the Library, which says more. */
  | { kind: "end"; text: string; isProven: boolean; leads: boolean };

/** What there is to show: a pure decision. */
export function showing(saving: Saving, language: Language): Shown {
  const say = sayer(language);
  switch (saving.state) {
    case null:
      return { kind: "offer" };
    case "saving":
      return { kind: "progress", percent: percentOf(saving), text: bytesOf(saving, language) };
    case "saved":
    case "complete":
      return { kind: "end", text: say("saved"), isProven: saving.state === "complete", leads: false };
    case "incomplete": {
      const text = saving.missing === 1 ? say("missingOne") : say("missing", { n: saving.missing.toLocaleString(language) });
      return { kind: "end", text, isProven: false, leads: true };
    }
    case "failed":
      return { kind: "end", text: say("failed"), isProven: false, leads: true };
  }
}

/** Rounded down: it is not all there until all of it is. */
function percentOf({ items, allItems, bytes, allBytes }: Saving): number {
  const [part, all] = allBytes === null ? [items, allItems] : [bytes, allBytes];
  return all === 0 ? 0 : Math.floor((Math.min(part, all) / all) * 100);
}

function bytesOf({ bytes, allBytes }: Saving, language: Language): string {
  const size = sizeIn(language, bytes);
  return allBytes === null ? size : sayer(language)("progress", { bytes: size, all: sizeIn(language, allBytes) });
}

type Say = (word: keyof typeof savingWords, values?: Record<string, string>) => string;

function sayer(language: Language): Say {
  return (word, values = {}) => fill(savingWords[word][language], values);
}

class Control implements Saver {
  readonly #language: Language;
  readonly #say: Say;
  readonly #line: Line;
  #saving: Saving | null = null;
  /** What was told since the page asked to be saved. */
  #told: Saving | null = null;
  #asked: Promise<void> | null = null;
  #wake = () => {};

  constructor(private readonly page: Surroundings) {
    this.#language = languageFor(page.language);
    this.#say = sayer(this.#language);
    const { door, window } = page;
    this.#line = new Line(window.document, page.note.element, this.#say, {
      save: () => void this.save().catch(console.warn),
      cancel: () => void door.cancelSaving().catch(console.warn),
      open: () => void door.openLibrary("saved"),
    });
  }

  hear(saving: Saving): void {
    this.#told = saving;
    this.#show(saving);
    this.#wake();
  }

  /** Asked for again while it is being saved, it is the same saving. */
  save(): Promise<void> {
    if (!this.page.canSave) return Promise.reject(new Error(this.#say("notHere")));
    this.#asked ??= this.#ask().finally(() => (this.#asked = null));
    return this.#asked;
  }

  async #ask(): Promise<void> {
    this.#told = null;
    const begun: Saving = { canSave: true, state: "saving", items: 0, allItems: 0, bytes: 0, allBytes: null, missing: 0 };
    this.#show(begun);
    try {
      await this.page.door.savePage();
    } catch (cause) {
      this.#show({ ...begun, state: "failed" });
      throw new Error(this.#say("notSaved"), { cause });
    }
    const state = await this.#end();
    if (state === null) throw new Error(this.#say("cancelled"));
    if (state === "failed") throw new Error(this.#say("notSaved"));
  }

  async #end(): Promise<Saving["state"]> {
    for (;;) {
      if (this.#told !== null && this.#told.state !== "saving") return this.#told.state;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  #show(saving: Saving): void {
    const { note, show } = this.page;
    // A page that is saved already is nothing new; one that is being saved is.
    const was = this.#saving === null && saving.state !== "saving" ? saving : this.#saving;
    if (saving.state !== was?.state || saving.missing !== was.missing) note.isQuiet = false;
    this.#line.show(showing(saving, this.#language), this.#saving !== null);
    this.#saving = saving;
    show();
  }
}

interface Acts {
  save(): void;
  cancel(): void;
  open(): void;
}

/** What the control consists of; it shows one of its faces at a time. */
class Line {
  readonly #root: ShadowRoot;
  readonly #save: HTMLButtonElement;
  readonly #progress: HTMLElement;
  readonly #bytes: HTMLElement;
  readonly #cancel: HTMLButtonElement;
  readonly #tick: HTMLElement;
  readonly #text: HTMLElement;
  readonly #open: HTMLButtonElement;

  constructor(document: Document, element: HTMLElement, say: Say, acts: Acts) {
    this.#root = attachShadow.call(element, { mode: "open" });
    this.#root.append(...dressing(document, this.#root, STYLE));
    const add = <Name extends keyof HTMLElementTagNameMap>(name: Name, parent: Node = this.#root) =>
      parent.appendChild(document.createElement(name));
    const label = (text: string, act: (event: MouseEvent) => void) => {
      const labelled = this.#root.appendChild(button(document, act));
      labelled.textContent = text;
      return labelled;
    };
    this.#save = label(say("save"), acts.save);
    this.#progress = add("div");
    this.#progress.setAttribute("role", "progressbar");
    this.#progress.setAttribute("aria-label", say("saving"));
    add("i", this.#progress);
    this.#bytes = add("span", this.#progress);
    // It comes to stand under the pointer of somebody who double-clicks.
    this.#cancel = label(say("cancel"), ({ detail }) => detail > 1 || acts.cancel());
    this.#tick = add("b");
    this.#tick.setAttribute("aria-hidden", "true");
    this.#tick.textContent = "✓";
    this.#text = add("p");
    this.#text.setAttribute("role", "status");
    // What had the focus may go; then it is here.
    this.#text.tabIndex = -1;
    this.#open = label("▸", acts.open);
    this.#open.setAttribute("aria-label", say("open"));
  }

  /** `isNews`: it is worth being read out. */
  show(shown: Shown, isNews: boolean): void {
    const focused = this.#root.activeElement;
    this.#save.hidden = shown.kind !== "offer";
    this.#progress.hidden = this.#cancel.hidden = shown.kind !== "progress";
    this.#tick.hidden = shown.kind !== "end" || !shown.isProven;
    this.#open.hidden = shown.kind !== "end" || !shown.leads;
    this.#text.setAttribute("aria-live", isNews ? "polite" : "off");
    const text = shown.kind === "end" ? shown.text : "";
    if (this.#text.textContent !== text) this.#text.textContent = text;
    if (shown.kind === "progress") {
      this.#bytes.textContent = shown.text;
      this.#progress.style.setProperty("--done", `${shown.percent}%`);
      this.#progress.setAttribute("aria-valuenow", String(shown.percent));
      this.#progress.setAttribute("aria-valuetext", `${shown.percent}%, ${shown.text}`);
    }
    if (focused instanceof HTMLElement && focused.hidden) {
      const buttons = [this.#save, this.#cancel, this.#open];
      (buttons.find((one) => !one.hidden) ?? this.#text).focus();
    }
  }
}
