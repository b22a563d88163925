/** The place of what waits to be sent. */
import { css, html, nothing, type PropertyDeclarations, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type { Shelves, Waiting } from "../app-types";
import { ACTIONS, actions, canBeExported, how, question, sign, what, type Action } from "./describe";
import type { Ask, SitesAnswer } from "./dialogs";
import "./dialogs";
import type { Choice } from "./menu";
import "./menu";
import { PlaceElement } from "./place";
import { placeStyle, shared } from "./style";

export class WaitingPlace extends PlaceElement {
  static override properties: PropertyDeclarations = { shelves: { attribute: false } };
  declare shelves: Shelves;

  constructor() {
    super();
    this.shelves = { online: true, waiting: [], saved: [] };
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
        : html`<ul role="list" class="rows">
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
        return this.attempt("notSent", () => door.send(item.key));
      case "signIn":
        return this.attempt("notOpened", () => door.signIn(item.key));
      case "edit":
        return this.attempt("notOpened", () => door.edit(item.key));
      case "export":
        return this.#export([item.key]);
      case "answer":
        return this.attempt("noAnswer", async () => {
          const answer = await door.answer(item.key);
          if (answer === null) return ["noAnswer"];
          await this.renderRoot.querySelector<SitesAnswer>("holdfast-answer")?.show(answer);
          return undefined;
        });
      case "discard":
        await this.attempt("notDiscarded", () => door.discard(item.key));
        // The row that had the focus goes away.
        this.focus();
    }
  }

  #sendAll(): Promise<void> {
    const { door, speech } = this;
    return this.attempt("notSent", async () => ["sendingAll", { n: speech.number(await door.sendAll()) }]);
  }

  #export(keys: string[]): Promise<void> {
    const { door } = this;
    return this.attempt("notExported", async () => ["exported", { path: await door.exportTo(keys) }]);
  }

  #import(): Promise<void> {
    const { door, speech } = this;
    return this.attempt("notImported", async () => {
      const input = this.#file;
      const text = await input?.files?.[0]?.text();
      // The same file can be chosen again.
      if (input) input.value = "";
      if (text === undefined) return undefined;
      const { new: fresh, known } = await door.importFrom(text);
      return ["imported", { new: speech.number(fresh), known: speech.number(known) }];
    });
  }

  static override styles = [
    shared,
    placeStyle,
    css`
      li:is([data-state="needs-sign-in"], [data-state="refused"], [data-state="changed"], [data-state="uncertain"], [data-state="expired"])
        .state {
        color: var(--mark);
      }
    `,
  ];
}

customElements.define("holdfast-waiting", WaitingPlace);
