/** The place of what the person can choose. Each choice is kept at once. */
import { css, html, nothing, type PropertyDeclarations, type TemplateResult } from "lit";
import { live } from "lit/directives/live.js";
import type { Choosable, NoticeKind, QuietHours, Settings } from "../app-types";
import { PlaceElement } from "./place";
import { placeStyle, shared } from "./style";
import "./version";
import type { LibraryWord } from "./words";

/** What is on or off. */
type Switch = "notifications" | "startAtLogin" | "refreshesOnMetered" | "syncsOnLowBattery" | "keepsRunning";
/** What is one of several. */
type Selection = "language" | "refreshEvery";

const LANGUAGES: Record<Settings["language"], LibraryWord> = { system: "languageSystem", en: "languageEn", de: "languageDe" };
const INTERVALS: Record<Settings["refreshEvery"], LibraryWord> = {
  "1h": "refresh1h",
  "6h": "refresh6h",
  "1d": "refresh1d",
  never: "refreshNever",
};

/** What most nights are, for who has not chosen yet. */
const NIGHT: QuietHours = { from: "22:00", to: "07:00" };
/** What can be chosen. There is no field for a time of day in every webview. */
const HALF_HOURS = Array.from({ length: 48 }, (_, half) => `${String(half >> 1).padStart(2, "0")}:${half % 2 ? "30" : "00"}`);

export class SettingsPlace extends PlaceElement {
  static override properties: PropertyDeclarations = {
    settings: { attribute: false },
    change: { attribute: false },
    read: { attribute: false },
  };
  declare settings: Choosable | null;
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
      <holdfast-version .door=${this.door} .speech=${speech}></holdfast-version>
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

  #choices(settings: Choosable): TemplateResult {
    const { kinds } = settings;
    return html`<ul class="rows" role="list">
      ${this.#select("language", "language", LANGUAGES, settings.language)}
      ${this.#switch(
        "notifications",
        "notifications",
        kinds.length === 0 ? "notificationsMeans" : "notificationsMeanNews",
        settings.notifications,
        kinds.length === 0 ? nothing : this.#kinds(kinds, settings),
      )}
      ${this.#quiet(settings.quietHours)}
      ${this.#select("refreshEvery", "refreshEvery", INTERVALS, settings.refreshEvery)}
      ${this.#switch("refreshesOnMetered", "metered", "meteredMeans", settings.refreshesOnMetered)}
      ${this.#switch("syncsOnLowBattery", "lowBattery", "lowBatteryMeans", settings.syncsOnLowBattery)}
      ${settings.canKeepRunning ? this.#switch("keepsRunning", "keepsRunning", "keepsRunningMeans", settings.keepsRunning) : nothing}
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

  #switch(setting: Switch, name: LibraryWord, means: LibraryWord, isOn: boolean, more: unknown = nothing): TemplateResult {
    return this.#row(setting, name, means, isOn, (isOn) => ({ [setting]: isOn }), more);
  }

  #row(
    setting: keyof Settings,
    name: LibraryWord,
    means: LibraryWord,
    isOn: boolean,
    chosen: (isOn: boolean) => Partial<Settings>,
    more: unknown,
  ): TemplateResult {
    const { speech } = this;
    return html`<li>
      <div class="what">
        <label for=${setting} class="name">${speech.say(name)}</label>
        <p class="soft" id="${setting}-means">${speech.say(means)}</p>
      </div>
      ${this.#box(setting, isOn, chosen, `${setting}-means`)} ${more}
    </li>`;
  }

  #box(id: string, isOn: boolean, chosen: (isOn: boolean) => Partial<Settings>, means: string | typeof nothing): TemplateResult {
    return html`<input
      id=${id}
      type="checkbox"
      aria-describedby=${means}
      .checked=${live(isOn)}
      @change=${(event: Event) => void this.#keep(chosen((event.target as HTMLInputElement).checked))}
    />`;
  }

  /** The notifications that the site sends: each kind can be left out. */
  #kinds(kinds: readonly NoticeKind[], { notifications, mutedKinds }: Settings): TemplateResult | typeof nothing {
    if (!notifications) return nothing;
    const without = (name: string) => mutedKinds.filter((muted) => muted !== name);
    return html`<ul class="kinds" role="list" aria-label=${this.speech.say("kinds")}>
      ${kinds.map(({ name, label }, index) => {
        const chosen = (isOn: boolean) => ({ mutedKinds: isOn ? without(name) : [...without(name), name] });
        return html`<li>
          ${this.#box(`kind-${index}`, !mutedKinds.includes(name), chosen, nothing)}
          <label for="kind-${index}">${label}</label>
        </li>`;
      })}
    </ul>`;
  }

  #quiet(quietHours: QuietHours | null): TemplateResult {
    const chosen = (isOn: boolean) => ({ quietHours: isOn ? NIGHT : null });
    const hours =
      quietHours === null
        ? nothing
        : html`<div class="hours" role="group" aria-label=${this.speech.say("quietHours")}>
            ${this.#hour("from", "quietFrom", quietHours)} ${this.#hour("to", "quietTo", quietHours)}
          </div>`;
    return this.#row("quietHours", "quietHours", "quietHoursMean", quietHours !== null, chosen, hours);
  }

  #hour(end: "from" | "to", name: LibraryWord, quietHours: QuietHours): TemplateResult {
    const { speech } = this;
    const chosen = quietHours[end];
    // One that was chosen elsewhere stays as it is.
    const times = HALF_HOURS.includes(chosen) ? HALF_HOURS : [...HALF_HOURS, chosen].sort();
    return html`<label for="quiet-${end}">${speech.say(name)}</label>
      <select
        id="quiet-${end}"
        .value=${live(chosen)}
        @change=${(event: Event) => {
          const time = (event.target as HTMLSelectElement).value;
          void this.#keep({ quietHours: { ...quietHours, [end]: time } });
        }}
      >
        ${times.map((time) => html`<option value=${time} ?selected=${time === chosen}>${speech.timeOfDay(time)}</option>`)}
      </select>`;
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
      .rows > li > label {
        flex: 1 1 12rem;
      }
      .hours,
      .kinds {
        display: flex;
        flex: 1 0 100%;
        flex-wrap: wrap;
        align-items: center;
        gap: 8px 12px;
      }
      .kinds {
        gap: 8px 24px;
      }
      .kinds li {
        display: flex;
        align-items: center;
        gap: 8px;
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
