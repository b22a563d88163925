/** The Library: its places, and a way from one to the other. */
import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import type { Choosable, Settings, Shelves } from "../app-types";
import { languageFor } from "../words";
import type { Door } from "./door";
import { Later, type Intent } from "./later";
import type { PlaceElement } from "./place";
import { PLACES, type Place } from "./places";
import { LibrarySpeech } from "./speech";
import { shared } from "./style";
import type { LibraryWord } from "./words";

export class Library extends LitElement {
  static override properties = {
    door: { attribute: false },
    language: {},
    copies: {},
    places: { attribute: false },
    shown: { state: true },
    shelves: { state: true },
    settings: { state: true },
    isBroken: { state: true },
    hasWayBack: { attribute: false },
  };
  declare door: Door;
  /** The system's language (BCP 47). */
  declare language: string;
  /** Where the copies of saved pages are, with `{key}` for which; `null` if nobody says. */
  declare copies: string | null;
  declare places: readonly Place[];
  /** `null`: what waits if something does, else what is saved. */
  declare shown: LibraryWord | null;
  declare shelves: Shelves | null;
  declare settings: Choosable | null;
  declare isBroken: boolean;
  /** Whether the site is where one came from in this window. */
  declare hasWayBack: boolean;
  #changes: Promise<void> = Promise.resolve();
  readonly #later = new Later(() => this.#laterChanged());
  /** What there is a button for, and whether that had the focus before it went. */
  #offered: Intent | null = null;
  #hadFocus = false;

  constructor() {
    super();
    this.language = "en";
    this.copies = null;
    this.places = PLACES;
    this.shown = null;
    this.shelves = null;
    this.settings = null;
    this.isBroken = false;
    this.hasWayBack = false;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    addEventListener("pagehide", this.#left);
    addEventListener("pageshow", this.#returned);
    addEventListener("holdfast-close", this.#closed);
    addEventListener("hashchange", this.#led);
    addEventListener("keydown", this.#pressed);
    document.addEventListener("visibilitychange", this.#left);
    this.#led();
    void this.#open();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    removeEventListener("pagehide", this.#left);
    removeEventListener("pageshow", this.#returned);
    removeEventListener("holdfast-close", this.#closed);
    removeEventListener("hashchange", this.#led);
    removeEventListener("keydown", this.#pressed);
    document.removeEventListener("visibilitychange", this.#left);
    void this.#later.now();
  }

  async #open(): Promise<void> {
    const { door } = this;
    // Both at once, or the first sentence could be in another language than the second.
    const [opened, settings] = await Promise.allSettled([door.opened((shelves) => this.#take(shelves)), door.settings()]);
    if (settings.status === "fulfilled") this.settings = settings.value;
    else console.warn(settings.reason);
    if (opened.status === "fulfilled") return this.#take(opened.value);
    console.warn(opened.reason);
    this.isBroken = true;
  }

  #take(shelves: Shelves): void {
    this.shelves = shelves;
    this.shown ??= shelves.waiting.length > 0 ? "waiting" : "saved";
  }

  /** One change after the other: each begins with what the one before has left. */
  readonly #change = (part: Partial<Settings>): Promise<void> => {
    const changed = this.#changes.then(async () => {
      if (this.settings !== null) this.settings = await this.door.changeSettings({ ...this.settings, ...part });
    });
    this.#changes = changed.catch(() => undefined);
    return changed;
  };

  readonly #read = async (): Promise<void> => {
    this.settings = await this.door.settings();
  };

  /** The person has gone on: nothing is taken back any more. */
  readonly #left = (event: Event): void => {
    if (event.type === "pagehide" || document.visibilityState === "hidden") void this.#later.now();
  };

  /** The person came back to it, and nobody has told it anything meanwhile. */
  readonly #returned = ({ persisted }: PageTransitionEvent): void => {
    if (persisted) void this.#open();
  };

  /** The window goes once that is done. */
  readonly #closed = async (): Promise<void> => {
    await this.#later.now();
    await this.door.left();
  };

  /** The app leads to a place by its name. */
  readonly #led = (): void => {
    const { hash, pathname } = location;
    const place = this.places.find(({ name }) => hash === `#${name}`);
    if (place === undefined) return;
    this.#go(place.name);
    // Or it could not lead there once more.
    history.replaceState(null, "", pathname);
  };

  readonly #pressed = (event: KeyboardEvent): void => {
    const isTyping = event.composedPath()[0] instanceof HTMLInputElement;
    if (event.key !== "z" || !(event.ctrlKey || event.metaKey) || isTyping || this.#later.intent === null) return;
    event.preventDefault();
    this.#undo();
  };

  #undo(): void {
    this.#later.undo();
    this.#focusPlace();
  }

  #go(name: LibraryWord): void {
    this.#later.forget();
    this.shown = name;
  }

  get #undoButton(): HTMLElement | null {
    return this.hasUpdated ? this.renderRoot.querySelector<HTMLElement>(".later button") : null;
  }

  #laterChanged(): void {
    const button = this.#undoButton;
    this.#hadFocus ||= button !== null && this.shadowRoot?.activeElement === button;
    this.requestUpdate();
  }

