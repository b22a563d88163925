/** What all parts of the Library look like. */
import { css } from "lit";

export const shared = css`
  * {
    box-sizing: border-box;
  }
  button {
    min-height: 34px;
    padding: 4px 12px;
    border: 1px solid var(--edge);
    border-radius: 6px;
    background: var(--ground);
    color: inherit;
    font: inherit;
    cursor: pointer;
  }
  button:hover {
    background: var(--hover);
  }
  button:focus-visible,
  :focus-visible {
    outline: 2px solid var(--accent);
    outline-offset: 1px;
  }
  button:disabled {
    opacity: 0.6;
    cursor: default;
  }
  button.main {
    border-color: var(--accent);
  }
  @media (forced-colors: active) {
    button:hover {
      outline: 1px solid Highlight;
    }
  }
`;
