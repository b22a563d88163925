/** Why something is not there, in plain words: a pure decision. */
import type { Why } from "../app-types";
import type { LibrarySpeech } from "./speech";
import type { LibraryWord } from "./words";

const REASONS: Record<Why, LibraryWord> = {
  gone: "reasonGone",
  "sign-in": "reasonSignIn",
  "not-allowed": "reasonNotAllowed",
  "not-kept": "reasonNotKept",
  site: "reasonSite",
  offline: "reasonOffline",
  slow: "reasonSlow",
  "too-large": "reasonLarge",
  full: "reasonFull",
  elsewhere: "reasonElsewhere",
  "no-list": "reasonNoList",
  "not-on-route": "reasonNotOnRoute",
};

export function why(reason: Why | null, speech: LibrarySpeech): string {
  return speech.say(reason === null ? "reasonUnknown" : REASONS[reason]);
}

/** What the engine says of an install is for who writes the profile. The person is told what they can do something about. */
const INSTALLING: readonly (readonly [RegExp, Why])[] = [
  [/\b(404|410)\b/, "gone"],
  [/\b(401|402|403|407)\b/, "not-allowed"],
  [/\b(429|5\d\d)\b/, "site"],
  [/no response within/i, "slow"],
  [/offline|could not connect|connection .*broke|incomplete|interrupted/i, "offline"],
  [/more than the (quota|\d+ bytes)|times its length/i, "too-large"],
  [/not the site/i, "elsewhere"],
];

/** What no rule knows is told as it is: better than nothing. */
export function whyNotInstalled(reason: string, speech: LibrarySpeech): string {
  const found = INSTALLING.find(([pattern]) => pattern.test(reason))?.[1];
  return found === undefined ? reason : why(found, speech);
}
