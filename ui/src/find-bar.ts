/** The bar that finds words in the page: a field, how often they are there, and the way to the next. */
import { attachShadow, button, dressing } from "./bar";
import STYLE from "./find.css?raw";
import { findIn, MOST } from "./finding";
import FOUND from "./found.css?raw";
import type { Find, FindAct } from "./window-keys";
import { fill, findWords, languageFor } from "./words";

/** The bar's element. */
export const FIND_BAR = "holdfast-find";

/** How long the page may stand still before it is searched anew, after it has changed. */
const QUIET_MS = 300;

/** Opens the part: `tag` is the language of the app (BCP 47). */
export function openFindBar(window: Window & typeof globalThis, tag: string): Find {
  const bar = new FindBar(window, tag);
  return (act) => bar.act(act);
}

class FindBar {
  readonly #host: HTMLElement;
  readonly #field: HTMLInputElement;
  readonly #count: HTMLOutputElement;
  readonly #language;
  #ranges: Range[] = [];
  /** Which of them is shown. */
  #at = -1;
  /** What was searched for. */
  #text = "";
  /** What had the focus before. */
  #before: Element | null = null;
  readonly #changes: MutationObserver;
  #quiet: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly window: Window & typeof globalThis,
    tag: string,
  ) {
    const { document } = window;
    this.#language = languageFor(tag);
    this.#host = document.createElement(FIND_BAR);
    this.#host.lang = this.#language;
    const root = attachShadow.call(this.#host, { mode: "open" });
    root.append(...dressing(document, root, STYLE));
    const form = root.appendChild(document.createElement("form"));
    form.setAttribute("role", "search");
    this.#field = form.appendChild(document.createElement("input"));
    this.#field.type = "text";
    this.#field.autocomplete = "off";
    this.#field.spellcheck = false;
    this.#count = form.appendChild(document.createElement("output"));
    this.#count.setAttribute("aria-live", "polite");
    const press = (sign: string, label: string, act: () => void) => {
      const pressed = form.appendChild(button(document, act));
      pressed.textContent = sign;
      pressed.setAttribute("aria-label", label);
    };
    const say = (word: keyof typeof findWords) => findWords[word][this.#language];
    this.#field.setAttribute("aria-label", say("find"));
    this.#field.placeholder = say("find");
    press("↑", say("previous"), () => this.#go(-1));
    press("↓", say("next"), () => this.#go(1));
    press("✕", say("close"), () => this.#close());
    this.#field.addEventListener("input", () => this.#search());
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("keydown", (event) => this.#press(event));
    // What is entered here is not the page's: none of its keys and shortcuts act on it.
    for (const name of ["keydown", "keyup", "keypress", "input", "beforeinput", "change", "paste", "focusin", "focusout"])
      root.addEventListener(name, (event) => this.#isOwn(event) && event.stopPropagation());
    this.#changes = new MutationObserver((records) => {
      if (records.every(({ target }) => this.#host.contains(target))) return;
      clearTimeout(this.#quiet);
      this.#quiet = setTimeout(() => this.#again(), QUIET_MS);
    });
  }

  /** The keys of the window (see window-keys.ts) go on, without the page hearing of what is typed. */
  #isOwn(event: Event): boolean {
    const { ctrlKey, metaKey, altKey, key } = event as KeyboardEvent;
    return !(ctrlKey || metaKey || altKey || /^F\d+$/.test(key ?? ""));
  }

  act(act: FindAct): void {
    const isOpen = this.#host.isConnected;
    if (act !== "find" && this.#text !== "") {
      if (!isOpen) this.#open();
      return this.#go(act === "find-next" ? 1 : -1);
    }
    if (!isOpen) this.#open();
    const selected = this.window.getSelection()?.toString() ?? "";
    if (selected !== "" && !selected.includes("\n") && this.window.document.activeElement !== this.#host) {
      this.#field.value = selected;
    }
    this.#field.focus();
    this.#field.select();
    this.#search();
  }

  #open(): void {
    const { document } = this.window;
    this.#before = document.activeElement;
    document.documentElement.append(this.#host);
    if (this.#field.value === "") this.#field.value = this.#text;
    this.#changes.observe(document.documentElement, { subtree: true, childList: true, characterData: true });
    if (this.#text !== "") this.#again();
  }

  /** Where the person looks now, the words that were shown are selected. */
  #close(): void {
    this.#changes.disconnect();
    clearTimeout(this.#quiet);
    this.#host.remove();
    const shown = this.#ranges[this.#at];
    this.#ranges = [];
    this.#mark();
    if (this.#before instanceof this.window.HTMLElement && this.#before !== this.window.document.body) this.#before.focus({ preventScroll: true });
    if (shown === undefined) return;
    const selection = shown.startContainer.ownerDocument?.getSelection();
    selection?.removeAllRanges();
    selection?.addRange(shown);
  }

  #press(event: KeyboardEvent): void {
    if (event.key === "Escape") this.#close();
    else if (event.key === "Enter") this.#go(event.shiftKey ? -1 : 1);
    else return;
    event.preventDefault();
  }

  /** Finds what was entered, from where the person looks. */
  #search(): void {
    const text = this.#field.value;
    const shown = this.#ranges[this.#at];
    this.#text = text;
    this.#ranges = findIn(this.window.document, text);
    this.#at = this.#first(shown);
    this.#show();
  }

  /** The same in the page as it is now, without leading the person elsewhere. */
  #again(): void {
    const before = this.#at;
    this.#ranges = findIn(this.window.document, this.#text);
    this.#at = this.#ranges.length === 0 ? -1 : Math.max(0, Math.min(before, this.#ranges.length - 1));
    this.#mark();
    this.#say();
  }

  /** Where the last one was, else the first one that is not above what can be seen, else the first of all. */
  #first(before: Range | undefined): number {
    const same = before === undefined ? -1 : this.#ranges.findIndex((range) => range.startContainer === before.startContainer && range.startOffset === before.startOffset);
    if (same >= 0) return same;
    const seen = this.#ranges.findIndex((range) => range.getBoundingClientRect().top >= 0);
    return this.#ranges.length === 0 ? -1 : Math.max(0, seen);
  }

  #go(by: 1 | -1): void {
    if (this.#field.value !== this.#text) return this.#search();
    const count = this.#ranges.length;
    if (count > 0) this.#at = (this.#at + by + count) % count;
    this.#show();
  }

  #show(): void {
    this.#mark();
    this.#say();
    const range = this.#ranges[this.#at];
    if (range === undefined) return;
    const element = range.startContainer.parentElement;
    const { top, bottom } = range.getBoundingClientRect();
    const { innerHeight } = range.startContainer.ownerDocument?.defaultView ?? this.window;
    const isSeen = top >= 60 && bottom <= innerHeight && this.window === range.startContainer.ownerDocument?.defaultView;
    if (!isSeen || isClipped(element, top)) element?.scrollIntoView({ block: "center", inline: "nearest" });
  }

  #say(): void {
    const count = this.#ranges.length;
    const say = (word: keyof typeof findWords, values = {}) => fill(findWords[word][this.#language], values);
    const number = (value: number) => value.toLocaleString(this.#language);
    const all = count >= MOST ? `${number(count)}+` : number(count);
    this.#field.setAttribute("aria-invalid", String(count === 0 && this.#text !== ""));
    this.#count.textContent = this.#text === "" ? "" : count === 0 ? say("nothing") : say("count", { n: number(this.#at + 1), all });
  }

  /** Marks what is found without a change to the page; an older webview shows only where it leads. */
  #mark(): void {
    const realms = new Map<Realm, Range[]>([[this.window, []]]);
    for (const range of this.#ranges) {
      const realm = range.startContainer.ownerDocument?.defaultView as Realm | null;
      if (realm === null) continue;
      if (!realms.has(realm)) realms.set(realm, []);
      realms.get(realm)?.push(range);
      dress(range.startContainer.getRootNode() as Document | ShadowRoot, realm);
    }
    for (const realm of this.#marked) if (!realms.has(realm)) realms.set(realm, []);
    const shown = this.#ranges[this.#at];
    for (const [realm, ranges] of realms) {
      const { CSS, Highlight } = realm;
      if (CSS?.highlights === undefined || Highlight === undefined) continue;
      CSS.highlights.set("holdfast-found", new Highlight(...ranges.filter((range) => range !== shown)));
      const here = ranges.includes(shown as Range) && shown !== undefined ? [shown] : [];
      const highlight = new Highlight(...here);
      highlight.priority = 1;
      CSS.highlights.set("holdfast-shown", highlight);
    }
    this.#marked = [...realms.keys()];
  }

  #marked: Realm[] = [];
}

type Realm = Window & typeof globalThis;

/** Where it scrolls by itself, it may be hidden although its place in the window is not. */
function isClipped(element: Element | null, top: number): boolean {
  for (let place = element; place !== null; place = place.parentElement) {
    if (place.scrollHeight <= place.clientHeight + 1 || place === place.ownerDocument.documentElement) continue;
    const { top: from, bottom: to } = place.getBoundingClientRect();
    if (top < from || top > to) return true;
  }
  return false;
}

const dressed = new WeakSet<Document | ShadowRoot>();

/** Each tree needs the colours for itself. */
function dress(root: Document | ShadowRoot, realm: Realm): void {
  if (dressed.has(root) || !("adoptedStyleSheets" in root)) return;
  dressed.add(root);
  const sheet = new realm.CSSStyleSheet();
  sheet.replaceSync(FOUND);
  root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
}
