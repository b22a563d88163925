/** What there is to say of what has happened: pure decisions. */
import type { Asked, Cause, Download, InstallState, Stretch, Sync } from "../app-types";
import { whyNotInstalled } from "./reasons";
import type { LibrarySpeech } from "./speech";
import type { LibraryWord } from "./words";

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
/** How far back the connection is shown. */
export const DAY_MS = 24 * 60 * MINUTE_MS;

/** Why a strategy shows a stored copy; the others show one only if something is wrong. */
const STRATEGIES: Readonly<Record<string, LibraryWord>> = {
  "cache-only": "becauseStoreOnly",
  "cache-first": "becauseStoreFirst",
  "stale-while-revalidate": "becauseWhileLoading",
  "cache-then-network": "becauseWhileLoading",
  "cache-network-race": "becauseFaster",
  http: "becauseStillGood",
  template: "becauseBuilt",
};

const SOURCES: Readonly<Record<string, LibraryWord>> = {
  network: "sourceNetwork",
  store: "sourceStore",
  fallback: "sourceFallback",
  outbox: "sourceOutbox",
};

/** What answered, in the table of figures. */
export function sourceOf(source: string, speech: LibrarySpeech): string {
  const word = SOURCES[source];
  return word === undefined ? source : speech.say(word);
}

/** What answered a request, and why that. */
export function answered(asked: Asked, speech: LibrarySpeech): string {
  switch (asked.source) {
    case "network":
      return speech.say("fromNetwork");
    case "outbox":
      return speech.say("fromOutbox");
    case "fallback":
      return reasoned(speech.say("fromFallback"), asked, speech);
    case "store":
      return reasoned(copyOf(asked, speech), asked, speech);
  }
}

/** The copy as old as it was then. */
function copyOf({ atMs, storedAtMs }: Asked, speech: LibrarySpeech): string {
  if (storedAtMs === null) return speech.say("fromStore");
  const age = atMs - storedAtMs;
  return age < MINUTE_MS ? speech.say("fromStoreFresh") : speech.say("fromStoreAged", { age: speech.span(age) });
}

function reasoned(answer: string, asked: Asked, speech: LibrarySpeech): string {
  const because = becauseOf(asked, speech);
  return because === null ? answer : speech.say("answeredBecause", { answer, because });
}

function becauseOf({ because, strategy, source, tookMs }: Asked, speech: LibrarySpeech): string | null {
  switch (because) {
    case null:
      return null;
    case "offline":
      return speech.say("becauseOffline");
    case "slow": {
      // It was given up just before the answer came from here.
      const waited = tookMs < SECOND_MS ? tookMs : Math.floor(tookMs / SECOND_MS) * SECOND_MS;
      return speech.say("becauseSlow", { time: speech.duration(waited) });
    }
    case "server-error":
      return speech.say("becauseServerError");
    case "strategy": {
      const word = source === "store" ? STRATEGIES[strategy] : undefined;
      return word === undefined ? null : speech.say(word);
    }
  }
}

/** Those of the pages that the person looks for. */
export function filtered(requests: readonly Asked[], wanted: string): readonly Asked[] {
  const part = wanted.trim().toLowerCase();
  return part === "" ? requests : requests.filter(({ path }) => path.toLowerCase().includes(part));
}

/** A name for each, which it keeps when others come before it. */
export function named(requests: readonly Asked[]): [name: string, asked: Asked][] {
  const count = new Map<string, number>();
  // From the oldest on: the same page may be asked for twice at once.
  const named = [...requests].reverse().map((asked): [string, Asked] => {
    const { atMs, path, source, tookMs } = asked;
    const name = `${atMs} ${tookMs} ${source} ${path}`;
    const before = count.get(name) ?? 0;
    count.set(name, before + 1);
    return [`${name} ${before}`, asked];
  });
  return named.reverse();
}

/** A piece of the strip. */
export interface Piece {
  state: Stretch["state"] | "unknown";
  /** Why it was offline, as far as that was found out. */
  cause: Cause | null;
  fromMs: number;
  toMs: number;
}

/** The last day, without a gap: what is not known is a piece too. */
export function pieces(connection: readonly Stretch[], now: number): Piece[] {
  const start = now - DAY_MS;
  const pieces: Piece[] = [];
  let known = now;
  // A stretch lasts until the next one: read from the end, that one is known already.
  for (const { state, fromMs, cause } of [...connection].reverse()) {
    const from = Math.max(start, Math.min(fromMs, known));
    const next = pieces[0];
    if (next?.state === state) next.fromMs = from;
    else if (from < known) pieces.unshift({ state, cause, fromMs: from, toMs: known });
    known = from;
  }
  if (known > start) pieces.unshift({ state: "unknown", cause: null, fromMs: start, toMs: known });
  return pieces;
}

/** The strip in words. */
export function connectionInWords(pieces: readonly Piece[], now: number, speech: LibrarySpeech): string {
  if (pieces.every(({ state }) => state === "unknown")) return speech.say("connectionUnknown");
  const offline = pieces.filter(({ state }) => state === "offline");
  const last = offline.at(-1);
  if (last === undefined) return speech.say("neverOffline");
  const values = {
    n: speech.number(offline.length),
    total: speech.span(offline.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0)),
    from: speech.moment(last.fromMs, now),
    to: last.toMs === now ? speech.say("now") : speech.moment(last.toMs, now),
  };
  const times = speech.say(offline.length === 1 ? "offlineOnce" : "offlineOften", values);
  return last.cause === null ? times : speech.say("offlineBecause", { times, because: speech.say(CAUSES[last.cause]) });
}

const CAUSES: Record<Cause, LibraryWord> = {
  "no-link": "causeNoLink",
  "name-not-found": "causeNameNotFound",
  unreachable: "causeUnreachable",
  "captive-portal": "causePortal",
  "tls-refused": "causeTls",
  "server-error": "causeServerError",
};

/** When a group was fetched by itself and will be again, and what went wrong the last time. */
export function syncInWords({ isRunning, lastAtMs, nextAtMs, failure }: Sync, now: number, speech: LibrarySpeech): [string, string | null] {
  const last = lastAtMs === null ? speech.say("syncNotYet") : speech.say("syncLast", { time: speech.moment(lastAtMs, now) });
  const next = nextAtMs === null ? null : speech.say("syncNext", { time: speech.moment(nextAtMs, now) });
  const state = isRunning ? speech.say("syncNow") : [last, next].filter((part) => part !== null).join(", ");
  return [state, failure && speech.say("syncFailed", { reason: whyNotInstalled(failure, speech) })];
}

/** Whether all is there that the app needs offline: a sentence, and another if something went wrong. */
export function installInWords({ version, isComplete, failure }: InstallState, speech: LibrarySpeech): [string, string | null] {
  const state = speech.say(isComplete ? "installComplete" : "installIncomplete", { version });
  return [state, failure && speech.say("installFailed", { path: failure.path, reason: whyNotInstalled(failure.reason, speech) })];
}

/** What became of a download. */
export function downloadInWords({ state }: Download, speech: LibrarySpeech): string {
  const words = {
    running: "downloadRunning",
    saved: "downloadSaved",
    offline: "downloadOffline",
    failed: "downloadFailed",
    "not-written": "downloadNotWritten",
    cancelled: "downloadCancelled",
  } as const;
  return speech.say(words[state]);
}
