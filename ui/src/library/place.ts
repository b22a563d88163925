/** What the places of the Library have in common. */
import { LitElement, type PropertyDeclarations } from "lit";
import type { Door } from "./door";
import { LibrarySpeech } from "./speech";
import type { LibraryWord } from "./words";

const MINUTE_MS = 60_000;

/** A sentence with its values, to be said in the language of the moment. */
export type Said = readonly [word: LibraryWord, values?: Record<string, string>];

export abstract class PlaceElement extends LitElement {
  static override properties: PropertyDeclarations = {
    door: { attribute: false },
    speech: { attribute: false },
    said: { state: true },
  };
  declare door: Door;
  declare speech: LibrarySpeech;
  /** What has come of what was done last. */
  declare said: Said | null;
  #minutes: ReturnType<typeof setInterval> | undefined;

  constructor() {
    super();
    this.speech = new LibrarySpeech("en");
    this.said = null;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    // Ages go on.
    this.#minutes = setInterval(() => this.requestUpdate(), MINUTE_MS);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.#minutes);
  }

  /** For when what had the focus has gone away. */
  override focus(): void {
    this.renderRoot.querySelector("h1")?.focus();
  }

  protected get message(): string {
    return this.said === null ? "" : this.speech.say(...this.said);
  }

  /** Does something and says what has come of it, or that it could not be done. */
  protected async attempt(otherwise: LibraryWord, act: () => Promise<Said | void>): Promise<void> {
    try {
      this.said = (await act()) ?? null;
    } catch (error) {
      console.warn(error);
      this.said = [otherwise];
    }
  }
}
