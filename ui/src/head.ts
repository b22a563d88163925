/** The head of a page, made that of a newer version without the page losing its looks meanwhile. */

/** How long the newer version waits for its style sheets. */
const LOADING_MS = 3_000;

/** The rest of a merge that has begun. */
export interface Merge {
  /** Takes away what is not there any more. */
  finish(): void;
  /** Takes back what was added. */
  undo(): void;
}

/** Adds the new style sheets in the head of `fresh`, and waits for them. */
export async function mergeHead(live: Document, fresh: Document): Promise<Merge> {
  const known = new Map([...live.head.children].map((element) => [keyOf(element), element]));
  const nonce = live.querySelector<HTMLElement>("[nonce]")?.nonce ?? "";
  const loading: Promise<unknown>[] = [];
  const added: Element[] = [];
  for (const element of fresh.head.children) {
    if (known.delete(keyOf(element)) || element.localName === "title") continue;
    const copy = live.importNode(element, true) as HTMLElement;
    // The policy of the page that is open knows only its own.
    if (copy.hasAttribute("nonce")) copy.nonce = nonce;
    if (isSheet(copy)) loading.push(loaded(copy));
    added.push(copy);
  }
  // Sheets first: until they are there, the page is as it was.
  live.head.append(...added.filter(isSheet));
  await Promise.race([Promise.all(loading), new Promise((resolve) => setTimeout(resolve, LOADING_MS))]);
  return {
    finish: () => {
      live.head.append(...added.filter((element) => !isSheet(element)));
      if (live.title !== fresh.title) live.title = fresh.title;
      // Styles in the page may be a script's; scripts go on.
      for (const element of known.values()) if (/^(meta|link)$/.test(element.localName)) element.remove();
    },
    undo: () => added.forEach((element) => element.remove()),
  };
}

/** The same for what means the same: a nonce is another one each time, and hidden from scripts. */
function keyOf(element: Element): string {
  const copy = element.cloneNode(true) as Element;
  copy.removeAttribute("nonce");
  return copy.outerHTML;
}

function isSheet(element: Element): boolean {
  return element.localName === "link" && (element as HTMLLinkElement).relList.contains("stylesheet");
}

function loaded(element: HTMLElement): Promise<unknown> {
  return new Promise((resolve) => {
    element.addEventListener("load", resolve);
    element.addEventListener("error", resolve);
  });
}
