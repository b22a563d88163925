/**
 * Changes a document into a newer version of it and keeps what is the person's:
 * input, focus, selection, scroll positions, what is open and what plays.
 */
import { Idiomorph } from "idiomorph";
import { Facts } from "./facts";
import { entered, fieldsOf, groupOf, isChanged, keeper, type Field } from "./fields";
import { mergeHead } from "./head";
import { OPT_OUT, TEXT, type Patch, type Touched } from "./patching";

/** Stands in for an id while the versions are compared. */
const MARK = "holdfast-mark-";

/** What the person opens and closes. */
const OPENED = "details, dialog";

export const patch: Patch = async ({ live, known, touched, unseen }, html) => {
  const fresh = new DOMParser().parseFromString(html, "text/html");
  const facts = new Facts(fresh).get();
  // A fallback, or the page of another visitor, is no newer version of this page.
  if (facts?.source !== "store" || facts.visitor !== known.visitor) return null;
  if (fresh.documentElement.hasAttribute(OPT_OUT) || !isAlike(live, fresh)) return null;
  // A script runs where it stands in a page that is loaded; here it would run a second time.
  for (const script of fresh.querySelectorAll("script")) if (isRun(script)) script.remove();

  if (input(live, fresh) === null) return null;
  const head = await mergeHead(live, fresh);
  // Something may have been entered meanwhile.
  const kept = input(live, fresh);
  if (kept === null) {
    head.undo();
    return null;
  }
  unseen(() => {
    const unmark = mark(live, fresh);
    const restore = [...kept].map(keeper).concat(view(live));
    try {
      attributes(live.documentElement, fresh.documentElement, touched);
      Idiomorph.morph(live.body, fresh.body, { morphStyle: "outerHTML", callbacks: callbacks(kept, touched) });
    } finally {
      unmark();
      for (const put of restore) put();
      head.finish();
    }
  });
  return facts;
};

/** The fields that are not to be touched, or null if one of them has no place in the newer version. */
function input(live: Document, fresh: Document): Set<Field> | null {
  const [ours, theirs] = [fieldsOf(live.body), fieldsOf(fresh.body)];
  const changed = [...ours].filter(([, field]) => isChanged(field));
  // An id that has moved on to another choice would take what was chosen with it.
  if (changed.some(([key, field]) => theirs.get(key)?.id !== field.id)) return null;
  return new Set(changed.flatMap(([, field]) => groupOf(field, ours.values())));
}

/** Whether one can become the other: two pages that are framed or named otherwise cannot. */
function isAlike(live: Document, fresh: Document): boolean {
  const [ours, theirs] = [live.body, fresh.body];
  return ours?.localName === "body" && theirs?.localName === "body" && ours.id === theirs.id;
}

/** Whether that is a script, and not data in the shape of one. */
function isRun(element: Element): boolean {
  if (element.localName !== "script") return false;
  const type = (element.getAttribute("type") ?? "").trim().toLowerCase();
  return type === "" || type === "module" || type === "importmap" || /(java|ecma)script/.test(type);
}

function callbacks(kept: Set<Field>, touched: Touched) {
  return {
    beforeNodeMorphed: (old: Node, fresh: Node) => {
      if (old.nodeType !== 1) return true;
      const element = old as HTMLElement;
      // A word that a script has put there; what holds more than words is compared.
      if (touched.get(element)?.has(TEXT) === true && element.childElementCount === 0) {
        attributes(element, fresh as Element, touched);
        return false;
      }
      // What the person writes or hears at the moment.
      return !isRun(element) && !element.isContentEditable && !isPlaying(element);
    },
    // The site sends none of them any more, but what they have set up goes on.
    beforeNodeRemoved: (old: Node) => old.nodeType !== 1 || !isRun(old as Element),
    beforeAttributeUpdated: (name: string, element: Element) => {
      if (name === "open" && element.matches(OPENED)) return false;
      if (name === "selected" && kept.has(element.closest("select") as Field)) return false;
      if (kept.has(element as Field) && entered(element as Field).includes(name)) return false;
      // A token that is worth anything is the newest.
      const isToken = element.localName === "input" && /csrf/i.test((element as HTMLInputElement).name);
      return isToken || touched.get(element)?.has(name) !== true;
    },
  };
}

