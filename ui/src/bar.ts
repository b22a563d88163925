/** The bar at the top of the page: one sentence, and the one thing that can be done. */
import STYLE from "./bar.css?raw";
import type { Notice } from "./sentence";
import type { Note } from "./waiting";
import type { Language } from "./words";

/** The bar's element. */
export const BAR = "holdfast-bar";

/** The buttons of the bar. */
export interface BarActions {
  reload(): unknown;
  dismiss(): void;
}

/** Made when it is first needed, and in the page only while it says something. */
export class Bar {
  #parts: Parts | null = null;
  #shown = "";

  constructor(
    private readonly document: Document,
    private readonly actions: BarActions,
  ) {}

  /** Shows `notice` in `language` and `notes` beside it, in their order, or takes the bar away. */
  show(notice: Notice | null, notes: Note[], language: Language, dismissLabel: string): void {
    const state = (notice ?? notes.find((note) => !note.isQuiet))?.state;
    if (state === undefined) {
      this.#parts?.host.remove();
      return;
    }
    // A drawing or a feed has no place for a bar.
    if (!(this.document.documentElement instanceof HTMLElement)) return;
    const parts = (this.#parts ??= build(this.document, this.actions));
    // Said already: nothing is touched, or the page would be laid out and read out anew.
    const { host, text, reload, dismiss } = parts;
    const elements = notes.map((note) => note.element);
    for (const old of parts.notes) if (!elements.includes(old)) old.remove();
    parts.notes = elements;
    let next: Element = dismiss;
    for (const element of [...elements].reverse()) {
      if (element.nextSibling !== next) next.before(element);
      next = element;
    }
    const wanted = JSON.stringify([notice, state, language]);
    if (host.isConnected && this.#shown === wanted) return;
    this.#shown = wanted;
    const isOlder = host.isConnected && host.dataset["state"] === state;
    host.dataset["state"] = state;
    host.lang = language;
    dismiss.setAttribute("aria-label", dismissLabel);
    const { text: sentence, reload: label } = notice ?? { text: "", reload: null };
    reload.hidden = label === null;
    reload.textContent = label;
    // A minute more is not worth interrupting a person who listens.
    text.setAttribute("aria-live", isOlder ? "off" : "polite");
    text.dataset["room"] = sentence;
    if (host.isConnected) text.textContent = sentence;
    else this.#insert(parts, sentence);
  }

  /**
   * Puts the bar above the body: inside it, a body that lays out its children
   * in a row would put the bar beside them.
   *
   * Screen readers announce what changes in a status region that they know
   * already, so the text comes a moment after the bar; until then its room is
   * kept, or the page would be moved twice.
   */
  #insert({ host, text }: Parts, sentence: string): void {
    text.textContent = "";
    const root = this.document.documentElement;
    root.insertBefore(host, this.document.body?.parentNode === root ? this.document.body : null);
    setTimeout(() => {
      if (text.textContent === "") text.textContent = sentence;
    });
  }
}

interface Parts {
  host: HTMLElement;
  text: HTMLElement;
  reload: HTMLButtonElement;
  dismiss: HTMLButtonElement;
  notes: HTMLElement[];
}

// Before any change to it that watches shadow trees.
export const attachShadow = Element.prototype.attachShadow;

function build(document: Document, actions: BarActions): Parts {
  const host = document.createElement(BAR);
  const root = attachShadow.call(host, { mode: "open" });
  root.append(...dressing(document, root, STYLE));
  const row = root.appendChild(document.createElement("div"));
  row.appendChild(document.createElement("i")).setAttribute("aria-hidden", "true");
  const text = row.appendChild(document.createElement("p"));
  text.setAttribute("role", "status");
  const reload = row.appendChild(button(document, actions.reload));
  const dismiss = row.appendChild(button(document, actions.dismiss));
  dismiss.textContent = "✕";
  return { host, text, reload, dismiss, notes: [] };
}

/** Gives the tree its style; returns what must stand in it for that. */
export function dressing(document: Document, root: ShadowRoot, style: string): Node[] {
  if (!("adoptedStyleSheets" in root)) {
    const element = document.createElement("style");
    element.textContent = style;
    return [element];
  }
  // A sheet that is adopted is no inline style, which a policy of the page may forbid.
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(style);
  (root as ShadowRoot).adoptedStyleSheets = [sheet];
  return [];
}

export function button(document: Document, act: (event: MouseEvent) => void): HTMLButtonElement {
  const element = document.createElement("button");
  element.type = "button";
  element.addEventListener("click", act);
  return element;
}
