/**
 * The in-page bundle: what the site's pages need to live in the app.
 *
 * The app puts it into every document, before the page's own scripts, with the
 * site's real origin in `__HOLDFAST__`.
 */
import { installBeacon } from "./beacon";
import { SubmitButtons } from "./buttons";
import { Cookies, defineCookie } from "./cookies";
import { destination, navigate } from "./destination";
import { openDoor, type Door } from "./door";
import { Facts } from "./facts";
import { installFetch } from "./fetch";
import { installForms } from "./forms";
import { installKeys } from "./keys";
import { outliveThePage } from "./leaving";
import { installLinks } from "./links";
import { rememberBodies } from "./request";
import { siteOf, type Site } from "./site";
import { Status } from "./status";
import { submitter, type Context } from "./submit";
import { installConstructors } from "./workers";
import { installXhr } from "./xhr";

/** Put in front of this bundle by the app. */
declare const __HOLDFAST__: { origin: string };
/** The text of worker.js, put in by the build. */
declare const __HOLDFAST_PRELUDE__: string;

/** Tells the frames of the page that the connection changed; they cannot hear the app themselves. */
const CONNECTION = "holdfast-connection";

/** A frame's first, empty document gives its window to the next one, so the mark is the document's. */
const MARK = Symbol.for("holdfast");

start();

function start(): void {
  try {
    if (MARK in document) return;
    Object.defineProperty(document, MARK, { value: true });
    const door = openDoor();
    const site = siteOf(document, __HOLDFAST__.origin);
    if (door !== null && site !== null) install(door, site);
  } catch (error) {
    // Without the shim the page still reads; a page whose first script throws may not.
    console.warn("Holdfast could not prepare this page.", error);
  }
}

function install(door: Door, site: Site): void {
  const facts = new Facts(document);
  const cookies = new Cookies(facts, door, site);
  const context: Context = { site, cookies, submit: submitter(door, site, cookies) };
  const buttons = new SubmitButtons(document, (form, button) => destination(form, button, site) !== null);
  const status = new Status(window, facts, buttons);

  defineCookie(document, cookies);
  outliveThePage(window);
  installFetch(window, context, rememberBodies(window));
  installXhr(window, context);
  installBeacon(Navigator.prototype, context);
  installConstructors(window, site, __HOLDFAST_PRELUDE__);
  installForms(window, context, {
    unsent: (because) => status.unsent(because),
    answered: (where, address) => navigate(where, address, site.app),
  });
  installLinks(window, site);
  if (window === window.top) installKeys(window);

  whenFactsAreThere(facts, () => status.refresh());
  if (window === window.top) hearApp(door, status, facts);
  else hearTop(window.top as Window, status);
  window.addEventListener("pageshow", ({ persisted }) => {
    if (!persisted) return;
    cookies.refresh();
    status.refresh();
  });
}

/** The tag is the first thing in the head: the parser's first step brings it, long before the page is complete. */
function whenFactsAreThere(facts: Facts, ready: () => void): void {
  const parsing = new MutationObserver(check);
  document.addEventListener("readystatechange", check);
  parsing.observe(document, { childList: true, subtree: true });
  check();

  function check(): void {
    if (document.readyState !== "loading") document.removeEventListener("readystatechange", check);
    if (facts.get() === null) return;
    parsing.disconnect();
    ready();
  }
}

function hearApp(door: Door, status: Status, facts: Facts): void {
  let visit = 0;
  const tell = (online: boolean) => {
    status.connected(online);
    window.dispatchEvent(new CustomEvent(CONNECTION, { detail: online }));
  };
  const open = (isRestored: boolean) => {
    const opened = ++visit;
    const listener: Parameters<Door["pageOpened"]>[0] = (event) => {
      if (opened !== visit) return;
      if (event.type === "connection") tell(event.online);
      else status.hear(event);
    };
    // Events that were sent while no page listened are lost, so the answer says how things stand.
    door.pageOpened(listener).then(
      ({ online, visitor }) => {
        // A page that was left open for another visitor is not this one's to see.
        if (isRestored && facts.get()?.visitor !== visitor) window.location.reload();
        else tell(online);
      },
      (error: unknown) => console.warn("Holdfast does not answer.", error),
    );
  };
  open(false);
  window.addEventListener("pageshow", ({ persisted }) => {
    if (persisted) open(true);
  });
}

function hearTop(top: Window, status: Status): void {
  const hear = (event: Event) => status.connected((event as CustomEvent<boolean>).detail);
  const listen = () => top.addEventListener(CONNECTION, hear);
  listen();
  // Or the top would keep every frame that ever was.
  window.addEventListener("pagehide", () => top.removeEventListener(CONNECTION, hear));
  window.addEventListener("pageshow", listen);
}
