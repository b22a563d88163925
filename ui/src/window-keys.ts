/** The keys of the window beside those of keys.ts: zoom, find, print, full screen, the start page. */
import { actOnWindow, partDoor, type WindowAct } from "./door";
import { hearLast } from "./last";
import { loadPart } from "./parts";

/** What is to be found: opens the bar for that, or goes on to another match. */
export type FindAct = "find" | "find-next" | "find-previous";

/** The part that finds words in a page. */
export type Find = (act: FindAct) => void;

/** The app's menu and the frames of the page ask the top frame so. */
export const FIND = "holdfast-find-words";

/** How far a wheel is turned for one step, in pixels. */
const STEP = 60;

/** Acts on the keys where the site does not. */
export function installWindowKeys(window: Window & typeof globalThis): void {
  const ask = (act: FindAct) => window.top?.dispatchEvent(new CustomEvent<FindAct>(FIND, { detail: act }));
  hearLast(window, "keydown", (event) => {
    if (event.defaultPrevented || !event.isTrusted) return;
    if (event.key === "Control") followWheel(window);
    const act = windowActOf(event);
    if (act === null) return;
    event.preventDefault();
    if (isFind(act)) ask(act);
    else void actOnWindow(act);
  });
  if (window === window.top) hearFind(window);
}

function isFind(act: WindowAct | FindAct): act is FindAct {
  return act.startsWith("find");
}

/** The part is loaded when something is to be found for the first time. */
function hearFind(window: Window): void {
  let part: Promise<Find | null> | null = null;
  window.addEventListener(FIND, (event) => {
    const { detail } = event as CustomEvent<FindAct>;
    part ??= loadPart<Find>(window, partDoor, "find");
    void part.then((find) => (find === null ? (part = null) : find(detail)));
  });
}

type Keys = Pick<KeyboardEvent, "key" | "altKey" | "ctrlKey" | "metaKey" | "shiftKey">;

/** What a key does. */
export function windowActOf({ key, altKey, ctrlKey, metaKey, shiftKey }: Keys): WindowAct | FindAct | null {
  const isCommand = (ctrlKey || metaKey) && !altKey;
  // With Shift on some keyboards, and without on others.
  if (isCommand && (key === "+" || key === "=")) return "zoom-in";
  if (isCommand && (key === "-" || key === "_")) return "zoom-out";
  if (isCommand && key === "0") return "zoom-reset";
  const letter = isCommand ? key.toLowerCase() : "";
  if (letter === "g" || (key === "F3" && !ctrlKey && !altKey && !metaKey)) return shiftKey ? "find-previous" : "find-next";
  if (letter === "h" && metaKey && shiftKey) return "home";
  if (shiftKey) return null;
  if (letter === "f") return "find";
  if (letter === "p") return "print";
  // The app hears of that one itself where there is a menu.
  if (letter === "w") return "close";
  if (key === "F11" && !ctrlKey && !altKey && !metaKey) return "full-screen";
  if (key === "Home" && altKey && !ctrlKey && !metaKey) return "home";
  return null;
}

/**
 * Zooms with the wheel while Ctrl is held. Only then is there a listener: one that may keep a page
 * from scrolling holds up its scrolling.
 */
function followWheel(window: Window): void {
  const over = new AbortController();
  const { signal } = over;
  let turned = 0;
  const turn = (event: WheelEvent) => {
    if (!event.ctrlKey) return over.abort();
    if (event.defaultPrevented) return;
    event.preventDefault();
    turned += event.deltaMode === WheelEvent.DOM_DELTA_PIXEL ? event.deltaY : event.deltaY * STEP;
    if (Math.abs(turned) < STEP) return;
    void actOnWindow(turned > 0 ? "zoom-out" : "zoom-in");
    turned = 0;
  };
  window.addEventListener("wheel", turn, { passive: false, signal });
  const release = ({ key }: KeyboardEvent) => key === "Control" && over.abort();
  window.addEventListener("keyup", release, { signal });
  window.addEventListener("blur", () => over.abort(), { signal });
}
