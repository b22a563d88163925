/**
 * The in-page bundle: what the site's pages need to live in the app.
 *
 * The app puts it into every document, before the page's own scripts, with the
 * site's real origin in `__HOLDFAST__`, and the paths where what is submitted waits.
 */
import { installBeacon } from "./beacon";
import { SubmitButtons } from "./buttons";
import { Cookies, defineCookie } from "./cookies";
import { destination, navigate } from "./destination";
import { openDoor, type Because, type Door, type PageEvent } from "./door";
import type { Explain } from "./explain";
import { Facts } from "./facts";
import { installFetch } from "./fetch";
import { installForms } from "./forms";
import { installKeys } from "./keys";
import { outliveThePage } from "./leaving";
import { installLinks } from "./links";
import { offerSaving } from "./offer";
import { openWhenNeeded } from "./parts";
import { Patching } from "./patching";
import { rememberBodies } from "./request";
import { siteOf, type Site } from "./site";
import { Status } from "./status";
import { submitter, type Context } from "./submit";
import { hearWaiting, type Hear as HearWaiting } from "./waiting";
import { installConstructors } from "./workers";
import { installXhr } from "./xhr";

/** Put in front of this bundle by the app. */
declare const __HOLDFAST__: { origin: string; outbox: string[] };
/** The text of worker.js, put in by the build. */
declare const __HOLDFAST_PRELUDE__: string;

/** Tells the frames of the page what the app says; they cannot hear it themselves. */
const APP_EVENT = "holdfast-event";
/** A frame asks what it was too late to hear. */
const FRAME = "holdfast-frame";

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
  const waits = __HOLDFAST__.outbox.map((path) => new RegExp(path));
  const buttons = new SubmitButtons(document, (form, button) => {
    const where = destination(form, button, site);
    return where !== null && !waits.some((path) => path.test(where.url.pathname));
  });
  const patching = new Patching(window, facts, door);
  const explain = openWhenNeeded<{ window: Window }, Explain>(door, "cause", async () => ({ window }));
  const status = new Status(window, facts, buttons, () => patching.run(), explain);

  defineCookie(document, cookies);
  outliveThePage(window);
  installFetch(window, context, rememberBodies(window));
  installXhr(window, context);
  installBeacon(Navigator.prototype, context);
  installConstructors(window, site, __HOLDFAST_PRELUDE__);
  const replaced = new WeakMap<HTMLFormElement, string>();
  const told = {
    unsent: (because: Because | null) => status.unsent(because),
    answered: (where: Window, address: string) => navigate(where, address, site.app),
  };
  installForms(window, context, told, replaced);
  installLinks(window, site);

  const ready = new Promise<void>((resolve) => {
    whenFactsAreThere(facts, () => {
      patching.settle();
      status.refresh();
      resolve();
    });
  });
  if (window === window.top) {
    const waiting = hearWaiting(door, async () => {
      await ready;
      const language = facts.get()?.language ?? "";
      return { window, language, replaced, openLibrary: () => void door.openLibrary("waiting"), show: (note) => status.note(note) };
    });
    const offer = offerSaving(window, door, facts, status, ready);
    installKeys(window, door, () => offer.save());
    const hear = (event: PageEvent) => {
      if (event.type === "saving") offer.hear(event.saving);
      else if (event.type === "connection" || "path" in event) status.hear(event);
      else waiting(event);
    };
    hearApp(door, hear, waiting, facts);
  } else hearTop(window.top as Window, status);
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
    if (facts.get() === null) return;
    document.removeEventListener("readystatechange", check);
    parsing.disconnect();
    ready();
  }
}

function hearApp(door: Door, hear: Hear, waiting: HearWaiting, facts: Facts): void {
  let visit = 0;
  /** The last change of each page that a frame may show. */
  const changes = new Map<string, PageEvent>();
  const tell = (event: PageEvent) => {
    if (event.type === "page-changed" && event.update === "patch") changes.set(event.path, event);
    hear(event);
    window.dispatchEvent(new CustomEvent(APP_EVENT, { detail: event }));
  };
  window.addEventListener(FRAME, (event) => {
    for (const change of changes.values()) (event as CustomEvent<Hear>).detail(change);
  });
  const open = (isRestored: boolean) => {
    const opened = ++visit;
    const listener: Parameters<Door["pageOpened"]>[0] = (event) => {
      if (opened === visit) tell(event);
    };
    // Events that were sent while no page listened are lost, so the answer says how things stand.
    door.pageOpened(listener, window.location.href).then(
      ({ online, cause, visitor, news, outbox, draft, saving }) => {
        // A page that was left open for another visitor is not this one's to see.
        if (isRestored && facts.get()?.visitor !== visitor) return window.location.reload();
        const first: (PageEvent | null)[] = [{ type: "connection", online, cause }, news, saving && { type: "saving", saving }];
        for (const event of first) if (event) tell(event);
        waiting({ type: "outbox", outbox: outbox ?? null });
        if (draft) waiting({ type: "draft", draft });
      },
      (error: unknown) => console.warn("Holdfast does not answer.", error),
    );
  };
  open(false);
  window.addEventListener("pageshow", ({ persisted }) => {
    if (persisted) open(true);
  });
}

type Hear = (event: PageEvent) => void;

function hearTop(top: Window, status: Status): void {
  const hear = (event: Event) => status.hear((event as CustomEvent<PageEvent>).detail);
  const listen = () => top.addEventListener(APP_EVENT, hear);
  listen();
  top.dispatchEvent(new CustomEvent<Hear>(FRAME, { detail: (event) => status.hear(event) }));
  // Or the top would keep every frame that ever was.
  window.addEventListener("pagehide", () => top.removeEventListener(APP_EVENT, hear));
  window.addEventListener("pageshow", listen);
}
