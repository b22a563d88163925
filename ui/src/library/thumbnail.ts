/** What a saved page looks like, or a letter where that is not known. */
import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import { keyed } from "lit/directives/keyed.js";

/** Whoever scrolls past a row does not look at it. */
const LOOK_MS = 100;

/**
 * A page in a frame in which nothing runs, made small. It is there only while the row can be seen: each one is a
 * page of its own.
 */
export class Thumbnail extends LitElement {
  static override properties = {
    src: {},
    copy: { type: Number },
    letter: {},
    colour: { type: Number },
    isSeen: { state: true },
    shown: { state: true },
  };
  /** Where the copy is; `null` if there is none. */
  declare src: string | null;
  /** Which copy: another one is another picture. */
  declare copy: number;
  declare letter: string;
  declare colour: number;
  declare isSeen: boolean;
  /** The copy that is there. */
  declare shown: number | null;
  #watching: IntersectionObserver | null = null;
  #look: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    super();
    this.src = null;
    this.copy = 0;
    this.letter = "";
    this.colour = 0;
    this.isSeen = false;
    this.shown = null;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    if (!("IntersectionObserver" in window)) return;
    this.#watching = new IntersectionObserver((seen) => this.#see(seen.at(-1)?.isIntersecting === true));
    this.#watching.observe(this);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#watching?.disconnect();
    this.#see(false);
  }

  #see(isSeen: boolean): void {
    clearTimeout(this.#look);
    if (isSeen) this.#look = setTimeout(() => (this.isSeen = true), LOOK_MS);
    else [this.isSeen, this.shown] = [false, null];
  }

  override render(): TemplateResult {
    const { src, copy, letter, colour, isSeen, shown } = this;
    // A frame takes the focus by keys unless it is inert, and is read out unless it is hidden.
    return html`<div class="tile" data-tile=${colour} aria-hidden="true" inert>
      ${letter}
      ${src === null || !isSeen
        ? nothing
        : keyed(
            copy,
            html`<iframe
              sandbox=""
              scrolling="no"
              tabindex="-1"
              referrerpolicy="no-referrer"
              class=${shown === copy ? "shown" : ""}
              src=${src}
              @load=${() => (this.shown = copy)}
            ></iframe>`,
          )}
    </div>`;
  }

  static override styles = css`
    .tile {
      --scale: 0.15;
      position: relative;
      display: grid;
      place-items: center;
      width: calc(640px * var(--scale));
      height: calc(480px * var(--scale));
      border: 1px solid var(--edge);
      border-radius: 8px;
      background: #2b5fc1;
      color: #fff;
      font-size: 1.6rem;
      font-weight: 600;
      overflow: hidden;
      user-select: none;
    }
    .tile[data-tile="1"] {
      background: #1f6b45;
    }
    .tile[data-tile="2"] {
      background: #8a3b00;
    }
    .tile[data-tile="3"] {
      background: #6b3fa0;
    }
    .tile[data-tile="4"] {
      background: #a3265c;
    }
    .tile[data-tile="5"] {
      background: #0b6470;
    }
    iframe {
      position: absolute;
      top: 0;
      left: 0;
      width: 640px;
      height: 480px;
      border: 0;
      background: #fff;
      transform: scale(var(--scale));
      transform-origin: 0 0;
      pointer-events: none;
      visibility: hidden;
    }
    iframe.shown {
      visibility: visible;
    }
    @media (max-width: 599px) {
      .tile {
        --scale: 0.1;
      }
    }
  `;
}

customElements.define("holdfast-thumbnail", Thumbnail);
