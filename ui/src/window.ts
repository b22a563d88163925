/**
 * What people expect of a window with a website in it: its keys, downloads that a page begins, and
 * that what is dropped does not lead away.
 *
 * The app puts it into every document beside the page's bundle, where it gives its window these
 * things, with the site's real origin in `__HOLDFAST_SITE__`.
 */
import { hasDoor } from "./door";
import { installDownloads } from "./downloads";
import { installDrops } from "./drops";
import { siteOf } from "./site";
import { installWindowKeys } from "./window-keys";

/** Put in front of this script by the app. */
declare const __HOLDFAST_SITE__: string;

/** As in the page's bundle: a frame's first, empty document gives its window to the next one. */
const MARK = Symbol.for("holdfast-window");

start();

function start(): void {
  try {
    if (MARK in document) return;
    Object.defineProperty(document, MARK, { value: true });
    const site = siteOf(document, __HOLDFAST_SITE__);
    if (!hasDoor() || site === null) return;
    installWindowKeys(window);
    installDownloads(window, site);
    installDrops(window);
  } catch (error) {
    console.warn("Holdfast could not prepare this page.", error);
  }
}
