/** Why the site cannot be opened, as a page: the profile has mistakes, or what is stored cannot be used. */
import { fill, languageFor, problemWords } from "./words";

/** One thing that is wrong. The engine writes it; lines and columns count from 1, columns in characters. */
export interface Problem {
  file: string;
  line: number | null;
  column: number | null;
  /** The key of the profile that is concerned, for example `route[2].strategy`. */
  key: string | null;
  message: string;
  expected: string | null;
  /** The line itself. */
  text: string | null;
}

/** What cannot be used: `src-tauri/src/problem.rs` says which. */
export type Matter = "profile" | "newer-state" | "stored";

/** Fills the page. */
export function show(document: Document, problems: readonly Problem[], tag: string, matter: Matter = "profile"): void {
  const language = languageFor(tag);
  const say = (word: keyof typeof problemWords, values: Record<string, string | number> = {}) =>
    fill(problemWords[word][language], values);
  const add = (parent: Element, name: string, text: string, kind = "") => {
    const element = parent.appendChild(document.createElement(name));
    element.textContent = text;
    if (kind !== "") element.className = kind;
    return element;
  };

  const [first] = problems;
  const profile = () => (first === undefined ? say("titleUnnamed") : say("title", { file: fileName(first.file) }));
  const title = { profile, "newer-state": () => say("newerTitle"), stored: () => say("storedTitle") }[matter]();
  document.documentElement.lang = language;
  document.title = title;
  const main = document.querySelector("main") ?? document.body;
  add(main, "h1", title);
  add(main, "p", say(({ profile: "advice", "newer-state": "newerAdvice", stored: "storedAdvice" } as const)[matter]));
  const list = main.appendChild(document.createElement("ol"));
  // Safari says "list" only where the role is spelled out, once the markers are gone.
  list.setAttribute("role", "list");
  for (const problem of problems) {
    const item = list.appendChild(document.createElement("li"));
    add(item, "p", problem.key === null ? problem.message : `${problem.key}: ${problem.message}`, "message");
    if (problem.expected !== null) add(item, "p", say("expected", { expected: problem.expected }), "expected");
    add(item, "p", place(problem, say), "place");
    if (problem.text !== null && problem.line !== null) item.appendChild(excerpt(document, problem));
  }
}

function place({ file, line, column }: Problem, say: (word: "line" | "column", values: Record<string, string | number>) => string): string {
  if (line === null) return file;
  return column === null ? say("line", { file, line }) : say("column", { file, line, column });
}

function excerpt(document: Document, { line, column, text }: Problem): Element {
  const number = `${line} | `;
  const element = document.createElement("pre");
  element.textContent = `${number}${text}\n`;
  if (column !== null) {
    const marker = element.appendChild(document.createElement("span"));
    marker.className = "marker";
    // The sentence above says the column; read aloud, the marker says nothing.
    marker.setAttribute("aria-hidden", "true");
    marker.textContent = `${gap(number.length)}${before(text ?? "", column)}^`;
  }
  return element;
}

/** As wide as what stands before the column: a tab stays a tab. */
function before(text: string, column: number): string {
  const characters = [...text].slice(0, column - 1);
  return characters.map((character) => (character === "\t" ? character : " ")).join("");
}

function gap(width: number): string {
  return " ".repeat(width);
}

function fileName(path: string): string {
  return path.split(/[\\/]/).pop() || path;
}
