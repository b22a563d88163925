/** The place of what the person can choose. Each choice is kept at once. */
import { css, html, nothing, type PropertyDeclarations, type TemplateResult } from "lit";
import { live } from "lit/directives/live.js";
import type { Settings } from "../app-types";
import { PlaceElement } from "./place";
import { placeStyle, shared } from "./style";
import type { LibraryWord } from "./words";

/** What is on or off. */
type Switch = "notifications" | "startAtLogin" | "refreshesOnMetered";
/** What is one of several. */
type Selection = "language" | "refreshEvery";

const LANGUAGES: Record<Settings["language"], LibraryWord> = { system: "languageSystem", en: "languageEn", de: "languageDe" };
const INTERVALS: Record<Settings["refreshEvery"], LibraryWord> = {
  "1h": "refresh1h",
  "6h": "refresh6h",
  "1d": "refresh1d",
  never: "refreshNever",
};

export class SettingsPlace extends PlaceElement {
  static override properties: PropertyDeclarations = {
    settings: { attribute: false },
    change: { attribute: false },
    read: { attribute: false },
  };
  declare settings: Settings | null;
  /** Has the app keep something; rejects if it cannot. */
  declare change: (part: Partial<Settings>) => Promise<void>;
  /** Asks the app for the settings once more. */
  declare read: () => Promise<void>;

  constructor() {
    super();
    this.settings = null;
  }

  override render(): TemplateResult {
    const { speech, settings } = this;
    return html`
      <header><h1 tabindex="-1">${speech.say("settings")}</h1></header>
      <p class="message" role="status">${this.message}</p>
      ${settings === null ? this.#unread() : this.#choices(settings)}
    `;
  }

  #unread(): TemplateResult {
    const { speech } = this;
    return html`<div class="empty">
      <p><strong>${speech.say("noSettings")}</strong></p>
      <p>
        <button type="button" @click=${() => void this.attempt("noSettings", this.read)}>${speech.say("tryAgain")}</button>
      </p>
    </div>`;
  }

  #choices(settings: Settings): TemplateResult {
    return html`<ul class="rows" role="list">
      ${this.#select("language", "language", LANGUAGES, settings.language)}
      ${this.#switch("notifications", "notifications", "notificationsMeans", settings.notifications)}
      ${this.#select("refreshEvery", "refreshEvery", INTERVALS, settings.refreshEvery)}
      ${this.#switch("refreshesOnMetered", "metered", "meteredMeans", settings.refreshesOnMetered)}
      ${settings.startAtLogin === null ? nothing : this.#switch("startAtLogin", "startAtLogin", "startAtLoginMeans", settings.startAtLogin)}
    </ul>`;
  }

  #select<Value extends string>(setting: Selection, name: LibraryWord, options: Record<Value, LibraryWord>, chosen: Value): TemplateResult {
    const { speech } = this;
    const values = Object.entries<LibraryWord>(options);
    return html`<li>
      <label for=${setting} class="name">${speech.say(name)}</label>
      <select
        id=${setting}
        .value=${live(chosen)}
        @change=${(event: Event) => void this.#keep({ [setting]: (event.target as HTMLSelectElement).value })}
      >
        ${values.map(
          ([value, word]) => html`<option value=${value} ?selected=${value === chosen}>${speech.say(word)}</option>`,
        )}
      </select>
    </li>`;
  }

  #switch(setting: Switch, name: LibraryWord, means: LibraryWord, isOn: boolean): TemplateResult {
    const { speech } = this;
    return html`<li>
      <div class="what">
        <label for=${setting} class="name">${speech.say(name)}</label>
        <p class="soft" id="${setting}-means">${speech.say(means)}</p>
      </div>
      <input
        id=${setting}
        type="checkbox"
        aria-describedby="${setting}-means"
        .checked=${live(isOn)}
        @change=${(event: Event) => void this.#keep({ [setting]: (event.target as HTMLInputElement).checked })}
      />
    </li>`;
  }

  #keep(part: Partial<Settings>): Promise<void> {
    return this.attempt("changeFailed", async () => {
      await this.change(part);
      return ["changeSaved"];
    });
  }

  static override styles = [
    shared,
    placeStyle,
    css`
      .rows > li {
        display: flex;
        flex-wrap: wrap;
        justify-content: space-between;
        min-height: 56px;
      }
      .what,
      li > label {
        flex: 1 1 12rem;
      }
      label {
        display: block;
      }
      select {
        min-height: 34px;
        max-width: 100%;
        padding: 4px 8px;
        border: 1px solid var(--soft);
        border-radius: 6px;
        background: var(--ground);
        color: var(--text);
        font: inherit;
      }
      input {
        width: 22px;
        height: 22px;
        margin: 0;
        accent-color: var(--accent);
      }
      .soft {
        font-size: 0.9rem;
      }
    `,
  ];
}

customElements.define("holdfast-settings", SettingsPlace);
