/** What there is to say of what the device holds: pure decisions. */
import type { Stock, StockKind, Storage } from "../app-types";
import type { Clearable } from "./door";
import type { LibrarySpeech } from "./speech";
import type { LibraryWord } from "./words";

/** What a kind is called, and what it is, or what clearing it means. */
export const KINDS: Record<StockKind, { name: LibraryWord; means: LibraryWord }> = {
  saved: { name: "kindSaved", means: "meansSaved" },
  app: { name: "kindApp", means: "meansApp" },
  pages: { name: "kindPages", means: "meansPages" },
  images: { name: "kindImages", means: "meansImages" },
  other: { name: "kindOther", means: "meansOther" },
  unsent: { name: "kindUnsent", means: "meansUnsent" },
};

/** The kind if it can be cleared at once, or null. */
export function clearable(kind: StockKind): Clearable | null {
  switch (kind) {
    case "pages":
    case "images":
    case "other":
      return kind;
    case "saved":
    case "app":
    case "unsent":
      return null;
  }
}

/** What is cleared in a moment, among what else may be. */
export function targetOf(kind: StockKind): string {
  return `stored ${kind}`;
}

/** What is there once all of these are cleared. */
export function without(storage: Storage, targets: ReadonlySet<string>): Storage {
  const isGone = ({ kind }: Stock) => targets.has(targetOf(kind));
  const gone = sum(storage.kinds.filter(isGone));
  return {
    ...storage,
    bytes: Math.max(0, storage.bytes - gone),
    evictableBytes: Math.max(0, storage.evictableBytes - gone),
    kinds: storage.kinds.map((stock) => (isGone(stock) ? { ...stock, entries: 0, bytes: 0 } : stock)),
  };
}

/** How much of the quota the kinds take, in percent. */
export function shares({ kinds, quota }: Storage): number[] {
  return kinds.map(({ bytes }) => (quota > 0 ? Math.min(100, (100 * bytes) / quota) : 0));
}

/** What never goes by itself, in bytes. */
export function keptSafe({ kinds }: Storage): number {
  return sum(kinds.filter(({ isKeptSafe }) => isKeptSafe));
}

/** The bar in words. */
export function inWords(storage: Storage, speech: LibrarySpeech): string {
  const used = speech.say("used", { size: speech.size(storage.bytes), quota: speech.size(storage.quota) });
  const held = storage.kinds.filter(({ bytes }) => bytes > 0);
  if (held.length === 0) return used;
  const parts = held.map(({ kind, bytes }) => speech.say("partOf", { kind: speech.say(KINDS[kind].name), size: speech.size(bytes) }));
  return speech.say("usedBy", { used, parts: parts.join(", ") });
}

function sum(kinds: readonly Stock[]): number {
  return kinds.reduce((sum, { bytes }) => sum + bytes, 0);
}