  override updated(): void {
    const { intent } = this.#later;
    // What had the focus has gone: the row, and then the button that would bring it back.
    if (intent !== null && intent !== this.#offered) this.#undoButton?.focus();
    if (intent === null && this.#hadFocus) this.#focusPlace();
    this.#offered = intent;
    this.#hadFocus = false;
    const speech = this.#speech();
    // The Library is all there is in its window.
    document.documentElement.lang = speech.language;
    document.title = speech.say("library");
  }

  async #goBack(): Promise<void> {
    await this.#later.now();
    history.back();
  }

  #focusPlace(): void {
    this.renderRoot.querySelector<PlaceElement>("main > :not(p, .later, .back)")?.focus();
  }

  #speech(): LibrarySpeech {
    const chosen = this.settings?.language ?? "system";
    // The system's tag says more: a country has its own way to write times.
    return new LibrarySpeech(chosen === "system" || languageFor(this.language) === chosen ? this.language : chosen);
  }

  override render(): TemplateResult {
    const speech = this.#speech();
    const { door, shelves, copies, settings, places } = this;
    const place = places.find(({ name }) => name === this.shown);
    const holdings = shelves && { door, speech, shelves, copies, settings, change: this.#change, read: this.#read, later: this.#later };
    return html`
      ${places.length < 2
        ? nothing
        : html`<nav aria-label=${speech.say("places")}>
            ${places.map(
              ({ name, sign }) =>
                html`<button
                  type="button"
                  aria-current=${name === this.shown ? "page" : nothing}
                  @click=${() => this.#go(name)}
                >
                  <span aria-hidden="true">${sign}</span> ${speech.say(name)}
                </button>`,
            )}
          </nav>`}
      <main aria-busy=${shelves === null && !this.isBroken}>
        ${this.hasWayBack
          ? html`<button type="button" class="back" @click=${() => void this.#goBack()}>
              <span aria-hidden="true">‹</span> ${speech.say("backToSite")}
            </button>`
          : nothing}
        ${this.isBroken ? html`<p role="alert">${speech.say("notLoaded")}</p>` : nothing}
        ${holdings && place ? place.draw(holdings) : nothing} ${holdings ? this.#undoable(speech) : nothing}
      </main>
    `;
  }

  #undoable(speech: LibrarySpeech): TemplateResult {
    const { intent, failure } = this.#later;
    return html`<div class="later" role="status">
      ${intent
        ? html`<p>${speech.say(...intent.said)}</p>
            <button type="button" class="main" aria-keyshortcuts="Control+Z" @click=${() => this.#undo()}>${speech.say("undo")}</button>`
        : failure
          ? html`<p>${speech.say(failure)}</p>`
          : nothing}
    </div>`;
  }

  static override styles = [
    shared,
    css`
      :host {
        --text: #1b1f27;
        --soft: #4a5365;
        --ground: #fbfcfe;
        --panel: #eef2f8;
        --hover: #e2e8f2;
        --edge: #b4bfd3;
        --mark: #8a3b00;
        --accent: #2b5fc1;
        display: flex;
        min-height: 100vh;
        background: var(--ground);
        color: var(--text);
        font:
          15px/1.45 system-ui,
          -apple-system,
          "Segoe UI",
          sans-serif;
      }
      @media (prefers-color-scheme: dark) {
        :host {
          --text: #f1f4fa;
          --soft: #b3bdd0;
          --ground: #1a1e26;
          --panel: #262c38;
          --hover: #323a49;
          --edge: #566078;
          --mark: #ffb37a;
          --accent: #86aef5;
        }
      }
      @media (forced-colors: active) {
        :host {
          --edge: CanvasText;
          --mark: CanvasText;
          --accent: Highlight;
        }
      }
      main {
        flex: 1;
        min-width: 0;
        max-width: 60rem;
        margin: 0 auto;
        padding: max(20px, env(safe-area-inset-top)) max(24px, env(safe-area-inset-right)) 40px 24px;
      }
      .back {
        min-height: 40px;
        margin: 0 0 8px -8px;
        padding: 4px 12px 4px 8px;
        border-color: transparent;
        background: transparent;
        color: var(--accent);
      }
      .later {
        position: sticky;
        bottom: 16px;
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 8px 16px;
        margin-top: 16px;
      }
      .later:has(p) {
        padding: 8px 12px;
        border: 1px solid var(--edge);
        border-radius: 8px;
        background: var(--panel);
        box-shadow: 0 4px 16px rgb(0 0 0 / 25%);
      }
      .later p {
        flex: 1;
        margin: 0;
        overflow-wrap: anywhere;
      }
      nav {
        position: sticky;
        top: 0;
        display: flex;
        flex-direction: column;
        gap: 4px;
        align-self: flex-start;
        width: 11rem;
        height: 100vh;
        padding: max(16px, env(safe-area-inset-top)) 8px 16px max(8px, env(safe-area-inset-left));
        border-inline-end: 1px solid var(--edge);
        background: var(--panel);
      }
      nav button {
        border-color: transparent;
        background: transparent;
        text-align: start;
        white-space: nowrap;
      }
      nav button[aria-current] {
        border-color: var(--edge);
        background: var(--ground);
        font-weight: 600;
      }
      @media (forced-colors: active) {
        nav button {
          border-color: Canvas;
        }
        nav button[aria-current] {
          border-color: Highlight;
          background: Highlight;
          color: HighlightText;
          /* Or its words would stand on a ground of their own. */
          forced-color-adjust: none;
        }
      }
      @media (max-width: 599px) {
        main {
          padding: max(12px, env(safe-area-inset-top)) 12px calc(88px + env(safe-area-inset-bottom));
        }
        .later {
          bottom: calc(76px + env(safe-area-inset-bottom));
        }
        nav {
          position: fixed;
          inset: auto 0 0;
          z-index: 1;
          flex-direction: row;
          align-self: auto;
          gap: 0;
          width: auto;
          height: auto;
          padding: 4px 4px calc(4px + env(safe-area-inset-bottom));
          border-inline-end: 0;
          border-top: 1px solid var(--edge);
        }
        nav button {
          flex: 1 1 auto;
          display: grid;
          justify-items: center;
          gap: 2px;
          min-height: 48px;
          padding: 4px 2px;
          font-size: min(0.72rem, 2.85vw);
        }
        nav button span {
          font-size: 1rem;
          line-height: 1.2;
        }
      }
    `,
  ];
}

customElements.define("holdfast-library", Library);
