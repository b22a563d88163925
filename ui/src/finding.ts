/**
 * Where a text is found in a page: an own search, because webviews differ in theirs, and none of
 * them says how often there is something.
 *
 * A text is found across elements that stand in one line, not across blocks; blanks count as one,
 * and neither case nor accents count.
 */

/** Every place where `text` stands in the page, in its order, with its shadow trees and frames. */
export function findIn(document: Document, text: string): Range[] {
  const wanted = folded(text.replace(BLANKS, " ").trim()).text;
  if (wanted === "") return [];
  const ranges: Range[] = [];
  for (const line of linesOf(document)) {
    const { text, at } = line.read();
    for (let start = text.indexOf(wanted); start >= 0; start = text.indexOf(wanted, start + wanted.length)) {
      // A letter of which only the accent is left out ends where the next one begins.
      ranges.push(line.range(at[start] ?? 0, at[start + wanted.length - 1] ?? 0));
      if (ranges.length >= MOST) return ranges;
    }
  }
  return ranges;
}

/** More are not counted: nobody looks at them one by one. */
export const MOST = 10_000;

const BLANKS = /[\s\u00a0]+/g;
/** What is never read, or not by the person. */
const UNSEEN = "script, style, noscript, template, title, head, select, textarea, input, holdfast-bar, holdfast-find, [hidden]";

/** What stands in one line, from several nodes. */
class Line {
  readonly #nodes: Text[] = [];

  constructor(private readonly document: Document) {}

  add(node: Text): void {
    this.#nodes.push(node);
  }

  /** Its text as it is compared, and where each letter of that is among all letters of the nodes. */
  read(): { text: string; at: number[] } {
    const whole = this.#nodes.map((node) => node.data).join("");
    const { text, at } = folded(whole);
    let shown = "";
    const where: number[] = [];
    for (let index = 0; index < text.length; index++) {
      const letter = text[index] ?? "";
      const isBlank = /[\s\u00a0]/.test(letter);
      if (isBlank && (shown === "" || shown.endsWith(" "))) continue;
      shown += isBlank ? " " : letter;
      where.push(at[index] ?? 0);
    }
    return { text: shown, at: where };
  }

  /** From one letter to the end of another. */
  range(first: number, last: number): Range {
    const range = this.document.createRange();
    const [from, start] = this.#place(first);
    const [to, end] = this.#place(last);
    range.setStart(from, start);
    range.setEnd(to, end + widthAt(to.data, end));
    return range;
  }

  #place(letter: number): [Text, number] {
    let rest = letter;
    for (const node of this.#nodes) {
      if (rest < node.length) return [node, rest];
      rest -= node.length;
    }
    throw new RangeError("beyond the line");
  }
}

/** How many units a letter has with the accents that follow it. */
function widthAt(text: string, at: number): number {
  return /^(?:[\ud800-\udbff][\udc00-\udfff]|[^])\p{M}*/u.exec(text.slice(at, at + 16))?.[0].length ?? 1;
}

/** A text without case and accents, and where each of its units was. */
function folded(text: string): { text: string; at: number[] } {
  let result = "";
  const at: number[] = [];
  let from = 0;
  for (const letter of text) {
    const plain = letter.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
    result += plain;
    for (let unit = 0; unit < plain.length; unit++) at.push(from);
    from += letter.length;
  }
  return { text: result, at };
}

/** The lines that can be seen. */
function* linesOf(document: Document): Generator<Line> {
  const window = document.defaultView;
  if (window === null || document.body === null) return;
  let line = new Line(document);
  let isEmpty = true;
  const end = () => {
    const ended = isEmpty ? null : line;
    line = new Line(document);
    isEmpty = true;
    return ended;
  };
  yield* within(document.body);
  const last = end();
  if (last !== null) yield last;

  function* within(parent: Node): Generator<Line> {
    for (const node of childrenOf(parent)) {
      if (node.nodeType === Node.TEXT_NODE) {
        line.add(node as Text);
        isEmpty = false;
      } else if (node.nodeType === Node.ELEMENT_NODE) yield* element(node as Element);
    }
  }

  function* element(element: Element): Generator<Line> {
    if (element.matches(UNSEEN)) return;
    if (element.matches("iframe, frame")) {
      const inner = documentOf(element as HTMLIFrameElement);
      if (inner !== null) yield* apart(linesOf(inner));
      return;
    }
    const style = window!.getComputedStyle(element);
    if (style.display === "none" || (style.visibility !== "visible" && element.childElementCount === 0)) return;
    const isInLine = /^(inline|contents|ruby)/.test(style.display) && element.localName !== "br";
    yield* isInLine && !/^inline-(?!$)/.test(style.display) ? within(element) : apart(within(element));
  }

  function* apart(inner: Generator<Line>): Generator<Line> {
    const before = end();
    if (before !== null) yield before;
    yield* inner;
    const after = end();
    if (after !== null) yield after;
  }
}

/** As they are shown: a shadow tree in place of what its host holds, and that where it has a slot. */
function childrenOf(parent: Node): Iterable<Node> {
  if (parent instanceof Element && parent.shadowRoot !== null) return parent.shadowRoot.childNodes;
  if (parent instanceof HTMLSlotElement) {
    const assigned = parent.assignedNodes();
    if (assigned.length > 0) return assigned;
  }
  return parent.childNodes;
}

function documentOf(frame: HTMLIFrameElement): Document | null {
  try {
    return frame.contentDocument;
  } catch {
    return null;
  }
}
