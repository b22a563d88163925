/** What the page is told of what waits to be sent, and who says it: a part that few pages need. */
import type { Download, Draft, Kind, Outbox } from "./app-types";
import type { Door } from "./door";
import { openWhenNeeded } from "./parts";

/** What there is to say. */
export type OutboxEvent =
  /** What waits now. */
  | { type: "outbox"; outbox: Outbox | null }
  /** One of them was sent. */
  | { type: "sent"; kind: Kind; choice: string | null }
  /** How far downloads are: those that run or have just ended, the oldest first. */
  | { type: "downloads"; downloads: Download[] }
  /** The page was opened to change what was entered once. */
  | { type: "draft"; draft: Draft };

/** What stands in the bar beside its sentence: what waits, or the control that saves the page. */
export interface Note {
  state: "waiting" | "attention" | "sign-in" | "sent" | "draft" | "saving" | "download";
  /** One sentence, and the one thing that can be done about it. */
  element: HTMLElement;
  /** Stands in a bar that is there for something else, and holds none up. */
  isQuiet?: boolean;
  /** It is read, and stays away until there is something else to say. */
  dismiss(): void;
}

/** What the part has of its page. */
export interface Surroundings {
  window: Window;
  /** The system's language (BCP 47). */
  language: string;
  /** The key of what a form was filled in from, which what it sends next replaces. */
  replaced: WeakMap<HTMLFormElement, string>;
  openLibrary(): void;
  /** Says it, or nothing any more. */
  show(note: Note | null): void;
}

export type Hear = (event: OutboxEvent) => void;

/** The part: from now on it hears what waits, and says it. */
export type OpenNotes = (page: Surroundings) => Hear;

/** Hears of what waits; nothing is loaded before there is something to say. */
export function hearWaiting(door: Pick<Door, "loadPart">, surroundings: () => Promise<Surroundings>): Hear {
  const notes = openWhenNeeded<Surroundings, Hear>(door, "outbox", surroundings);
  let isSilent = true;
  return (event) => {
    isSilent &&= event.type === "outbox" && event.outbox === null;
    if (!isSilent) void notes().then((hear) => hear?.(event));
  };
}
