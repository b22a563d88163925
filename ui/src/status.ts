/** What the page knows about its own age and the connection, and who is told. */
import type { Cause } from "./app-types";
import { Bar } from "./bar";
import type { SubmitButtons } from "./buttons";
import type { Because, PageEvent } from "./door";
import type { Explain } from "./explain";
import type { Facts } from "./facts";
import { sentence, type Connection, type Notice } from "./sentence";
import type { Note } from "./waiting";
import { Speech } from "./when";

const MINUTE_MS = 60_000;

/** How long a fallback is shown at least: a connection that comes and goes must not make the window flicker. */
const RELOAD_PAUSE_MS = 1_000;

/** The connection, as the app says it is. */
type Told = { online: boolean; cause: Cause | null };

/** The page's status; the bar and the buttons show it. */
export class Status {
  readonly #bar: Bar;
  #connection: Connection;
  /** The connection as told by an event or a command; until then, as the page says. */
  #told: Told | null = null;
  /** What there is to say, dismissed or not. */
  #notice: Notice | null = null;
  #dismissed: Notice["state"] | null = null;
  /** Says why the site cannot be reached, once it is there. */
  #explained: Explain | null = null;
  #note: Note | null = null;
  #offer: Note | null = null;
  #minutes: ReturnType<typeof setInterval> | undefined;

  constructor(
    private readonly window: Window,
    private readonly facts: Facts,
    private readonly buttons: SubmitButtons,
    /** Shows the newer version in place of this one; whether that could be done. */
    private readonly patch: () => Promise<boolean>,
    /** Brings what says why the site cannot be reached. */
    private readonly explain: () => Promise<Explain | null>,
  ) {
    this.#bar = new Bar(window.document, {
      reload: () => this.#notice?.act?.() ?? window.location.reload(),
      dismiss: () => this.#dismiss(),
    });
    this.#connection = { online: null, cause: null, openedAtMs: Date.now(), changed: false, confirmed: false, unsent: null };
  }

  /** Hears one event of the app. */
  hear(event: PageEvent): void {
    if (event.type === "connection") return this.connected(event.online, event.cause);
    if (!("path" in event)) return;
    const { pathname, search } = this.window.location;
    if (event.path !== pathname + search) return;
    if (event.type === "page-confirmed") this.#confirm();
    else if (event.update === "notice") this.#change();
    else void this.patch().then((isDone) => (isDone ? this.#confirm() : this.#change()));
  }

  #confirm(): void {
    this.#connection.confirmed = true;
    this.refresh();
  }

  #change(): void {
    this.#connection.changed = true;
    this.refresh();
  }

  /** The connection is known to be so. */
  connected(online: boolean, cause: Cause | null = null): void {
    this.#told = { online, cause };
    this.refresh();
  }

  /** A form was not sent, or (null) is being sent anew. */
  unsent(because: Because | null): void {
    if (this.#connection.unsent === because) return;
    this.#connection.unsent = because;
    if (because !== null) this.#dismissed = null;
    this.refresh();
  }

  /** What there is to say of what waits to be sent. */
  note(note: Note | null): void {
    this.#note = note;
    this.refresh();
  }

  /** What the person can do with the page, at the bar's end. */
  offer(offer: Note): void {
    this.#offer = offer;
    this.refresh();
  }

  /** Shows what there is to say now. Does nothing while the page's facts are not there. */
  refresh(): void {
    const facts = this.facts.get();
    if (facts === null) return;
    const speech = new Speech(facts.language);
    const wasOnline = this.#connection.online ?? facts.online;
    const { online, cause } = this.#told ?? facts;
    this.#connection = { ...this.#connection, online, cause };
    // A site that does not work as a whole may still take what is sent.
    if (online || cause === "server-error") this.buttons.open();
    else this.buttons.close(speech.say("buttonOffline"));
    // Where the fallback stands in for a page, the page itself can be had now.
    if (online && !wasOnline && facts.source === "fallback") this.#reloadSoon();

    // A frame says only what became of its own forms; the rest is said once, at the top.
    const isFrame = this.window !== this.window.top;
    const connection = isFrame ? { ...this.#connection, online: true, changed: false } : this.#connection;
    let notice = sentence(isFrame ? { ...facts, source: "network" } : facts, connection, Date.now());
    if (cause && notice) {
      if (this.#explained) notice = this.#explained(notice, facts, connection, speech);
      else void this.explain().then((explained) => (this.#explained = explained) && this.refresh());
    }
    this.#notice = notice;
    if (notice?.state !== this.#dismissed) this.#dismissed = null;
    const shown = this.#dismissed === null ? notice : null;
    const notes = [this.#note, this.#offer].filter((note) => note !== null);
    this.#bar.show(shown, notes, speech.language, speech.say("dismiss"));
    this.#keepTime(shown);
  }

  /** What is dismissed stays away until there is something else to say. */
  #dismiss(): void {
    const state = this.#notice?.state;
    if (this.#offer !== null) this.#offer.isQuiet = true;
    // Beside something else it is not the offer that is refused.
    if (state === undefined && this.#note === null) this.#offer?.dismiss();
    this.#note?.dismiss();
    // News are read once; what they covered may have to be said still.
    if (state === "unsent") this.#connection.unsent = null;
    else if (state === "changed") this.#connection.changed = false;
    else this.#dismissed = state ?? null;
    this.refresh();
  }

  #reloadSoon(): void {
    const pause = this.#connection.openedAtMs + RELOAD_PAUSE_MS - Date.now();
    setTimeout(() => this.window.location.reload(), Math.max(0, pause));
  }

  #keepTime(shown: Notice | null): void {
    if (shown?.ages) {
      this.#minutes ??= setInterval(() => this.refresh(), MINUTE_MS);
    } else {
      clearInterval(this.#minutes);
      this.#minutes = undefined;
    }
  }
}
