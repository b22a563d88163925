/** The bar at the top of the page: one sentence, and the one thing that can be done. */
import type { Notice } from "./sentence";
import type { Language } from "./words";

/** The bar's element. */
export const BAR = "holdfast-bar";

// `!important` in a shadow tree wins over the page's own, so that no rule of the site can hide or bend the bar.
const STYLE = `
:host {
  all: initial !important;
  display: block !important;
  direction: ltr !important;
  position: relative !important;
  z-index: 2147483647 !important;
  color-scheme: light dark !important;
}
div {
  --text: #1b1f27;
  --ground: #e9eef7;
  --edge: #b4bfd3;
  box-sizing: border-box;
  display: flex;
  flex-wrap: wrap;
  align-items: center;
  gap: 4px 12px;
  min-height: 40px;
  padding: 4px 12px;
  border-bottom: 1px solid var(--edge);
  background: var(--ground);
  color: var(--text);
  font: 14px/1.4 system-ui, -apple-system, "Segoe UI", sans-serif;
}
i {
  flex: none;
  box-sizing: border-box;
  width: 12px;
  height: 12px;
  border: 2px solid Highlight;
  border-color: AccentColor;
  border-radius: 50%;
}
:host([data-state="offline"]) i, :host([data-state="fallback"]) i { border-style: dashed; }
p { flex: 1 1 12em; margin: 0; overflow-wrap: anywhere; }
p:empty::before { content: attr(data-room); visibility: hidden; }
button {
  flex: none;
  min-width: 30px;
  min-height: 30px;
  padding: 2px 10px;
  border: 1px solid var(--edge);
  border-radius: 6px;
  background: transparent;
  color: inherit;
  font: inherit;
  cursor: pointer;
}
button[aria-label] { padding: 2px; border-color: transparent; }
button:hover { background: var(--edge); }
button:focus-visible { outline: 2px solid currentColor; outline-offset: 1px; }
button[hidden] { display: none; }
@media (max-width: 480px) {
  button:not([aria-label]) { order: 1; margin-left: 24px; }
}
@media (prefers-color-scheme: dark) {
  div { --text: #f1f4fa; --ground: #262c38; --edge: #566078; }
}
@media print {
  :host { display: none !important; }
}
`;

/** The buttons of the bar. */
export interface BarActions {
  reload(): void;
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

  /** Shows `notice` in `language`, or takes the bar away. */
  show(notice: Notice | null, language: Language, dismissLabel: string): void {
    if (notice === null) {
      this.#parts?.host.remove();
      return;
    }
    // A drawing or a feed has no place for a bar.
    if (!(this.document.documentElement instanceof HTMLElement)) return;
    const parts = (this.#parts ??= build(this.document, this.actions));
    // Said already: nothing is touched, or the page would be laid out and read out anew.
    const wanted = JSON.stringify([notice.state, notice.text, notice.reload, language]);
    if (parts.host.isConnected && this.#shown === wanted) return;
    this.#shown = wanted;
    const isOlder = parts.host.isConnected && parts.host.dataset["state"] === notice.state;
    parts.host.dataset["state"] = notice.state;
    parts.host.lang = language;
    parts.dismiss.setAttribute("aria-label", dismissLabel);
    parts.reload.hidden = notice.reload === null;
    parts.reload.textContent = notice.reload;
    // A minute more is not worth interrupting a person who listens.
    parts.text.setAttribute("aria-live", isOlder ? "off" : "polite");
    if (parts.host.isConnected) parts.text.textContent = notice.text;
    else this.#insert(parts, notice.text);
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
    text.dataset["room"] = sentence;
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
}

// Before any change to it that watches shadow trees.
const attachShadow = Element.prototype.attachShadow;

function build(document: Document, actions: BarActions): Parts {
  const host = document.createElement(BAR);
  const root = attachShadow.call(host, { mode: "open" });
  root.append(...dressing(document, root));
  const row = root.appendChild(document.createElement("div"));
  row.appendChild(document.createElement("i")).setAttribute("aria-hidden", "true");
  const text = row.appendChild(document.createElement("p"));
  text.setAttribute("role", "status");
  const reload = row.appendChild(button(document, actions.reload));
  const dismiss = row.appendChild(button(document, actions.dismiss));
  dismiss.textContent = "✕";
  return { host, text, reload, dismiss };
}

/** Gives the tree its style; returns what must stand in it for that. */
function dressing(document: Document, root: ShadowRoot): Node[] {
  if (!("adoptedStyleSheets" in root)) {
    const element = document.createElement("style");
    element.textContent = STYLE;
    return [element];
  }
  // A sheet that is adopted is no inline style, which a policy of the page may forbid.
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLE);
  (root as ShadowRoot).adoptedStyleSheets = [sheet];
  return [];
}

function button(document: Document, act: () => void): HTMLButtonElement {
  const element = document.createElement("button");
  element.type = "button";
  element.addEventListener("click", act);
  return element;
}
