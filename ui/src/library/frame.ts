/** The Library: its places, and a way from one to the other where there is more than one. */
import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import type { Shelves } from "../app-types";
import type { Door } from "./door";
import { LibrarySpeech } from "./speech";
import { shared } from "./style";
import "./waiting";
import type { LibraryWord } from "./words";

/** What the places draw from. */
export interface Holdings {
  door: Door;
  speech: LibrarySpeech;
  shelves: Shelves;
}

/** One place of the Library. */
export interface Place {
  name: LibraryWord;
  /** For those that see, beside the name. */
  sign: string;
  draw(holdings: Holdings): TemplateResult;
}

const PLACES: readonly Place[] = [
  {
    name: "waiting",
    sign: "⇡",
    draw: ({ door, speech, shelves }) =>
      html`<holdfast-waiting .door=${door} .speech=${speech} .shelves=${shelves}></holdfast-waiting>`,
  },
];

export class Library extends LitElement {
  static override properties = {
    door: { attribute: false },
    language: {},
    places: { attribute: false },
    shown: { state: true },
    shelves: { state: true },
    isBroken: { state: true },
  };
  declare door: Door;
  /** The system's language (BCP 47). */
  declare language: string;
  declare places: readonly Place[];
  declare shown: LibraryWord;
  declare shelves: Shelves | null;
  declare isBroken: boolean;

  constructor() {
    super();
    this.language = "en";
    this.places = PLACES;
    this.shown = "waiting";
    this.shelves = null;
    this.isBroken = false;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    const take = (shelves: Shelves) => (this.shelves = shelves);
    this.door.opened(take).then(take, (error: unknown) => {
      console.warn(error);
      this.isBroken = true;
    });
  }

  override render(): TemplateResult {
    const speech = new LibrarySpeech(this.language);
    const { door, shelves, places } = this;
    const place = places.find(({ name }) => name === this.shown);
    return html`
      ${places.length < 2
        ? nothing
        : html`<nav aria-label=${speech.say("places")}>
            ${places.map(
              ({ name, sign }) =>
                html`<button
                  type="button"
                  aria-current=${name === this.shown ? "page" : nothing}
                  @click=${() => (this.shown = name)}
                >
                  <span aria-hidden="true">${sign}</span> ${speech.say(name)}
                </button>`,
            )}
          </nav>`}
      <main aria-busy=${shelves === null && !this.isBroken}>
        ${this.isBroken ? html`<p role="alert">${speech.say("notLoaded")}</p>` : nothing}
        ${shelves === null ? nothing : place?.draw({ door, speech, shelves })}
      </main>
    `;
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
        padding: 20px 24px 40px;
      }
      nav {
        position: sticky;
        top: 0;
        display: flex;
        flex-direction: column;
        gap: 4px;
        align-self: flex-start;
        height: 100vh;
        padding: 16px 8px;
        border-inline-end: 1px solid var(--edge);
        background: var(--panel);
      }
      nav button {
        border-color: transparent;
        background: transparent;
        text-align: start;
      }
      nav button[aria-current] {
        border-color: var(--edge);
        background: var(--ground);
        font-weight: 600;
      }
      @media (max-width: 599px) {
        main {
          padding: 12px 12px 80px;
        }
        nav {
          position: fixed;
          inset: auto 0 0;
          z-index: 1;
          flex-direction: row;
          align-self: auto;
          justify-content: space-around;
          height: auto;
          padding: 6px;
          border-inline-end: 0;
          border-top: 1px solid var(--edge);
        }
      }
    `,
  ];
}

customElements.define("holdfast-library", Library);
