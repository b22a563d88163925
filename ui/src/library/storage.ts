/** The place of what the device holds, and of how much room that takes. */
import { css, html, nothing, type PropertyDeclarations, type TemplateResult } from "lit";
import type { Stock, Storage } from "../app-types";
import { clearable, inWords, keptSafe, KINDS, shares, targetOf, without } from "./describe-storage";
import type { Clearable } from "./door";
import type { Later } from "./later";
import { kindStyle } from "./kind-style";
import { PlaceElement } from "./place";
import { placeStyle, shared, tableStyle } from "./style";

/** Those that are shown: what is cleared after eight seconds may find another one than it began in. */
const shown = new Set<StoragePlace>();

export class StoragePlace extends PlaceElement {
  static override properties: PropertyDeclarations = {
    later: { attribute: false },
    targets: { attribute: false },
    storage: { state: true },
  };
  declare later: Later;
  /** What looks as if it were cleared. */
  declare targets: ReadonlySet<string>;
  declare storage: Storage | null;

  constructor() {
    super();
    this.targets = new Set();
    this.storage = null;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    document.addEventListener("visibilitychange", this.#seen);
    shown.add(this);
    void this.#measure();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    document.removeEventListener("visibilitychange", this.#seen);
    shown.delete(this);
  }

  readonly #seen = (): void => {
    if (document.visibilityState === "visible") void this.#measure();
  };

