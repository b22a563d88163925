/** What the kinds of things look like in a bar and beside their names. */
import { css } from "lit";

/** A colour and a pattern each, so that nobody needs to tell colours apart. */
export const kindStyle = css`
  :host {
    --saved: #2b5fc1;
    --app: #6b3fa0;
    --pages: #1f6b45;
    --images: #a84a00;
    --other: #5b6472;
    --unsent: #a3265c;
    --gap: var(--ground);
  }
  @media (prefers-color-scheme: dark) {
    :host {
      --saved: #86aef5;
      --app: #c4a1f0;
      --pages: #6fcf9f;
      --images: #f0a860;
      --other: #aab4c4;
      --unsent: #f291b8;
    }
  }
  @media (forced-colors: active) {
    :host {
      --saved: CanvasText;
      --app: CanvasText;
      --pages: CanvasText;
      --images: CanvasText;
      --other: CanvasText;
      --unsent: CanvasText;
      --gap: Canvas;
    }
    .kind {
      forced-color-adjust: none;
    }
  }
  .kind[data-kind="saved"] {
    background: var(--saved);
  }
  .kind[data-kind="app"] {
    background: repeating-linear-gradient(45deg, var(--app) 0 4px, var(--gap) 4px 6px);
  }
  .kind[data-kind="pages"] {
    background: repeating-linear-gradient(0deg, var(--pages) 0 4px, var(--gap) 4px 6px);
  }
  .kind[data-kind="images"] {
    background: radial-gradient(circle, var(--gap) 1.5px, var(--images) 2px) 0 0 / 7px 7px;
  }
  .kind[data-kind="other"] {
    background: repeating-linear-gradient(90deg, var(--other) 0 3px, var(--gap) 3px 5px);
  }
  .kind[data-kind="unsent"] {
    background: repeating-linear-gradient(-45deg, var(--unsent) 0 3px, var(--gap) 3px 6px);
  }
`;
