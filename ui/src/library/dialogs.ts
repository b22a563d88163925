/** What stands before everything else until it is answered: a question, or the site's answer. */
import { css, html, LitElement, type TemplateResult } from "lit";
import type { KeptAnswer } from "../app-types";
import { shared } from "./style";

/** A question in words. */
export interface Asked {
  ask: string;
  meaning: string;
  yes: string;
  no: string;
}

/** Asks; the safe answer has the focus. */
export class Ask extends LitElement {
  static override properties = { asked: { state: true } };
  declare asked: Asked;
  #answer: (isYes: boolean) => void = () => {};

  constructor() {
    super();
    this.asked = { ask: "", meaning: "", yes: "", no: "" };
  }

  /** Whether the person says yes. */
  async of(asked: Asked): Promise<boolean> {
    this.asked = asked;
    await this.updateComplete;
    const dialog = this.renderRoot.querySelector("dialog");
    return new Promise((resolve) => {
      this.#answer = (isYes) => {
        dialog?.close();
        resolve(isYes);
      };
      dialog?.showModal();
    });
  }

  override render(): TemplateResult {
    const { ask, meaning, yes, no } = this.asked;
    return html`
      <dialog
        role="alertdialog"
        aria-labelledby="ask"
        aria-describedby="meaning"
        @cancel=${(event: Event) => {
          event.preventDefault();
          this.#answer(false);
        }}
      >
        <h2 id="ask">${ask}</h2>
        <p id="meaning">${meaning}</p>
        <div>
          <button type="button" class="no" autofocus @click=${() => this.#answer(false)}>${no}</button>
          <button type="button" class="main yes" @click=${() => this.#answer(true)}>${yes}</button>
        </div>
      </dialog>
    `;
  }

  static override styles = [
    shared,
    css`
      dialog {
        max-width: min(30rem, calc(100vw - 32px));
        padding: 16px 20px;
        border: 1px solid var(--edge);
        border-radius: 10px;
        background: var(--ground);
        color: var(--text);
      }
      dialog::backdrop {
        background: rgb(0 0 0 / 45%);
      }
      h2 {
        margin: 0 0 8px;
        font-size: 1.1rem;
      }
      p {
        margin: 0 0 16px;
      }
      div {
        display: flex;
        flex-wrap: wrap;
        justify-content: flex-end;
        gap: 8px;
      }
    `,
  ];
}

/** Shows what the site answered, as a page that can do nothing. */
export class SitesAnswer extends LitElement {
  static override properties = { answer: { state: true }, heading: {}, closeLabel: {} };
  declare answer: KeptAnswer | null;
  declare heading: string;
  declare closeLabel: string;

  constructor() {
    super();
    this.answer = null;
    this.heading = "";
    this.closeLabel = "";
  }

  async show(answer: KeptAnswer): Promise<void> {
    this.answer = answer;
    await this.updateComplete;
    this.renderRoot.querySelector("dialog")?.showModal();
  }

  override render(): TemplateResult {
    const { answer } = this;
    return html`
      <dialog aria-labelledby="heading" @close=${() => (this.answer = null)}>
        <header>
          <h2 id="heading">${this.heading}</h2>
          <button type="button" @click=${() => this.renderRoot.querySelector("dialog")?.close()}>${this.closeLabel}</button>
        </header>
        ${answer === null
          ? ""
          : answer.isPage
            ? html`<iframe sandbox title=${this.heading} srcdoc=${answer.text}></iframe>`
            : html`<pre tabindex="0">${answer.text}</pre>`}
      </dialog>
    `;
  }

  static override styles = [
    shared,
    css`
      dialog {
        width: min(60rem, calc(100vw - 24px));
        max-width: none;
        height: calc(100vh - 48px);
        max-height: none;
        padding: 0;
        border: 1px solid var(--edge);
        border-radius: 10px;
        background: var(--ground);
        color: var(--text);
      }
      dialog[open] {
        display: flex;
        flex-direction: column;
      }
      dialog::backdrop {
        background: rgb(0 0 0 / 45%);
      }
      header {
        display: flex;
        align-items: center;
        justify-content: space-between;
        gap: 12px;
        padding: 8px 8px 8px 16px;
        border-bottom: 1px solid var(--edge);
      }
      h2 {
        margin: 0;
        font-size: 1rem;
      }
      iframe,
      pre {
        flex: 1;
        width: 100%;
        margin: 0;
        border: 0;
        overflow: auto;
      }
      iframe {
        background: #fff;
        color-scheme: light;
      }
      pre {
        padding: 16px;
        white-space: pre-wrap;
        overflow-wrap: anywhere;
      }
    `,
  ];
}

customElements.define("holdfast-ask", Ask);
customElements.define("holdfast-answer", SitesAnswer);
