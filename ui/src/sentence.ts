/** What there is to say about a page: a pure decision. */
import type { Cause } from "./app-types";
import type { Because } from "./door";
import type { PageFacts } from "./facts";
import { Speech } from "./when";

/** What changes while the page is shown. */
export interface Connection {
  /** `null` until something is said. */
  online: boolean | null;
  /** Why it is not. */
  cause: Cause | null;
  /** When this page was loaded. */
  openedAtMs: number;
  /** A newer version of this page is stored. */
  changed: boolean;
  /** The site says now what this page says. */
  confirmed: boolean;
  /** Why the last form of this page was not sent, if it was not. */
  unsent: Because | null;
}

/** Names the kind of sentence, for styles and tests. */
export type State = "offline" | "fallback" | "portal" | "server-error" | "slow" | "changed" | "unsent" | "restarted";

/** One sentence, and the one thing that can be done about it. */
export interface Notice {
  state: State;
  text: string;
  /** The name of the button that loads the page anew. */
  reload: string | null;
  /** What it does instead. */
  act?: () => Promise<void>;
  /** The text changes as time goes by. */
  ages: boolean;
}

/**
 * The one thing to say, or null when everything is as it seems.
 *
 * What the person did comes first, then what is new, then how old the page is.
 */
export function sentence(facts: PageFacts, connection: Connection, now: number): Notice | null {
  const speech = new Speech(facts.language);
  const at = facts.source === "store" ? (facts.storedAtMs ?? connection.openedAtMs) : connection.openedAtMs;
  // Most pages have nothing to say, and what tells times is slow to make.
  const copy = () => ({ time: speech.time(at), age: speech.age(at, now) });
  const plain = { reload: null, ages: false };

  if (connection.unsent) {
    const words = { offline: "unsentOffline", slow: "unsentSlow", refused: "unsentRefused" } as const;
    return { ...plain, state: "unsent", text: speech.say(words[connection.unsent]) };
  }
  if (connection.changed) {
    return { ...plain, state: "changed", text: speech.say("changed"), reload: speech.say("show") };
  }
  // A page that says that a submission waits says all there is to say.
  if (facts.source === "outbox") return null;
  if (!connection.online) {
    return facts.source === "fallback"
      ? { ...plain, state: "fallback", text: speech.say("offlineMissing") }
      : { ...plain, state: "offline", text: speech.say("offlineCopy", copy()), ages: true };
  }
  if (facts.source === "store" && facts.because === "server-error") {
    const text = speech.say("serverError", copy());
    return { state: "server-error", text, reload: speech.say("tryAgain"), ages: true };
  }
  if (facts.source === "store" && facts.because === "slow" && !connection.confirmed) {
    return { ...plain, state: "slow", text: speech.say("slow", { time: speech.moment(at, now) }) };
  }
  return null;
}
