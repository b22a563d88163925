/** Pulling a page down where it begins: a short pull shows what can be done, a long one loads the page anew. */
import { attachShadow, button, dressing } from "./bar";
import STYLE from "./pull.css?raw";
import { onlyTouch } from "./touch";
import { languageFor, pullWords } from "./words";

/** How far a finger goes until something is shown, and until letting go loads the page anew. */
export const SHOWN = 48;
export const LOADS = 144;

export interface PullActions {
  reload(): void;
  library(): void;
}

/** In the page only while it shows something. */
export const PULL = "holdfast-pull";

export function installPull(window: Window, tag: string, actions: PullActions): void {
  const { document } = window;
  const words = pullWords;
  const language = languageFor(tag);
  let parts: Parts | null = null;
  let begun: { x: number; y: number } | null = null;
  let isPulling = false;
  let distance = 0;

  window.addEventListener("touchstart", begin, { passive: true });
  window.addEventListener("touchend", end);
  window.addEventListener("touchcancel", cancel);
  window.addEventListener("pagehide", cancel);
  window.addEventListener("scroll", () => void (begun === null && close()), { passive: true });

  function begin(event: TouchEvent): void {
    forget();
    const touch = onlyTouch(event);
    if (parts !== null && event.composedPath().includes(parts.host)) return;
    close();
    if (touch === null || !mayPull(window, event)) return;
    begun = { x: touch.clientX, y: touch.clientY };
    distance = 0;
    // Only now, because the webview waits for a listener that may forbid to scroll.
    window.addEventListener("touchmove", move, { passive: false });
  }

  function move(event: TouchEvent): void {
    const touch = onlyTouch(event);
    if (begun === null || touch === null || event.defaultPrevented) return cancel();
    distance = touch.clientY - begun.y;
    const sideways = Math.abs(touch.clientX - begun.x);
    if (!isPulling && (distance < 0 || sideways > distance)) return forget();
    isPulling = true;
    if (event.cancelable) event.preventDefault();
    if (distance < SHOWN) return close();
    show(distance >= LOADS ? "release" : "pull");
  }

  function end(event: TouchEvent): void {
    if (begun === null || event.touches.length > 0) return;
    const pulled = isPulling ? distance : 0;
    forget();
    if (pulled >= LOADS) {
      show("loading");
      actions.reload();
    } else if (pulled >= SHOWN) show("choice");
  }

  function cancel(): void {
    forget();
    close();
  }

  function forget(): void {
    begun = null;
    isPulling = false;
    window.removeEventListener("touchmove", move);
  }

  function close(): void {
    parts?.host.remove();
    parts = null;
  }

  function show(state: State): void {
    if (!(document.documentElement instanceof HTMLElement)) return;
    parts ??= build(document, language, actions, close);
    parts.host.dataset["state"] = state;
    const said = state === "choice" ? "" : words[state][language];
    if (parts.text.textContent !== said) parts.text.textContent = said;
    for (const one of parts.buttons) one.hidden = state !== "choice";
    if (!parts.host.isConnected) document.documentElement.append(parts.host);
  }
}

/** Pulled so far that something is said, so far that it loads, let go before that, and after. */
type State = "pull" | "release" | "choice" | "loading";

interface Parts {
  host: HTMLElement;
  text: HTMLElement;
  buttons: HTMLButtonElement[];
}

function build(document: Document, language: ReturnType<typeof languageFor>, actions: PullActions, close: () => void): Parts {
  const host = document.createElement(PULL);
  host.lang = language;
  const root = attachShadow.call(host, { mode: "open" });
  root.append(...dressing(document, root, STYLE));
  const row = root.appendChild(document.createElement("div"));
  const text = row.appendChild(document.createElement("p"));
  text.setAttribute("role", "status");
  const acts = [
    ["reload", actions.reload],
    ["library", actions.library],
  ] as const;
  const buttons = acts.map(([name, act]) => {
    const made = button(document, () => {
      close();
      act();
    });
    made.textContent = pullWords[name][language];
    return row.appendChild(made);
  });
  return { host, text, buttons };
}

/** Whether the page is where it begins, and leaves pulling to whoever shows it. */
function mayPull(window: Window, event: TouchEvent): boolean {
  const { document } = window;
  if (window.scrollY > 0) return false;
  // "contain" and "none" are for pages that do something themselves at their end (CSS Overscroll Behavior §3).
  const isOwn = (element: Element | null) => {
    const behavior = element ? window.getComputedStyle(element).overscrollBehaviorY : "";
    return behavior === "contain" || behavior === "none";
  };
  if (isOwn(document.documentElement) || isOwn(document.body)) return false;
  // What lies in something that can be scrolled up itself, or does not want to be scrolled, is not pulled.
  return event.composedPath().every((at) => {
    if (!(at instanceof Element) || at === document.documentElement || at === document.body) return true;
    return at.scrollTop <= 0 && window.getComputedStyle(at).touchAction !== "none";
  });
}
