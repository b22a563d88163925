/** Stand-ins for what is outside the Library. */
import type { Imported, KeptAnswer, Shelves, Waiting } from "../../src/app-types";
import type { Door } from "../../src/library/door";

export const NOW = Date.UTC(2026, 4, 20, 16, 5);

/** A vote for “Yes” that waits, except for `item`. */
export function vote(item: Partial<Waiting> = {}): Waiting {
  return {
    key: "1", kind: "vote", isOwn: true, choice: "Yes", title: "Is the sky blue?", state: "queued", createdAtMs: NOW - 60_000,
    nextTryAtMs: null, bytes: 1_250, hasAnswer: false, canEdit: true, canSignIn: false, ...item,
  };
}

/** A door that answers as told and remembers what went through it. */
export class FakeDoor implements Door {
  calls: unknown[][] = [];
  listener: (shelves: Shelves) => void = () => {};
  kept: KeptAnswer | null = { isPage: true, text: "<h1>No</h1>" };
  /** What is to fail. */
  broken: string | null = null;

  constructor(public shelves: Shelves) {}

  opened(listener: (shelves: Shelves) => void): Promise<Shelves> {
    this.listener = listener;
    return this.#do(["opened"], this.shelves);
  }
  send(key: string): Promise<void> {
    return this.#do(["send", key], undefined);
  }
  sendAll(): Promise<number> {
    return this.#do(["sendAll"], 2);
  }
  discard(key: string): Promise<void> {
    return this.#do(["discard", key], undefined);
  }
  edit(key: string): Promise<void> {
    return this.#do(["edit", key], undefined);
  }
  signIn(key: string): Promise<void> {
    return this.#do(["signIn", key], undefined);
  }
  answer(key: string): Promise<KeptAnswer | null> {
    return this.#do(["answer", key], this.kept);
  }
  exportTo(keys: string[]): Promise<string> {
    return this.#do(["exportTo", ...keys], "/home/a/Downloads/Polls.holdfast");
  }
  importFrom(text: string): Promise<Imported> {
    return this.#do(["importFrom", text], { new: 1, known: 0 });
  }

  #do<Value>(call: unknown[], value: Value): Promise<Value> {
    this.calls.push(call);
    return call[0] === this.broken ? Promise.reject(new Error("no")) : Promise.resolve(value);
  }
}
