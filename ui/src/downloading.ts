/** What there is to say of downloads: a pure decision. */
import type { Download } from "./app-types";
import { partIn, sizeIn } from "./size";
import { downloadWords, fill, type Language } from "./words";

/** One sentence, and what can be done. */
export interface SaidOfDownloads {
  state: "download";
  text: string;
  acts: DownloadChoice[];
}

/** What can be done with downloads of these numbers. */
export interface DownloadChoice {
  label: string;
  act: "cancel" | "show" | "open";
  ids: number[];
}

/** The one thing to say: what runs comes first, then what has ended last. */
export function downloading(downloads: Download[], language: Language): SaidOfDownloads | null {
  const say = (word: keyof typeof downloadWords, values: Record<string, string> = {}) => fill(downloadWords[word][language], values);
  const said = (text: string, acts: [DownloadChoice["act"], ...number[]][]): SaidOfDownloads => ({
    state: "download",
    text,
    acts: acts.map(([act, ...ids]) => ({ label: say(act), act, ids })),
  });
  const running = downloads.filter(({ state }) => state === "running");
  const [one] = running;
  if (one !== undefined && running.length === 1) {
    const { id, name, bytes, allBytes } = one;
    const text =
      allBytes === null || allBytes === 0
        ? say("begun", { name, bytes: sizeIn(language, bytes) })
        : say("progress", { name, part: partIn(language, bytes, allBytes), all: sizeIn(language, allBytes) });
    return said(text, [["cancel", id]]);
  }
  if (one !== undefined) {
    const bytes = running.reduce((sum, { bytes }) => sum + bytes, 0);
    const text = say("several", { n: running.length.toLocaleString(language), bytes: sizeIn(language, bytes) });
    return said(text, [["cancel", ...running.map(({ id }) => id)]]);
  }
  const last = downloads.at(-1);
  switch (last?.state) {
    case "saved":
      return said(say("saved", { name: last.name }), last.canOpen ? [["show", last.id], ["open", last.id]] : [["show", last.id]]);
    case "offline":
    case "failed":
      return said(say(last.state, { name: last.name }), []);
    case "not-written":
      return said(say("notWritten", { name: last.name }), []);
    // The person knows that they have cancelled it.
    case "cancelled":
    case "running":
    case undefined:
      return null;
  }
}
