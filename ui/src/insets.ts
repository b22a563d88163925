import { BAR } from "./bar";

/**
 * Between the bar and what a phone has at the edges of its screen. A page that does not say
 * `viewport-fit=cover` is kept away from there by the system, and these are 0.
 */
export const ROOM = `div {
  padding-top: calc(4px + env(safe-area-inset-top));
  padding-right: calc(12px + env(safe-area-inset-right));
  padding-left: calc(12px + env(safe-area-inset-left));
}`;

/** Keeps the bar clear of them, whenever it comes. It is above the body, or else would not be seen. */
export function makeRoom(document: Document): void {
  const dressed = new WeakSet<Element>();
  const look = () => {
    const bar = document.querySelector(BAR);
    const root = bar?.shadowRoot;
    if (!bar || !root || dressed.has(bar)) return;
    dressed.add(bar);
    // After the bar's own, so that it wins.
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(ROOM);
    root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
  };
  const watching = new MutationObserver(look);
  // There may be no element yet.
  const watch = () => {
    watching.observe(document.documentElement ?? document, { childList: true });
    look();
  };
  document.addEventListener("DOMContentLoaded", watch);
  watch();
}
