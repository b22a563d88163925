/** The place of the pages that are kept for offline. */
import { css, html, nothing, type PropertyDeclarations, type PropertyValues, type TemplateResult } from "lit";
import { guard } from "lit/directives/guard.js";
import { repeat } from "lit/directives/repeat.js";
import type { Progress, SavedPage, Shelves } from "../app-types";
import {
  arrived,
  hasCopy,
  isUnderWay,
  nameOf,
  SAVED_ACTIONS,
  savedActions,
  setback,
  share,
  stateOf,
  tile,
  type SavedAction,
} from "./describe-saved";
import type { Later } from "./later";
import type { Choice } from "./menu";
import "./menu";
import { PlaceElement } from "./place";
import { why } from "./reasons";
import { placeStyle, shared } from "./style";
import "./thumbnail";

const MINUTE_MS = 60_000;
/** So many colours there are for tiles. */
const TILES = 6;

/** What is gone stays gone until the app says so too. */
const removed = new Set<string>();

export class SavedPlace extends PlaceElement {
  static override properties: PropertyDeclarations = {
    shelves: { attribute: false },
    copies: { attribute: false },
    later: { attribute: false },
    targets: { attribute: false },
    news: { state: true },
  };
  declare shelves: Shelves;
  /** Where the copies are, with `{key}` for which; `null` if nobody says. */
  declare copies: string | null;
  declare later: Later;
  /** What looks as if it were gone. */
  declare targets: ReadonlySet<string>;
  /** What has become of what was being saved, for those that do not see it. */
  declare news: string;

  constructor() {
    super();
    this.shelves = { online: true, waiting: [], saved: [] };
    this.copies = null;
    this.targets = new Set();
    this.news = "";
  }

  override willUpdate(changed: PropertyValues<this>): void {
    const before = changed.get("shelves");
    if (before === undefined) return;
    for (const key of removed) if (!this.shelves.saved.some((page) => page.key === key)) removed.delete(key);
    const { speech } = this;
    const over = this.shelves.saved.find((page) => {
      const was = before.saved.find(({ key }) => key === page.key);
      return was !== undefined && !isUnderWay(page) && (isUnderWay(was) || was.state !== page.state);
    });
    if (over) this.news = speech.say("isNow", { what: nameOf(over), state: stateOf(over, speech) });
  }

  override render(): TemplateResult {
    const { speech } = this;
    const saved = this.shelves.saved.filter(({ key }) => !this.targets.has(key) && !removed.has(key));
    const now = Date.now();
    const minute = Math.floor(now / MINUTE_MS);
    return html`
      <header><h1 tabindex="-1">${speech.say("saved")}</h1></header>
      <p class="message" role="status">${this.message}</p>
      <p class="unseen news" role="status">${this.news}</p>
      ${saved.length === 0
        ? html`<div class="empty">
            <p><strong>${speech.say("nothingSaved")}</strong></p>
            <p>${speech.say("nothingSavedHow")}</p>
          </div>`
        : html`<ul role="list" class="rows">
            ${repeat(
              saved,
              ({ key }) => key,
              // Ten times in a second one goes on and the others stay as they are.
              (page) => guard([JSON.stringify(page), speech.language, minute], () => this.#row(page, now)),
            )}
          </ul>`}
    `;
  }

  #row(page: SavedPage, now: number): TemplateResult {
    const { speech } = this;
    const [main, rest] = savedActions(page);
    const name = nameOf(page);
    const [letter, colour] = tile(page, TILES);
    const copy = page.copies.find(({ isShown }) => isShown)?.number ?? 0;
    const at = page.savedAtMs;
    return html`
      <li data-state=${page.state}>
        <holdfast-thumbnail .src=${this.#picture(page)} .copy=${copy} .letter=${letter} .colour=${colour}></holdfast-thumbnail>
        <div class="what">
          <p class="name">${name}</p>
          ${this.#state(page)}
        </div>
        <p class="when">
          ${at === null
            ? nothing
            : html`<time datetime=${new Date(at).toISOString()} title=${speech.moment(at, now)}>${speech.age(at, now)}</time>
                <span>${speech.size(page.bytes)}</span>`}
        </p>
        <div class="actions">
          ${main === null ? nothing : this.#button(main, page, "main")}
          <holdfast-menu label=${speech.say("moreFor", { what: name })} .choices=${this.#choices(page, rest, now)}></holdfast-menu>
        </div>
      </li>
    `;
  }

