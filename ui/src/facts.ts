/**
 * What the app tells each page about itself, in a tag at the start of its head.
 */

import type { Cause } from "./app-types";

/** How the page came about. The engine writes it; the names are its own. */
export interface PageFacts {
  /** `answer`: the site's answer to a submission; `outbox`: that one waits. */
  source: "network" | "store" | "fallback" | "answer" | "outbox";
  /** When the site sent what is shown; null for a fallback that is built into the app. */
  storedAtMs: number | null;
  /** Why the stored copy was used. */
  because: "offline" | "slow" | "server-error" | "strategy" | null;
  /** Whether the site could be reached when the page was sent. */
  online: boolean;
  /** Why it could not. */
  cause: Cause | null;
  /** What `document.cookie` shows. */
  cookies: string;
  /** Differs between visitors, and says nothing else about them. */
  visitor: string;
  /** The system's language (BCP 47). */
  language: string;
  /** Whether the person may save the page. */
  canSave: boolean;
}

const TAG = "holdfast-page";

/** Reads the facts of `document`, once they are there. */
export class Facts {
  #known: PageFacts | null = null;

  constructor(private readonly document: Document) {}

  /** The facts, or null while the parser has not come to their tag yet. */
  get(): PageFacts | null {
    this.#known ??= this.#read();
    return this.#known;
  }

  /** The page shows now what another one would, which came about like this. */
  renew({ source, storedAtMs, because }: PageFacts): void {
    if (this.#known !== null) this.#known = { ...this.#known, source, storedAtMs, because };
  }

  #read(): PageFacts | null {
    const tag = this.document.getElementById(TAG);
    const loading = this.document.readyState === "loading";
    if (tag?.localName !== "script") return loading ? null : defaults();
    let facts: PageFacts;
    try {
      facts = { ...defaults(), ...(JSON.parse(tag.textContent ?? "") as Partial<PageFacts>) };
    } catch {
      // While the document loads, the parser may have brought only the first half of the text.
      return loading ? null : defaults();
    }
    tag.remove();
    return facts;
  }
}

/** What holds for a document without a tag: an image, a blank frame. */
function defaults(): PageFacts {
  return {
    source: "network",
    storedAtMs: null,
    because: null,
    online: true,
    cause: null,
    cookies: "",
    visitor: "",
    language: navigator.language,
    canSave: false,
  };
}
