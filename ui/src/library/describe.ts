/** What there is to say of one that waits, and what can be done about it: pure decisions. */
import type { Kind, Shelves, State, Waiting } from "../app-types";
import type { LibrarySpeech } from "./speech";
import type { LibraryWord } from "./words";

/** What a person can do with one that waits. */
export type Action = "send" | "sendAgain" | "sendAnyway" | "signIn" | "answer" | "edit" | "export" | "discard";

/** The words on the buttons. */
export const ACTIONS: Record<Action, LibraryWord> = {
  send: "sendNow",
  sendAgain: "sendAgain",
  sendAnyway: "sendAnyway",
  signIn: "signIn",
  answer: "answer",
  edit: "edit",
  export: "export",
  discard: "discard",
};

const NAMES = { form: "Form", message: "Message", vote: "Vote" } as const satisfies Record<Kind, string>;

/** What it is. */
export function what({ kind, isOwn, choice, title }: Waiting, speech: LibrarySpeech): string {
  if (!isOwn) return speech.say(`anothers${NAMES[kind]}`);
  const chosen = kind === "vote" ? "voteFor" : kind === "message" ? "messageWith" : "formWith";
  const name = choice === null ? speech.say(kind) : speech.say(chosen, { choice });
  return title === null ? name : speech.say("titled", { what: name, title });
}

/** How it is, in plain words. */
export function how(item: Waiting, { online }: Shelves, speech: LibrarySpeech, now: number): string {
  switch (item.state) {
    case "queued": {
      if (!item.isOwn) return speech.say("queuedForOwner");
      if (!online) return speech.say("queuedOffline");
      const next = item.nextTryAtMs;
      return next !== null && next > now + 1_000
        ? speech.say("queuedUntil", { time: speech.moment(next, now) })
        : speech.say("queued");
    }
    case "changed":
      return speech.say(item.kind === "vote" ? "changedVote" : "changed");
    case "needs-sign-in":
      return speech.say("needsSignIn");
    case "handed-over":
      return speech.say("handedOver");
    case "sending":
    case "refused":
    case "uncertain":
    case "expired":
      return speech.say(item.state);
  }
}

/** A sign for those that see: what needs the person stands out. */
export function sign(state: State): string {
  switch (state) {
    case "queued":
    case "sending":
    case "handed-over":
      return "";
    case "needs-sign-in":
    case "refused":
    case "changed":
    case "expired":
      return "⚠";
    case "uncertain":
      return "?";
  }
}

/** What can be done: the main thing first, or null where there is none, then the rest. */
export function actions(item: Waiting): [Action | null, Action[]] {
  const { state, isOwn, hasAnswer, canEdit, canSignIn } = item;
  const possible: (Action | false)[] = (() => {
    switch (state) {
      case "queued":
        return [isOwn && "send", canEdit && "edit"];
      case "sending":
        return [];
      case "needs-sign-in":
        return [canSignIn && "signIn", isOwn && "send", canEdit && "edit"];
      case "refused":
        return [hasAnswer && "answer", canEdit && "edit", isOwn && "send"];
      case "changed":
        return [canEdit && "edit", isOwn && "sendAnyway", hasAnswer && "answer"];
      case "uncertain":
        return [isOwn && "sendAgain", hasAnswer && "answer", canEdit && "edit"];
      case "expired":
        return [isOwn && "send", canEdit && "edit"];
      case "handed-over":
        return [];
    }
  })();
  const found = possible.filter((action) => action !== false);
  const rest: Action[] = [];
  if (isOwn && state === "handed-over") rest.push("sendAgain");
  if (isOwn && canBeExported(item)) rest.push("export");
  if (isOwn && state !== "sending") rest.push("discard");
  // The answer may be kept in any state: the last try's.
  if (isOwn && hasAnswer && !found.includes("answer")) rest.unshift("answer");
  const [main = null, ...others] = found;
  return [main, [...others, ...rest]];
}

/** What the site has said something about is for this device alone. */
export function canBeExported({ state }: Waiting): boolean {
  return ["queued", "needs-sign-in", "expired", "handed-over"].includes(state);
}

/** What is asked before that is done: the question, what it means, and the answers; null where nothing is. */
export function question(action: Action, { kind, state }: Waiting): Question | null {
  switch (action) {
    case "discard": {
      const meaning = state === "uncertain" || state === "handed-over" ? "discardSent" : "discardMeans";
      return { ask: `discard${NAMES[kind]}`, meaning, yes: "discard", no: "keep" };
    }
    case "sendAgain":
      return { ask: `again${NAMES[kind]}`, meaning: "againMeans", yes: "sendAgain", no: "doNotSend" };
    case "sendAnyway":
      return { ask: `anyway${NAMES[kind]}`, meaning: "anywayMeans", yes: "sendAnyway", no: "doNotSend" };
    case "send":
    case "signIn":
    case "answer":
    case "edit":
    case "export":
      return null;
  }
}

export interface Question {
  ask: LibraryWord;
  meaning: LibraryWord;
  yes: LibraryWord;
  no: LibraryWord;
}
