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

/** What the places look like: a heading, what has come of something, rows, and where there are none. */
export const placeStyle = css`
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
  h2 {
    margin: 24px 0 8px;
    font-size: 1.1rem;
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
  .unseen {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  .soft {
    color: var(--soft);
  }
  ul {
    margin: 0;
    padding: 0;
    list-style: none;
  }
  .rows {
    border: 1px solid var(--edge);
    border-radius: 10px;
  }
  .rows > li {
    display: grid;
    grid-template-columns: minmax(0, 1fr) max-content max-content;
    align-items: center;
    gap: 4px 16px;
    padding: 10px 12px;
  }
  .rows > li + li {
    border-top: 1px solid var(--edge);
  }
  .name {
    font-weight: 600;
  }
  .state,
  .when {
    color: var(--soft);
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
    .rows > li {
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
`;

/** Tables of figures: names at the start, figures at the end. */
export const tableStyle = css`
  .table {
    overflow-x: auto;
    border: 1px solid var(--edge);
    border-radius: 10px;
  }
  table {
    width: 100%;
    border-collapse: collapse;
  }
  th,
  td {
    padding: 8px 12px;
    font-weight: 400;
    text-align: end;
    font-variant-numeric: tabular-nums;
  }
  th {
    overflow-wrap: anywhere;
    text-align: start;
  }
  thead th {
    color: var(--soft);
    font-size: 0.9rem;
  }
  thead th.figure {
    overflow-wrap: normal;
    text-align: end;
    white-space: nowrap;
  }
  tbody tr {
    border-top: 1px solid var(--edge);
  }
`;