  /** The address of its copy, which shows it. */
  #picture(page: SavedPage): string | null {
    const { copies } = this;
    return copies === null || !hasCopy(page) ? null : copies.replace("{key}", page.key) + page.path;
  }

  #state(page: SavedPage): TemplateResult {
    const { speech } = this;
    const state = stateOf(page, speech);
    const later = setback(page, speech);
    const isLacking = page.state === "incomplete" && !isUnderWay(page);
    return html`
      ${isLacking
        ? html`<details>
            <summary class="state">${state}</summary>
            <ul role="list" aria-label=${speech.say("missing")}>
              ${page.missing.map((lacks) => html`<li><span class="path">${lacks.path}</span>: ${why(lacks.why, speech)}</li>`)}
            </ul>
            ${this.#button("tryAgain", page)}
          </details>`
        : html`<p class="state">${page.state === "failed" && !isUnderWay(page) ? html`<span class="sign" aria-hidden="true">⚠</span> ` : nothing}${state}</p>`}
      ${isUnderWay(page) ? this.#progress(page) : nothing}
      ${later === null ? nothing : html`<p class="state setback">${later}</p>`}
      ${(page.state === "failed" && hasCopy(page) && !isUnderWay(page)) || later !== null ? this.#button("tryAgain", page) : nothing}
    `;
  }

  #progress(page: SavedPage): TemplateResult {
    const { speech } = this;
    const { progress } = page;
    return html`
      <div class="progress">
        ${progress === null ? nothing : this.#bar(progress, nameOf(page))}
        ${this.#button("cancel", page)}
      </div>
      ${progress === null ? nothing : html`<p class="arrived soft">${arrived(progress, speech)}</p>`}
    `;
  }

  #bar(progress: Progress, name: string): TemplateResult {
    return html`<progress max="1" .value=${share(progress)} aria-label=${name} aria-valuetext=${arrived(progress, this.speech)}></progress>`;
  }

  #button(action: SavedAction, page: SavedPage, kind = ""): TemplateResult {
    const { speech } = this;
    const word = speech.say(SAVED_ACTIONS[action].name);
    return html`<button
      type="button"
      class="${kind} ${action}"
      aria-label=${speech.say("isNow", { what: word, state: nameOf(page) })}
      @click=${() => void this.#act(action, page)}
      >${word}</button
    >`;
  }

  #choices(page: SavedPage, rest: SavedAction[], now: number): Choice[] {
    const { speech, door } = this;
    const actions = rest.map((action) => ({ name: speech.say(SAVED_ACTIONS[action].name), run: () => void this.#act(action, page) }));
    if (page.copies.length < 2) return actions;
    const copies = page.copies.map(({ number, savedAtMs, isShown }) => ({
      name: speech.say("showCopy", { time: speech.moment(savedAtMs, now) }),
      oneOf: { group: speech.say("copies"), isChosen: isShown },
      run: () => void this.attempt("notShown", () => (isShown ? Promise.resolve() : door.showCopy(page.key, number))),
    }));
    // What is removed for good comes last.
    return [...actions.slice(0, -1), ...copies, ...actions.slice(-1)];
  }

  #act(action: SavedAction, page: SavedPage): Promise<void> {
    const { door } = this;
    const { key } = page;
    const { otherwise } = SAVED_ACTIONS[action];
    switch (action) {
      case "open":
        return this.attempt(otherwise, () => door.openSaved(key));
      case "cancel":
        return this.attempt(otherwise, () => door.cancelSaving(key));
      case "refresh":
      case "tryAgain":
        return this.attempt(otherwise, () => door.refreshSaved(key));
      case "remove":
        this.later.do({
          target: key,
          said: ["removed", { what: nameOf(page) }],
          otherwise,
          run: async () => {
            await door.removeSaved(key);
            removed.add(key);
          },
        });
        return Promise.resolve();
    }
  }

  static override styles = [
    shared,
    placeStyle,
    css`
      .rows > li {
        grid-template-columns: max-content minmax(0, 1fr) max-content max-content;
      }
      summary {
        width: fit-content;
        cursor: pointer;
      }
      li[data-state="incomplete"] summary,
      li[data-state="failed"] .state,
      .setback {
        color: var(--mark);
      }
      details ul {
        margin: 4px 0 8px;
        padding-inline-start: 16px;
      }
      details li {
        overflow-wrap: anywhere;
      }
      .path {
        font-family: ui-monospace, monospace;
        font-size: 0.9rem;
      }
      .progress {
        display: flex;
        align-items: center;
        gap: 8px;
      }
      progress {
        flex: 1;
        min-width: 4rem;
        height: 10px;
        accent-color: var(--accent);
      }
      .tryAgain:not(.main) {
        margin-top: 4px;
      }
      @media (max-width: 599px) {
        .what {
          flex: 1 0 calc(100% - 84px);
          min-width: 0;
        }
      }
    `,
  ];
}

customElements.define("holdfast-saved", SavedPlace);
