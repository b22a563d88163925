/** Why something is not there, in plain words: a pure decision. */
import type { LibrarySpeech } from "./speech";
import type { LibraryWord } from "./words";

/** The engine says it for programmers. What is told apart is what the person can do something about. */
const REASONS: readonly (readonly [RegExp, LibraryWord])[] = [
  [/\b(404|410)\b|not found/i, "reasonGone"],
  [/\b(401|402|403|407)\b|sign(ed)? ?-?in|not allowed/i, "reasonNotAllowed"],
  [/\b(429|5\d\d)\b/, "reasonSite"],
  [/no response within|timed? ?out|too slow/i, "reasonSlow"],
  [/offline|could not connect|connection .*broke|incomplete/i, "reasonOffline"],
  [/quota|budget|more than the .* bytes|times its length|too (large|big)/i, "reasonLarge"],
  [/not the site|another site|other site|elsewhere/i, "reasonElsewhere"],
  [/cancel|interrupted|stopped/i, "reasonStopped"],
];

/** What no rule knows is told as it is: better than nothing. */
export function why(reason: string | null, speech: LibrarySpeech): string {
  if (reason === null || reason === "") return speech.say("reasonUnknown");
  const word = REASONS.find(([pattern]) => pattern.test(reason))?.[1];
  return word === undefined ? reason : speech.say(word);
}
