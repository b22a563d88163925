/** Why the site cannot be reached, in words: a part that few pages need. */
import { openPortal } from "./door";
import type { PageFacts } from "./facts";
import type { Connection, Notice } from "./sentence";
import type { Speech } from "./when";
import { causeWords, fill } from "./words";

/** The part: says why, in place of a notice that says only that the site cannot be reached. */
export type Explain = (notice: Notice, facts: PageFacts, connection: Connection, speech: Speech) => Notice;

export const explain: Explain = (notice, { source, storedAtMs }, { cause, openedAtMs }, speech) => {
  const say = (word: keyof typeof causeWords, values: Record<string, string> = {}) => fill(causeWords[word][speech.language], values);
  // Where nothing better is known, it stays as it is said.
  if (cause === null || cause === "unreachable") return notice;
  // There is one thing to do, and what is shown can be read meanwhile.
  if (cause === "captive-portal") {
    const act = () => openPortal().catch(console.warn);
    return { state: "portal", text: say(cause), reload: say("openPortal"), act, ages: false };
  }
  const at = source === "store" ? (storedAtMs ?? openedAtMs) : openedAtMs;
  const shown =
    notice.state === "fallback" ? say("missing") : say("copy", { time: speech.time(at), age: speech.age(at, Date.now()) });
  const text = `${say(cause)} ${shown}`;
  return cause === "server-error" ? { ...notice, text, state: cause, reload: speech.say("tryAgain") } : { ...notice, text };
};
