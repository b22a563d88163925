/** What the settings say of the app itself: which version it is, and how far a newer one is. */
import { css, html, nothing, type PropertyDeclarations, type TemplateResult } from "lit";
import type { AppVersion, Obstacle, UpdateState } from "../app-types";
import { PlaceElement, type Said } from "./place";
import { placeStyle, shared } from "./style";
import type { LibraryWord } from "./words";

/** What is said of each state, if anything. */
const STATES: Record<UpdateState, LibraryWord | null> = {
  off: null,
  unasked: null,
  asking: "updateAsking",
  newest: "updateNewest",
  held: "updateHeld",
  fetching: "updateFetching",
  ready: "updateReady",
  failed: "updateUnknown",
};

/** What can be done in each, if anything. */
const ACTIONS: Record<UpdateState, LibraryWord | null> = {
  off: null,
  unasked: "updateLook",
  asking: null,
  newest: "updateLook",
  held: "updateFetch",
  fetching: null,
  ready: "updateRestart",
  failed: "tryAgain",
};

const OBSTACLES: Record<Obstacle, LibraryWord> = { sending: "updateWhileSending", saving: "updateWhileSaving", entered: "updateWhileEntered" };

export class VersionRow extends PlaceElement {
  static override properties: PropertyDeclarations = { app: { state: true }, isBusy: { state: true } };
  declare app: AppVersion | null;
  /** The person has asked for something that is not done yet. */
  declare isBusy: boolean;

  constructor() {
    super();
    this.app = null;
    this.isBusy = false;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    void this.attempt("updateUnknown", async () => {
      this.app = await this.door.updates();
      // What is under way has an end, which is waited for.
      const { state } = this.app;
      if (state === "asking" || state === "fetching") this.app = await this.door.lookForUpdate();
    });
  }

  override render(): TemplateResult | typeof nothing {
    const { speech, app } = this;
    if (app === null) return nothing;
    const state = this.isBusy && app.state !== "ready" ? "asking" : app.state;
    const [words, action] = [STATES[state], ACTIONS[state]];
    const values = { version: app.next ?? "" };
    return html`
      <div class="what">
        <p class="name">${speech.say("appVersion", { version: app.version })}</p>
        <p class="soft" role="status">${words === null ? nothing : speech.say(words, values)}</p>
      </div>
      ${action === null
        ? nothing
        : html`<button type="button" ?disabled=${this.isBusy} @click=${() => void this.#act()}>${speech.say(action)}</button>`}
      <p class="message" role="status">${this.message}</p>
    `;
  }

  async #act(): Promise<void> {
    const isReady = this.app?.state === "ready";
    this.isBusy = true;
    await this.attempt(isReady ? "updateNotInstalled" : "updateUnknown", () => (isReady ? this.#install() : this.#look()));
    this.isBusy = false;
  }

  async #look(): Promise<void> {
    this.app = await this.door.lookForUpdate();
  }

  /** The app starts anew, unless something is in the way. */
  async #install(): Promise<Said | void> {
    const obstacle = await this.door.installUpdate();
    if (obstacle !== null) return [OBSTACLES[obstacle]];
  }

  static override styles = [
    shared,
    placeStyle,
    css`
      :host {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        justify-content: space-between;
        gap: 4px 16px;
        margin-top: 16px;
        padding: 0 12px;
      }
      .what {
        flex: 1 1 12rem;
      }
      .soft {
        font-size: 0.9rem;
      }
      .message {
        flex: 1 0 100%;
      }
    `,
  ];
}

customElements.define("holdfast-version", VersionRow);
