/** A button with a menu: what can be done beside the main thing. */
import { css, html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import { shared } from "./style";

/** One thing that can be done. */
export interface Choice {
  name: string;
  /** Of those that exclude each other: what they are, and whether it is the one. */
  oneOf?: { group: string; isChosen: boolean };
  run(): void;
}

/** Works by keys as menus do (ARIA Authoring Practices, menu button). */
export class Menu extends LitElement {
  static override properties = { label: {}, choices: { attribute: false }, isOpen: { state: true } };
  declare label: string;
  declare choices: readonly Choice[];
  declare isOpen: boolean;
  /** Which entry has the focus once the menu is drawn. */
  #first = 0;

  constructor() {
    super();
    this.label = "";
    this.choices = [];
    this.isOpen = false;
    // By mouse or by key: what happens elsewhere closes it.
    this.addEventListener("focusout", ({ relatedTarget }) => {
      if (!(relatedTarget instanceof Node && this.contains(relatedTarget))) this.isOpen = false;
    });
  }

  override render(): TemplateResult {
    return html`
      <button
        type="button"
        aria-haspopup="menu"
        aria-expanded=${this.isOpen}
        aria-label=${this.label}
        title=${this.label}
        @click=${() => this.#open(0)}
        @keydown=${(event: KeyboardEvent) => this.#keyOnButton(event)}
      >
        <span aria-hidden="true">⋯</span>
      </button>
      ${this.isOpen
        ? html`<div role="menu" aria-label=${this.label} @keydown=${(event: KeyboardEvent) => this.#keyInMenu(event)}>
            ${this.#parts().map(([group, choices]) =>
              group === undefined ? choices : html`<div role="group" aria-label=${group}>${choices}</div>`,
            )}
          </div>`
        : nothing}
    `;
  }

  /** The entries, those that exclude each other together. */
  #parts(): [group: string | undefined, choices: TemplateResult[]][] {
    const parts: [string | undefined, TemplateResult[]][] = [];
    for (const [at, { oneOf, name }] of this.choices.entries()) {
      const last = parts.at(-1);
      const entry = this.#entry(at, name, oneOf?.isChosen);
      if (last && last[0] === oneOf?.group) last[1].push(entry);
      else parts.push([oneOf?.group, [entry]]);
    }
    return parts;
  }

  #entry(at: number, name: string, isChosen: boolean | undefined): TemplateResult {
    return html`<button
      type="button"
      role=${isChosen === undefined ? "menuitem" : "menuitemradio"}
      aria-checked=${isChosen ?? nothing}
      tabindex="-1"
      @click=${() => this.#choose(at)}
      >${isChosen === undefined ? nothing : html`<span class="check" aria-hidden="true">${isChosen ? "✓" : ""}</span>`}${name}</button
    >`;
  }

  override updated(changed: PropertyValues<this>): void {
    if (changed.has("isOpen") && this.isOpen) this.#focus(this.#first);
  }

  override focus(): void {
    this.renderRoot.querySelector("button")?.focus();
  }

  get #entries(): HTMLElement[] {
    return [...this.renderRoot.querySelectorAll<HTMLElement>("[role^=menuitem]")];
  }

  #open(first: number): void {
    this.#first = first;
    this.isOpen = !this.isOpen;
  }

  #close(): void {
    this.isOpen = false;
    this.focus();
  }

  #choose(at: number): void {
    this.#close();
    this.choices[at]?.run();
  }

  #focus(at: number): void {
    const entries = this.#entries;
    entries.at(at % entries.length)?.focus();
  }

  #keyOnButton(event: KeyboardEvent): void {
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    event.preventDefault();
    this.#open(event.key === "ArrowDown" ? 0 : -1);
  }

  #keyInMenu(event: KeyboardEvent): void {
    const entries = this.#entries;
    const at = entries.indexOf(this.shadowRoot?.activeElement as HTMLElement);
    switch (event.key) {
      case "ArrowDown":
        this.#focus(at + 1);
        break;
      case "ArrowUp":
        this.#focus(at - 1);
        break;
      case "Home":
        this.#focus(0);
        break;
      case "End":
        this.#focus(-1);
        break;
      case "Escape":
      case "Tab":
        this.#close();
        break;
      default:
        return;
    }
    event.preventDefault();
  }

  static override styles = [
    shared,
    css`
      :host {
        position: relative;
        display: inline-block;
      }
      button[aria-haspopup] {
        min-width: 34px;
        padding: 4px 8px;
      }
      [role="menu"] {
        position: absolute;
        inset-inline-end: 0;
        z-index: 1;
        display: grid;
        width: max-content;
        max-width: calc(100vw - 56px);
        margin-top: 4px;
        padding: 4px;
        border: 1px solid var(--edge);
        border-radius: 8px;
        background: var(--ground);
        box-shadow: 0 4px 16px rgb(0 0 0 / 25%);
      }
      [role^="menuitem"] {
        border-color: transparent;
        text-align: start;
      }
      [role^="menuitem"]:focus-visible {
        outline-offset: -2px;
      }
      [role="group"] {
        display: grid;
        margin: 4px 0;
        padding: 4px 0;
        border: solid var(--edge);
        border-width: 1px 0;
      }
      [role="menuitemradio"] {
        display: flex;
      }
      .check {
        flex: none;
        width: 1.4em;
      }
    `,
  ];
}

customElements.define("holdfast-menu", Menu);
