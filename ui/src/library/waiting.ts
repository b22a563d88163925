/** The place of what waits to be sent. */
import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type { Shelves, Waiting } from "../app-types";
import { ACTIONS, actions, canBeExported, how, question, sign, what, type Action } from "./describe";
import type { Ask, SitesAnswer } from "./dialogs";
import "./dialogs";
import type { Door } from "./door";
import type { Choice } from "./menu";
import "./menu";
import { LibrarySpeech } from "./speech";
import { shared } from "./style";
import type { LibraryWord } from "./words";

const MINUTE_MS = 60_000;

export class WaitingPlace extends LitElement {
  static override properties = {
    door: { attribute: false },
    speech: { attribute: false },
    shelves: { attribute: false },
    message: { state: true },
  };
  declare door: Door;
  declare speech: LibrarySpeech;
  declare shelves: Shelves;
  /** What has come of what was done last. */
  declare message: string;
  #minutes: ReturnType<typeof setInterval> | undefined;

  constructor() {
    super();
    this.message = "";
    this.speech = new LibrarySpeech("en");
    this.shelves = { online: true, waiting: [] };
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

  override render(): TemplateResult {
    const { speech } = this;
    const { waiting } = this.shelves;
    const own = waiting.filter(({ isOwn }) => isOwn);
    const more: Choice[] = [{ name: speech.say("import"), run: () => this.#file?.click() }];
    const keys = own.filter(canBeExported).map(({ key }) => key);
    if (keys.length > 0) more.unshift({ name: speech.say("exportAll"), run: () => this.#export(keys) });
    const now = Date.now();
    return html`
      <header>
        <h1 tabindex="-1">${speech.say("waiting")}</h1>
        ${own.some(({ state }) => state === "queued")
          ? html`<button type="button" @click=${() => this.#sendAll()}>${speech.say("sendAll")}</button>`
          : nothing}
        <holdfast-menu label=${speech.say("more")} .choices=${more}></holdfast-menu>
      </header>
      <input type="file" accept=".holdfast,application/json" hidden @change=${() => this.#import()} />
      <p class="message" role="status">${this.message}</p>
      ${waiting.length === 0
        ? html`<div class="empty">
            <p><strong>${speech.say("nothingWaits")}</strong></p>
            <p>${speech.say("nothingWaitsHow")}</p>
          </div>`
        : html`<ul role="list">
            ${repeat(
              waiting,
              ({ key }) => key,
              (item) => this.#row(item, now),
            )}
          </ul>`}
      <holdfast-ask></holdfast-ask>
      <holdfast-answer heading=${speech.say("sitesAnswer")} closeLabel=${speech.say("close")}></holdfast-answer>
    `;
  }

  #row(item: Waiting, now: number): TemplateResult {
    const { speech } = this;
    const [main, rest] = actions(item);
    const name = what(item, speech);
    const choices = rest.map((action) => ({ name: speech.say(ACTIONS[action]), run: () => void this.#act(action, item) }));
    const mark = sign(item.state);
    return html`
      <li data-state=${item.state}>
        <div class="what">
          <p class="name">${name}</p>
          <p class="state">
            ${mark === "" ? nothing : html`<span class="sign" aria-hidden="true">${mark}</span>`}
            ${how(item, this.shelves, speech, now)}
          </p>
        </div>
        <p class="when">
          <time datetime=${new Date(item.createdAtMs).toISOString()} title=${speech.moment(item.createdAtMs, now)}
            >${speech.age(item.createdAtMs, now)}</time
          >
          <span>${speech.size(item.bytes)}</span>
        </p>
        <div class="actions">
          ${main === null
            ? nothing
            : html`<button type="button" class="main" @click=${() => void this.#act(main, item)}>${speech.say(ACTIONS[main])}</button>`}
          ${choices.length === 0
            ? nothing
            : html`<holdfast-menu label=${speech.say("moreFor", { what: name })} .choices=${choices}></holdfast-menu>`}
        </div>
      </li>
    `;
  }

  get #file(): HTMLInputElement | null {
    return this.renderRoot.querySelector("input");
  }

  async #act(action: Action, item: Waiting): Promise<void> {
    const { door, speech } = this;
    const asked = question(action, item);
    if (asked !== null) {
      const { ask, meaning, yes, no } = asked;
      const words = { ask: speech.say(ask), meaning: speech.say(meaning), yes: speech.say(yes), no: speech.say(no) };
      if (!(await this.renderRoot.querySelector<Ask>("holdfast-ask")?.of(words))) return;
    }
    switch (action) {
      case "send":
      case "sendAgain":
      case "sendAnyway":
        return this.#attempt("notSent", () => door.send(item.key));
      case "signIn":
        return this.#attempt("notOpened", () => door.signIn(item.key));
      case "edit":
        return this.#attempt("notOpened", () => door.edit(item.key));
      case "export":
        return this.#export([item.key]);
      case "answer":
        return this.#attempt("noAnswer", async () => {
          const answer = await door.answer(item.key);
          if (answer === null) return speech.say("noAnswer");
          await this.renderRoot.querySelector<SitesAnswer>("holdfast-answer")?.show(answer);
          return "";
        });
      case "discard":
        await this.#attempt("notDiscarded", () => door.discard(item.key));
        // The row that had the focus goes away.
        this.renderRoot.querySelector("h1")?.focus();
    }
  }

  #sendAll(): Promise<void> {
    const { door, speech } = this;
    return this.#attempt("notSent", async () => speech.say("sendingAll", { n: speech.number(await door.sendAll()) }));
  }

  #export(keys: string[]): Promise<void> {
    const { door, speech } = this;
    return this.#attempt("notExported", async () => speech.say("exported", { path: await door.exportTo(keys) }));
  }

  #import(): Promise<void> {
    const { door, speech } = this;
    return this.#attempt("notImported", async () => {
      const input = this.#file;
      const text = await input?.files?.[0]?.text();
      // The same file can be chosen again.
      if (input) input.value = "";
      if (text === undefined) return "";
      const { new: fresh, known } = await door.importFrom(text);
      return speech.say("imported", { new: speech.number(fresh), known: speech.number(known) });
    });
  }

  /** Does something and says what has come of it, or that it could not be done. */
  async #attempt(otherwise: LibraryWord, act: () => Promise<string | void>): Promise<void> {
    try {
      this.message = (await act()) ?? "";
    } catch (error) {
      console.warn(error);
      this.message = this.speech.say(otherwise);
    }
  }

  static override styles = [
    shared,
    css`
      :host {
        display: block;
      }
      header {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 8px;
        margin-bottom: 12px;
      }
      h1 {
        flex: 1;
        margin: 0;
        font-size: 1.4rem;
      }
      h1:focus {
        outline: none;
      }
      p {
        margin: 0;
        overflow-wrap: anywhere;
      }
      .message:not(:empty) {
        margin-bottom: 12px;
        padding: 8px 12px;
        border: 1px solid var(--edge);
        border-radius: 8px;
        background: var(--panel);
      }
      ul {
        margin: 0;
        padding: 0;
        border: 1px solid var(--edge);
        border-radius: 10px;
        list-style: none;
      }
      li {
        display: grid;
        grid-template-columns: minmax(0, 1fr) max-content max-content;
        align-items: center;
        gap: 4px 16px;
        padding: 10px 12px;
      }
      li + li {
        border-top: 1px solid var(--edge);
      }
      .name {
        font-weight: 600;
      }
      .state,
      .when {
        color: var(--soft);
      }
      li:is([data-state="needs-sign-in"], [data-state="refused"], [data-state="changed"], [data-state="uncertain"], [data-state="expired"])
        .state {
        color: var(--mark);
      }
      .sign {
        font-weight: 700;
      }
      .when {
        display: grid;
        font-size: 0.9rem;
        text-align: end;
      }
      .actions {
        display: flex;
        align-items: center;
        justify-content: flex-end;
        gap: 8px;
        min-width: 9rem;
      }
      .empty {
        display: grid;
        gap: 4px;
        padding: 40px 16px;
        border: 1px dashed var(--edge);
        border-radius: 10px;
        color: var(--soft);
        text-align: center;
      }
      .empty strong {
        color: var(--text);
      }
      @media (max-width: 599px) {
        h1 {
          font-size: 1.2rem;
        }
        li {
          display: flex;
          flex-wrap: wrap;
        }
        .what {
          flex: 1 0 100%;
        }
        .when {
          display: flex;
          gap: 12px;
          white-space: nowrap;
        }
        .actions {
          min-width: 0;
          margin-inline-start: auto;
        }
      }
    `,
  ];
}

customElements.define("holdfast-waiting", WaitingPlace);