  #measure(): Promise<void> {
    return this.attempt("notMeasured", async () => {
      this.storage = await this.door.storage();
    });
  }

  override render(): TemplateResult {
    const { speech } = this;
    return html`
      <header><h1 tabindex="-1">${speech.say("storage")}</h1></header>
      <p class="message" role="status">${this.message}</p>
      ${this.storage === null ? nothing : this.#holdings(without(this.storage, this.targets))}
    `;
  }

  #holdings(storage: Storage): TemplateResult {
    const { speech } = this;
    const parts = shares(storage);
    return html`
      <p class="used" aria-hidden="true">
        ${speech.say("used", { size: speech.size(storage.bytes), quota: speech.size(storage.quota) })}
      </p>
      <div class="bar" role="img" aria-label=${inWords(storage, speech)}>
        ${storage.kinds.map(({ kind, bytes }, at) =>
          bytes === 0 ? nothing : html`<span class="kind" data-kind=${kind} style="width: ${(parts[at] ?? 0).toFixed(2)}%"></span>`,
        )}
      </div>
      <ul class="facts" role="list">
        <li>${speech.say("keptSafeMeans", { size: speech.size(keptSafe(storage)) })}</li>
        <li>${speech.say("evictable", { size: speech.size(storage.evictableBytes) })}</li>
        <li>${speech.say(storage.isPersistent ? "isPersistent" : "isNotPersistent")}</li>
      </ul>
      ${this.#kinds(storage)} ${this.#routes(storage)}
    `;
  }

  #kinds(storage: Storage): TemplateResult {
    const { speech } = this;
    // The roles stand there because a table that is drawn in another way would be none for a screen reader.
    return html`
      <h2 id="kinds">${speech.say("byKind")}</h2>
      <div class="table">
        <table class="kinds" role="table" aria-labelledby="kinds">
          <thead role="rowgroup">
            <tr role="row">
              <th role="columnheader" scope="col">${speech.say("columnKind")}</th>
              <th role="columnheader" scope="col" class="figure">${speech.say("columnEntries")}</th>
              <th role="columnheader" scope="col" class="figure">${speech.say("columnSize")}</th>
              <td role="cell"></td>
            </tr>
          </thead>
          <tbody role="rowgroup">
            ${storage.kinds.map((stock) => this.#kind(stock))}
          </tbody>
        </table>
      </div>
    `;
  }

  #kind({ kind, entries, bytes, isKeptSafe }: Stock): TemplateResult {
    const { speech } = this;
    const { name, means } = KINDS[kind];
    const target = clearable(kind);
    return html`
      <tr role="row" data-kind=${kind}>
        <th role="rowheader" scope="row">
          <span class="kind swatch" data-kind=${kind} aria-hidden="true"></span>
          <span class="name">${speech.say(name)}</span>
          ${isKeptSafe ? html`<span class="safe">${speech.say("keptSafe")}</span>` : nothing}
          <p class="soft">${speech.say(means)}</p>
        </th>
        <td role="cell" data-label=${speech.say("columnEntries")}>${speech.number(entries)}</td>
        <td role="cell">${speech.size(bytes)}</td>
        <td role="cell">
          ${target === null || entries === 0
            ? nothing
            : html`<button
                type="button"
                aria-label=${speech.say("clearOf", { kind: speech.say(name) })}
                @click=${() => this.#clear(target)}
                >${speech.say("clear")}</button
              >`}
        </td>
      </tr>
    `;
  }

  #routes({ routes }: Storage): TemplateResult {
    const { speech } = this;
    return html`
      <h2 id="routes">${speech.say("byRoute")}</h2>
      ${routes.length === 0
        ? html`<p class="soft">${speech.say("nothingVisited")}</p>`
        : html`<div class="table">
            <table class="routes" aria-labelledby="routes">
              <thead>
                <tr>
                  <th scope="col">${speech.say("columnPart")}</th>
                  <th scope="col" class="figure">${speech.say("columnEntries")}</th>
                  <th scope="col" class="figure">${speech.say("columnSize")}</th>
                </tr>
              </thead>
              <tbody>
                ${routes.map(
                  ({ route, entries, bytes }) =>
                    html`<tr>
                      <th scope="row">${route}</th>
                      <td>${speech.number(entries)}</td>
                      <td>${speech.size(bytes)}</td>
                    </tr>`,
                )}
              </tbody>
            </table>
          </div>`}
    `;
  }

  #clear(kind: Clearable): void {
    const { door, speech } = this;
    this.later.do({
      target: targetOf(kind),
      said: ["cleared", { kind: speech.say(KINDS[kind].name) }],
      otherwise: "notCleared",
      run: async () => {
        const storage = await door.clearStored(kind);
        for (const place of shown) place.storage = storage;
      },
    });
  }

  static override styles = [
    shared,
    placeStyle,
    tableStyle,
    kindStyle,
    css`
      .used {
        font-size: 1.1rem;
      }
      .bar {
        display: flex;
        height: 28px;
        margin: 8px 0 12px;
        border: 1px solid var(--edge);
        border-radius: 6px;
        background: var(--panel);
        overflow: hidden;
      }
      .bar .kind {
        flex: none;
        min-width: 5px;
        border-inline-end: 1px solid var(--gap);
      }
      .swatch {
        display: inline-block;
        width: 1.1em;
        height: 1.1em;
        margin-inline-end: 4px;
        border: 1px solid var(--edge);
        border-radius: 3px;
        vertical-align: text-bottom;
      }
      .facts {
        display: grid;
        gap: 4px;
      }
      .safe {
        padding: 0 8px;
        border: 1px solid var(--edge);
        border-radius: 10px;
        font-size: 0.85rem;
        white-space: nowrap;
      }
      .kinds p {
        font-size: 0.9rem;
      }
      td {
        white-space: nowrap;
      }
      @media (max-width: 599px) {
        .kinds,
        .kinds tbody {
          display: block;
        }
        .kinds thead {
          position: absolute;
          width: 1px;
          height: 1px;
          overflow: hidden;
          clip-path: inset(50%);
        }
        .kinds tbody tr {
          display: grid;
          grid-template-columns: 1fr max-content max-content;
          align-items: center;
        }
        .kinds tbody tr:first-child {
          border-top: 0;
        }
        .kinds th {
          grid-column: 1 / -1;
          padding-bottom: 0;
        }
        .kinds td {
          text-align: start;
        }
        .kinds td[data-label]::before {
          content: attr(data-label) ": ";
          color: var(--soft);
        }
      }
    `,
  ];
}

customElements.define("holdfast-storage", StoragePlace);
