/** Changes the open page into the newer version that is stored, where that can be done. */
import type { Door } from "./door";
import type { Facts, PageFacts } from "./facts";
import { loadPart } from "./parts";

/** On the root element of a page that does not want to be changed. */
export const OPT_OUT = "data-holdfast-no-patch";

/** The attributes of elements that scripts changed, or {@link TEXT}. */
export type Touched = WeakMap<Element, Set<string>>;

/** Stands for what an element says. */
export const TEXT = "#text";

/** The page as it stands. */
export interface Standing {
  live: Document;
  known: PageFacts;
  touched: Touched;
  /** Changes the page without that being taken for the doing of a script. */
  unseen(change: () => void): void;
}

/**
 * Changes the page into the one in `html`; says how that came about, or null if it
 * cannot be done, in which case nothing was changed.
 */
export type Patch = (standing: Standing, html: string) => Promise<PageFacts | null>;

/** What webviews send for a page; a site may answer other values otherwise. */
const ACCEPT = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

/** Patches one page, one version after another. */
export class Patching {
  /** What scripts do is not in what the site sends and would be undone, so it is noted. */
  readonly #touched: Touched = new WeakMap();
  readonly #watching: MutationObserver;
  readonly #fetch: typeof fetch;
  #turn: Promise<unknown> = Promise.resolve();
  #isWatching = true;

  /** Before the page's scripts run. */
  constructor(
    private readonly window: Window & typeof globalThis,
    private readonly facts: Facts,
    private readonly door: Pick<Door, "loadPart">,
  ) {
    this.#fetch = window.fetch.bind(window);
    // The parser sets attributes before it inserts the element: what is seen here are scripts.
    this.#watching = new MutationObserver((records) => this.#note(records));
    const { document } = window;
    this.#watching.observe(document, { attributes: true, subtree: true });
    const parser = () => {
      if (document.readyState === "loading" || !this.#isWatching) return;
      document.removeEventListener("readystatechange", parser);
      // Until now, texts were the parser's.
      this.#watching.observe(document, { attributes: true, childList: true, characterData: true, subtree: true });
    };
    document.addEventListener("readystatechange", parser);
    parser();
  }

  /** Only a copy gets old; no other page pays for being watched. */
  settle(): void {
    if (this.facts.get()?.source === "store") return;
    this.#isWatching = false;
    this.#watching.disconnect();
  }

  /** Whether the page is the newer version now. */
  run(): Promise<boolean> {
    const done = this.#turn.then(() => this.#patch()).catch((error: unknown) => {
      console.warn("Holdfast could not change this page.", error);
      return false;
    });
    this.#turn = done;
    return done;
  }

  async #patch(): Promise<boolean> {
    const { document, location } = this.window;
    await parsed(document);
    const known = this.facts.get();
    if (known === null || !this.#isWatching || document.documentElement.hasAttribute(OPT_OUT)) return false;
    // The copy that was stored a moment ago: asking the site would bring another one, without end.
    const headers = { Accept: ACCEPT, "Cache-Control": "only-if-cached" };
    const response = await this.#fetch(location.pathname + location.search, { headers });
    if (!response.ok || !response.headers.get("Content-Type")?.startsWith("text/html")) return false;
    const [patch, html] = await Promise.all([loadPart<Patch>(this.window, this.door, "patch"), response.text()]);
    if (patch === null) return false;
    const unseen = (change: () => void) => {
      this.#note(this.#watching.takeRecords());
      try {
        change();
      } finally {
        this.#watching.takeRecords();
      }
    };
    const fresh = await patch({ live: document, known, touched: this.#touched, unseen }, html);
    if (fresh !== null) this.facts.renew(fresh);
    return fresh !== null;
  }

  #note(records: MutationRecord[]): void {
    for (const { target, attributeName } of records) {
      const element = target instanceof Element ? target : target.parentElement;
      if (element === null) continue;
      const names = this.#touched.get(element) ?? new Set();
      this.#touched.set(element, names.add(attributeName ?? TEXT));
    }
  }
}

/** Half a page cannot be compared. */
function parsed(document: Document): Promise<unknown> {
  if (document.readyState !== "loading") return Promise.resolve();
  return new Promise((resolve) => document.addEventListener("DOMContentLoaded", resolve, { once: true }));
}