function isPlaying(element: Element): boolean {
  return /^(audio|video)$/.test(element.localName) && !(element as HTMLMediaElement).paused;
}

/** Makes the attributes of an element those of another one. */
function attributes(old: Element, fresh: Element, touched: Touched): void {
  const isTouched = (name: string) => touched.get(old)?.has(name) === true;
  for (const { name, value } of [...fresh.attributes]) {
    if (!isTouched(name) && old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  for (const { name } of [...old.attributes]) {
    if (!isTouched(name) && !fresh.hasAttribute(name)) old.removeAttribute(name);
  }
}

/**
 * Lets fields, and what can be opened, be found again in the newer version, as if each
 * had an id. Without, the text in the first field would end up in one put before it.
 */
function mark(live: Document, fresh: Document): () => void {
  let count = 0;
  const pair = (ours: Map<string, Element>, theirs: Map<string, Element>) => {
    for (const [key, old] of ours) {
      const other = theirs.get(key);
      if (other === undefined || old.hasAttribute("id") || other.hasAttribute("id")) continue;
      old.id = other.id = MARK + count++;
    }
  };
  pair(fieldsOf(live.body), fieldsOf(fresh.body));
  pair(openedOf(live.body), openedOf(fresh.body));
  return () => {
    for (const element of live.querySelectorAll(`[id^="${MARK}"]`)) element.removeAttribute("id");
  };
}

/** What can be opened, by what is to be read on it. */
function openedOf(root: ParentNode): Map<string, Element> {
  const found = new Map<string, Element>();
  for (const element of root.querySelectorAll(OPENED)) {
    const key = `${element.localName} ${element.querySelector("summary, h1, h2, h3")?.textContent?.trim() ?? ""}`;
    let count = 0;
    while (found.has(`${key}${count}`)) count++;
    found.set(`${key}${count}`, element);
  }
  return found;
}

/** Puts back where the person is: the focus, what is selected, how far is scrolled, what plays. */
function view(live: Document): () => void {
  const window = live.defaultView as Window;
  const focused = live.activeElement as HTMLInputElement | null;
  const selection = selectionOf(focused);
  const { scrollX, scrollY } = window;
  const scrolled = [...live.body.querySelectorAll("*")].filter((element) => element.scrollTop !== 0 || element.scrollLeft !== 0);
  const positions = scrolled.map((element) => [element, element.scrollLeft, element.scrollTop] as const);
  const playing = [...live.body.querySelectorAll<HTMLMediaElement>("audio, video")].filter(isPlaying);
  return () => {
    if (focused !== null && focused !== live.activeElement && focused.isConnected) {
      focused.focus({ preventScroll: true });
    }
    if (selection !== null && String(selectionOf(focused)) !== String(selection)) focused?.setSelectionRange(...selection);
    for (const [element, left, top] of positions) {
      if (element.scrollTop !== top) element.scrollTop = top;
      if (element.scrollLeft !== left) element.scrollLeft = left;
    }
    if (window.scrollX !== scrollX || window.scrollY !== scrollY) {
      window.scrollTo({ left: scrollX, top: scrollY, behavior: "instant" });
    }
    // What is moved within a document stops.
    for (const media of playing) if (media.isConnected && media.paused) media.play().catch(() => {});
  };
}

type Selected = [number, number, "forward" | "backward" | "none"];

/** What is selected in a field, or null where there is nothing that could be. */
function selectionOf(field: HTMLInputElement | null): Selected | null {
  try {
    const { selectionStart, selectionEnd, selectionDirection } = field ?? {};
    if (selectionStart == null || selectionEnd == null) return null;
    return [selectionStart, selectionEnd, selectionDirection ?? "none"];
  } catch {
    return null;
  }
}
