/** What is done in eight seconds, unless the person takes it back. */
import type { Said } from "./place";
import type { LibraryWord } from "./words";

/** How long something can be taken back. */
export const UNDO_MS = 8_000;

/** Something that cannot be taken back once it is done. */
export interface Intent {
  /** What it is done to, which looks as if it were done already. */
  target: string;
  said: Said;
  otherwise: LibraryWord;
  run(): Promise<void>;
}

/**
 * Holds one at a time: the next one, and a window that is left, have it done at once, because
 * the person has gone on.
 */
export class Later {
  /** What can be taken back now. */
  intent: Intent | null = null;
  /** What could not be done. */
  failure: LibraryWord | null = null;
  /** What looks as if it were gone; another set whenever that changes. */
  targets: ReadonlySet<string> = new Set();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #underWay: Promise<unknown> = Promise.resolve();

  /** `changed` hears of every change here. */
  constructor(private readonly changed: () => void) {}

  do(intent: Intent): void {
    void this.now();
    this.intent = intent;
    this.failure = null;
    this.targets = new Set([...this.targets, intent.target]);
    this.#timer = setTimeout(() => void this.now(), UNDO_MS);
    this.changed();
  }

  undo(): void {
    const { intent } = this;
    if (intent === null) return;
    this.#put(null);
    this.#bringBack(intent.target);
  }

  /** Does what could still be taken back; resolves when all that was begun has come to its end. */
  async now(): Promise<void> {
    this.#begin();
    await this.#underWay;
  }

  #begin(): void {
    const { intent } = this;
    if (intent === null) return;
    this.#put(null);
    const failed = (error: unknown) => {
      console.warn(error);
      this.failure = intent.otherwise;
    };
    const done = intent.run().catch(failed).then(() => this.#bringBack(intent.target));
    this.#underWay = Promise.all([this.#underWay, done]);
  }

  /** What could not be done has been read. */
  forget(): void {
    this.failure = null;
    this.changed();
  }

  #put(intent: Intent | null): void {
    clearTimeout(this.#timer);
    this.intent = intent;
    this.changed();
  }

  /** It is there again, or known to be gone. */
  #bringBack(target: string): void {
    this.targets = new Set([...this.targets].filter((other) => other !== target));
    this.changed();
  }
}
