/** The place of what has happened: what answered, and why. */
import { css, html, nothing, type PropertyDeclarations, type TemplateResult } from "lit";
import { guard } from "lit/directives/guard.js";
import { repeat } from "lit/directives/repeat.js";
import type { Activity, Asked, Download, Sync, Traffic } from "../app-types";
import { answered, connectionInWords, DAY_MS, downloadInWords, filtered, installInWords, named, pieces, sourceOf, syncInWords } from "./describe-activity";
import { PlaceElement } from "./place";
import { placeStyle, shared, tableStyle } from "./style";

/** How often it is looked at anew while somebody can see it. */
export const LOOK_MS = 2_000;

export class ActivityPlace extends PlaceElement {
  static override properties: PropertyDeclarations = { activity: { state: true }, wanted: { state: true } };
  declare activity: Activity | null;
  /** What the path of a request has to have in it. */
  declare wanted: string;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isLooking = false;

  constructor() {
    super();
    this.activity = null;
    this.wanted = "";
  }

  override connectedCallback(): void {
    super.connectedCallback();
    document.addEventListener("visibilitychange", this.#look);
    this.#look();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    document.removeEventListener("visibilitychange", this.#look);
    clearTimeout(this.#timer);
  }

  /** Looks now and from then on, as long as somebody can see it. */
  readonly #look = (): void => {
    clearTimeout(this.#timer);
    if (this.#isLooking || !this.isConnected || document.visibilityState !== "visible") return;
    this.#isLooking = true;
    const looked = this.attempt("notActive", async () => {
      this.activity = await this.door.activity();
    });
    void looked.then(() => {
      this.#isLooking = false;
      // From the answer on: a slow one has no other waiting behind it.
      if (this.isConnected) this.#timer = setTimeout(this.#look, LOOK_MS);
    });
  };

  override render(): TemplateResult {
    const { speech, activity } = this;
    return html`
      <header><h1 tabindex="-1">${speech.say("activity")}</h1></header>
      <p class="message" role="status">${this.message}</p>
      ${activity === null ? nothing : html`${this.#connection(activity)} ${this.#syncs(activity.syncs)} ${this.#downloads(activity.downloads)} ${this.#requests(activity)} ${this.#figures(activity.traffic)}`}
    `;
  }

  #connection({ connection, install }: Activity): TemplateResult {
    const { speech } = this;
    const now = Date.now();
    const parts = pieces(connection, now);
    const [state, failure] = installInWords(install, speech);
    return html`
      <h2>${speech.say("connection")}</h2>
      <div class="strip" role="img" aria-labelledby="connection">
        ${parts.map(
          ({ state, fromMs, toMs }) => html`<span data-state=${state} style="width: ${((100 * (toMs - fromMs)) / DAY_MS).toFixed(3)}%"></span>`,
        )}
      </div>
      <p class="scale soft" aria-hidden="true"><span>${speech.moment(now - DAY_MS, now)}</span><span>${speech.say("now")}</span></p>
      <p id="connection">${connectionInWords(parts, now, speech)}</p>
      <ul class="legend soft" role="list" aria-hidden="true">
        ${(["online", "offline", "unknown"] as const).map(
          (state) => html`<li><span class="sample" data-state=${state}></span> ${speech.say(state)}</li>`,
        )}
      </ul>
      <p class="install" role="status">
        ${state} ${failure === null ? nothing : html`<span class="failure"><span aria-hidden="true">⚠</span> ${failure}</span>`}
      </p>
    `;
  }

  /** What is fetched by itself now and then, if the site has such things. */
  #syncs(syncs: readonly Sync[]): TemplateResult | typeof nothing {
    const { speech, door } = this;
    if (syncs.length === 0) return nothing;
    const now = Date.now();
    const isRunning = syncs.some((sync) => sync.isRunning);
    const refresh = () => void this.attempt("notRefreshed", () => door.syncNow()).then(this.#look);
    return html`
      <div class="above">
        <h2 id="syncs">${speech.say("syncs")}</h2>
        <button type="button" ?disabled=${isRunning} @click=${refresh}>${speech.say("refreshNow")}</button>
      </div>
      <ul class="rows syncs" role="list" aria-labelledby="syncs">
        ${syncs.map((sync) => {
          const [state, failure] = syncInWords(sync, now, speech);
          return html`<li>
            <div class="what">
              <p class="name">${sync.name}</p>
              <p class="state">${state}</p>
              ${failure === null ? nothing : html`<p class="failure"><span aria-hidden="true">⚠</span> ${failure}</p>`}
            </div>
          </li>`;
        })}
      </ul>
    `;
  }

  /** What was saved as a file since the app was started. */
  #downloads(downloads: readonly Download[]): TemplateResult | typeof nothing {
    const { speech } = this;
    if (downloads.length === 0) return nothing;
    return html`
      <h2 id="downloads">${speech.say("downloads")}</h2>
      <ul class="rows downloads" role="list" aria-labelledby="downloads">
        ${downloads.map(
          (download) => html`<li>
            <div class="what">
              <p class="name">${download.name}</p>
              <p class="state">${downloadInWords(download, speech)}</p>
            </div>
            <p class="when">
              <time datetime=${new Date(download.atMs).toISOString()}>${speech.moment(download.atMs, Date.now())}</time>
              <span>${speech.size(download.bytes)}</span>
            </p>
          </li>`,
        )}
      </ul>
    `;
  }

  #requests({ requests }: Activity): TemplateResult {
    const { speech } = this;
    if (requests.length === 0) {
      return html`<div class="empty">
        <p><strong>${speech.say("nothingAsked")}</strong></p>
        <p>${speech.say("nothingAskedHow")}</p>
      </div>`;
    }
    const found = filtered(requests, this.wanted);
    const today = new Date().toDateString();
    const isFiltered = this.wanted.trim() !== "";
    const values = { n: speech.number(found.length), all: speech.number(requests.length) };
    return html`
      <h2 id="requests">${speech.say("requests")}</h2>
      <div class="filter">
        <label for="filter">${speech.say("filterByPage")}</label>
        <input
          id="filter"
          type="search"
          autocomplete="off"
          spellcheck="false"
          .value=${this.wanted}
          @input=${(event: Event) => (this.wanted = (event.target as HTMLInputElement).value)}
        />
        <p class="found soft" role="status">${isFiltered ? speech.say("requestsFound", values) : ""}</p>
      </div>
      ${found.length === 0
        ? html`<p class="soft">${speech.say("nothingFound")}</p>`
        : html`<ul class="rows" role="list" aria-labelledby="requests">
            ${repeat(
              named(found),
              ([name]) => name,
              // What has happened stays as it is, so that a row is drawn once.
              ([name, asked]) => guard([name, speech.language, today], () => this.#row(asked)),
            )}
          </ul>`}
    `;
  }

  #row(asked: Asked): TemplateResult {
    const { speech } = this;
    const { atMs, path, route, tookMs, bytes, source } = asked;
    return html`
      <li data-source=${source}>
        <div class="what">
          <p class="name">${path}</p>
          <p class="state">${answered(asked, speech)}</p>
          ${route === null ? nothing : html`<p class="route soft">${speech.say("ofRoute", { route })}</p>`}
        </div>
        <p class="when">
          <time datetime=${new Date(atMs).toISOString()}>${speech.moment(atMs, Date.now())}</time>
          <span>${speech.duration(tookMs)}</span>
          ${bytes === null ? nothing : html`<span>${speech.size(bytes)}</span>`}
        </p>
      </li>
    `;
  }

  #figures(traffic: readonly Traffic[]): TemplateResult | typeof nothing {
    const { speech } = this;
    if (traffic.length === 0) return nothing;
    const figures = ["columnRequests", "columnSize", "columnMedian", "columnP99"] as const;
    return html`
      <details>
        <summary id="figures">${speech.say("counters")}</summary>
        <div class="table" role="region" aria-labelledby="figures" tabindex="0">
          <table aria-labelledby="figures">
            <thead>
              <tr>
                <th scope="col">${speech.say("columnPart")}</th>
                <th scope="col">${speech.say("columnSource")}</th>
                ${figures.map((figure) => html`<th scope="col" class="figure">${speech.say(figure)}</th>`)}
              </tr>
            </thead>
            <tbody>
              ${traffic.map(
                ({ route, source, requests, bytes, medianMs, p99Ms }) =>
                  html`<tr>
                    <th scope="row">${route}</th>
                    <td class="text">${sourceOf(source, speech)}</td>
                    <td>${speech.number(requests)}</td>
                    <td>${speech.size(bytes)}</td>
                    <td>${speech.duration(medianMs)}</td>
                    <td>${speech.duration(p99Ms)}</td>
                  </tr>`,
              )}
            </tbody>
          </table>
        </div>
      </details>
    `;
  }

  static override styles = [
    shared,
    placeStyle,
    tableStyle,
    css`
      :host {
        --online: #1f6b45;
        --gap: var(--ground);
      }
      @media (prefers-color-scheme: dark) {
        :host {
          --online: #6fcf9f;
        }
      }
      @media (forced-colors: active) {
        :host {
          --online: CanvasText;
          --gap: Canvas;
        }
        .strip span,
        .sample {
          forced-color-adjust: none;
        }
        [data-state="unknown"] {
          --panel: Canvas;
        }
      }
      h2:first-of-type {
        margin-top: 0;
      }
      .strip {
        display: flex;
        align-items: end;
        height: 28px;
        border: 1px solid var(--edge);
        border-radius: 6px;
        overflow: hidden;
      }
      .strip span {
        flex: none;
        height: 100%;
      }
      [data-state="online"] {
        background: var(--online);
      }
      [data-state="offline"] {
        background: repeating-linear-gradient(45deg, var(--mark) 0 3px, var(--gap) 3px 6px);
      }
      .strip [data-state="offline"] {
        min-width: 3px;
      }
      [data-state="unknown"] {
        background: var(--panel);
      }
      .scale,
      .legend {
        display: flex;
        justify-content: space-between;
        gap: 4px 16px;
        font-size: 0.85rem;
      }
      .legend {
        flex-wrap: wrap;
        justify-content: flex-start;
        margin-top: 4px;
      }
      .sample {
        display: inline-block;
        width: 1.2em;
        height: 0.9em;
        border: 1px solid var(--edge);
        border-radius: 3px;
      }
      .install {
        margin-top: 12px;
        padding-top: 12px;
        border-top: 1px solid var(--edge);
      }
      .failure {
        display: block;
        color: var(--mark);
      }
      .above {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        justify-content: space-between;
        gap: 8px;
        margin: 24px 0 8px;
      }
      .above h2 {
        margin: 0;
      }
      .filter {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 8px;
        margin-bottom: 8px;
      }
      input {
        flex: 1;
        min-width: 8rem;
        min-height: 34px;
        padding: 4px 10px;
        border: 1px solid var(--soft);
        border-radius: 6px;
        background: var(--ground);
        color: var(--text);
        font: inherit;
      }
      .rows > li {
        grid-template-columns: minmax(0, 1fr) max-content;
      }
      .name {
        font-weight: 400;
        font-family: ui-monospace, monospace;
        font-size: 0.95rem;
      }
      .route {
        font-size: 0.85rem;
      }
      .empty {
        margin-top: 24px;
      }
      details {
        margin-top: 24px;
      }
      summary {
        width: fit-content;
        margin-bottom: 8px;
        font-weight: 600;
        cursor: pointer;
      }
      table {
        min-width: 40rem;
      }
      table th {
        min-width: 7rem;
      }
      td {
        white-space: nowrap;
      }
      .found:empty {
        margin-inline-start: -8px;
      }
      .text {
        text-align: start;
      }
    `,
  ];
}

customElements.define("holdfast-activity", ActivityPlace);
