/**
 * Forms that POST to the site.
 *
 * The browser's own algorithm (HTML §4.10.22.3) runs up to the point where the
 * body would be sent; from there on the form travels by command.
 */
import { destination, targetWindow, type Destination } from "./destination";
import type { Answer, Because, SeenForm } from "./door";
import { formBody, type Entry } from "./encode";
import { labelsOf } from "./labels";
import type { Context } from "./submit";

/** How long a form stays closed after its answer came, should the page not go away. */
const LEAVING_MS = 10_000;

/** Who is told what becomes of a form. */
export interface Told {
  /** It was not sent, or (null) one is being sent anew. */
  unsent(because: Because | null): void;
  /** The site answered: `where` goes to `address`. */
  answered(where: Window, address: string): void;
}

/**
 * Takes over the forms of `window`'s document. What a form in `replaced` sends
 * takes the place of the submission with that key.
 */
export function installForms(
  window: Realm,
  context: Context,
  told: Told,
  replaced: WeakMap<HTMLFormElement, string> = new WeakMap(),
): void {
  const forms = new Forms(window, context, told, replaced);
  watch(window, (form, submitter) => forms.submit(form, submitter));

  const { prototype } = window.HTMLFormElement;
  const native = prototype.submit;
  prototype.submit = function () {
    const isShown = this.isConnected && this.ownerDocument === window.document;
    if (!isShown || !forms.submit(this, null)) native.call(this);
  };

  // Events of forms in a shadow tree do not leave it.
  const attach = window.Element.prototype.attachShadow;
  window.Element.prototype.attachShadow = function (init) {
    const root = attach.call(this, init);
    watch(root, (form, submitter) => forms.submit(form, submitter));
    return root;
  };

  // A page from the back/forward cache comes back as it was left: with forms under way.
  window.addEventListener("pagehide", () => forms.leave());
}

/**
 * Calls `submit` when a submission is about to happen, after all listeners of
 * the site; it returns whether it took the submission over.
 *
 * A listener may stop the event anywhere. So the last listener of each place
 * that the event passes looks whether the event ends there.
 */
function watch(root: EventTarget, submit: (form: HTMLFormElement, submitter: HTMLElement | null) => boolean): void {
  root.addEventListener(
    "submit",
    (first) => {
      // An event that a script makes up submits nothing.
      if (!first.isTrusted) return;
      const over = new AbortController();
      const last = (event: Event) => {
        const ends = event.cancelBubble || (event.currentTarget === root && event.eventPhase !== Event.CAPTURING_PHASE);
        if (!ends) return;
        over.abort();
        if (event.defaultPrevented) return;
        if (submit(event.target as HTMLFormElement, (event as SubmitEvent).submitter)) event.preventDefault();
      };
      for (const place of first.composedPath()) {
        place.addEventListener("submit", last, { signal: over.signal });
        if (place !== root) place.addEventListener("submit", last, { signal: over.signal, capture: true });
      }
      setTimeout(() => over.abort());
    },
    { capture: true },
  );
}

/** The forms of one document, and which of them are under way. */
class Forms {
  readonly #underWay = new Map<HTMLFormElement, HTMLElement | null>();
  #visit = 0;

  constructor(
    private readonly window: Realm,
    private readonly context: Context,
    private readonly told: Told,
    private readonly replaced: WeakMap<HTMLFormElement, string>,
  ) {}

  /** Sends the form if it is for the app to send; returns whether it is. */
  submit(form: HTMLFormElement, submitter: HTMLElement | null): boolean {
    const where = destination(form, submitter, this.context.site);
    if (where === null) return false;
    // The second click of a double click.
    if (this.#underWay.has(form)) return true;
    this.#underWay.set(form, submitter);
    let entries: Entry[];
    let seen: SeenForm;
    try {
      // "Let entry list be the result of constructing the entry list": now, before the site changes the form.
      entries = entriesOf(form, submitter, this.window);
      seen = { title: this.window.document.title, labels: labelsOf(form), replaces: this.replaced.get(form) ?? null };
    } catch (error) {
      this.#release(form);
      throw error;
    }
    submitter?.setAttribute("aria-busy", "true");
    this.told.unsent(null);
    void this.#send(form, { entries, seen }, where);
    return true;
  }

  /**
   * The page goes away: answers that are still to come lead nowhere any more.
   * That a form was not sent is said all the same, should the page come back.
   */
  leave(): void {
    this.#visit++;
    for (const form of [...this.#underWay.keys()]) this.#release(form);
  }

  async #send(form: HTMLFormElement, { entries, seen }: Filled, { url, enctype, target }: Destination): Promise<void> {
    const visit = this.#visit;
    const { pieces, type } = formBody(entries, enctype);
    const headers: [string, string][] = type === null ? [] : [["content-type", type]];
    const request = { method: "POST", url: url.href, headers, mode: "form" as const, pieces, form: seen };
    const answer = await this.context.submit(request);
    if (answer.kind === "unsent") this.told.unsent(answer.because);
    else this.replaced.delete(form);
    if (visit !== this.#visit) return;
    if (this.#show(answer, target)) setTimeout(() => visit === this.#visit && this.#release(form), LEAVING_MS);
    else this.#release(form);
  }

  /** Returns whether this page goes away now. */
  #show(answer: Answer, target: string): boolean {
    if (answer.kind === "unsent" || answer.kind === "nothing") return false;
    const where = targetWindow(target, this.window);
    this.told.answered(where, answer.kind === "redirect" ? answer.location : answer.url);
    return where === this.window;
  }

  #release(form: HTMLFormElement): void {
    this.#underWay.get(form)?.removeAttribute("aria-busy");
    this.#underWay.delete(form);
  }
}

type Realm = Window & typeof globalThis;

/** What a form sends, and how it looked. */
interface Filled {
  entries: Entry[];
  seen: SeenForm;
}

/** The form's entries; older webviews leave out the button that was pressed. */
function entriesOf(form: HTMLFormElement, submitter: HTMLElement | null, realm: Realm): Entry[] {
  const entries = [...new realm.FormData(form, submitter)] as Entry[];
  const { name, value } = (submitter ?? {}) as Partial<HTMLButtonElement>;
  if (name && value !== undefined && !knowsSubmitters(realm)) entries.push([name, value]);
  return entries;
}

/** "If submitter's form owner is not form, then throw": a button of no form shows who looks. */
function knowsSubmitters({ document, FormData }: Realm): boolean {
  try {
    return new FormData(document.createElement("form"), document.createElement("button")) === null;
  } catch {
    return true;
  }
}
