/** Where a form goes: its attributes and those of the button that submits it. */
import { parse, type Site } from "./site";

/** A form or one of its submit buttons decides each of these. */
export interface Destination {
  url: URL;
  enctype: string;
  /** The name of the window or frame that gets the answer; empty for the form's own. */
  target: string;
}

/**
 * Where a POST form goes, or null if it is not a POST to the site.
 *
 * `submitter` is the button pressed, if any.
 */
export function destination(form: HTMLFormElement, submitter: Element | null, site: Site): Destination | null {
  const either = (name: string) => attribute(submitter, `form${name}`) ?? attribute(form, name) ?? "";
  if (either("method").toLowerCase() !== "post") return null;
  const { URL: address, baseURI } = form.ownerDocument;
  const action = either("action");
  // "If action is the empty string, let action be the URL of the form document."
  const url = site.resolve(action.trim() === "" ? (address.startsWith("about:") ? baseURI : address) : action);
  if (url === null) return null;
  const base = form.ownerDocument.querySelector("base[target]");
  const target = attribute(submitter, "formtarget") ?? attribute(form, "target") ?? attribute(base, "target") ?? "";
  return { url, enctype: either("enctype"), target };
}

/** Not `element.getAttribute`: a form's field of that name would take its place. */
function attribute(element: Element | null, name: string): string | null {
  return element === null ? null : Element.prototype.getAttribute.call(element, name);
}

/**
 * The window that `target` names, seen from `from`.
 *
 * The app has one window, so a name that no frame has means that window, and so
 * does `_blank`.
 */
export function targetWindow(target: string, from: Window): Window {
  const top = from.top ?? from;
  switch (target.toLowerCase()) {
    case "":
    case "_self":
      return from;
    case "_parent":
      return from.parent;
    case "_top":
    case "_blank":
      return top;
    default:
      return ownFrame(target, from.document) ?? frameNamed(target, top) ?? top;
  }
}

/** A frame of another site keeps its name to itself, but its element tells. */
function ownFrame(name: string, document: Document): Window | null {
  const frames = document.querySelectorAll<HTMLIFrameElement>("iframe[name], frame[name]");
  return Array.from(frames).find((frame) => attribute(frame, "name") === name)?.contentWindow ?? null;
}

function frameNamed(name: string, within: Window): Window | null {
  for (let index = 0; index < within.length; index++) {
    const frame = within[index];
    if (frame === undefined) continue;
    try {
      if (frame.name === name) return frame;
    } catch {
      continue;
    }
    const inner = frameNamed(name, frame);
    if (inner !== null) return inner;
  }
  return null;
}

/**
 * Shows `address` in `where`, as a navigation and not as a jump within the page.
 *
 * A site must not be able to name a script here; whether any other address may
 * be shown is decided where all navigations are.
 */
export function navigate(where: Window, address: string, app: string): void {
  const url = parse(address, app);
  if (url === null || url.protocol === "javascript:") return;
  const stays = url.hash !== "" && hashless(url.href) === hashless(addressOf(where));
  where.location.assign(url.href);
  // With only another fragment the page would scroll, and show what was before the submission.
  if (stays) where.location.reload();
}

function addressOf(window: Window): string {
  try {
    return window.location.href;
  } catch {
    // It shows another site, and leaves it anyway.
    return "";
  }
}

function hashless(address: string): string {
  return address.split("#", 1)[0] ?? address;
}
