/** How the Library speaks: its sentences, times and sizes. */
import { sizeIn } from "../size";
import { Speech } from "../when";
import { fill } from "../words";
import { libraryWords, type LibraryWord } from "./words";

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

export class LibrarySpeech {
  readonly #speech: Speech;
  readonly language: Speech["language"];

  /** `tag`: the system's language (BCP 47). */
  constructor(tag: string) {
    this.#speech = new Speech(tag);
    this.language = this.#speech.language;
  }

  say(word: LibraryWord, values: Record<string, string> = {}): string {
    return fill(libraryWords[word][this.language], values);
  }

  /** How long ago that was, up to a week; then the date. */
  age(at: number, now: number): string {
    return this.#speech.age(at, now);
  }

  /** The time of day, with the date unless that is today's. */
  moment(at: number, now: number): string {
    return this.#speech.moment(at, now);
  }

  /** How long that is, roughly and in words: 2 hours. Less than a minute is one. */
  span(ms: number): string {
    const [unit, length] = ms < HOUR_MS ? ["minute", MINUTE_MS] : ms < DAY_MS ? ["hour", HOUR_MS] : ["day", DAY_MS];
    const format = { style: "unit", unit, unitDisplay: "long" } as const;
    return new Intl.NumberFormat(this.language, format).format(Math.max(1, Math.floor(ms / (length as number))));
  }

  /** How long something took: 35 ms, 3.1 s. */
  duration(ms: number): string {
    const [number, unit] = ms < SECOND_MS ? [Math.round(ms), "ms"] : [ms / SECOND_MS, "s"];
    return `${number.toLocaleString(this.language, { maximumFractionDigits: 1 })}\u00a0${unit}`;
  }

  /** A time of day, as in 22:00, as people there write it. */
  timeOfDay(time: string): string {
    return this.#speech.time(new Date(`2000-01-01T${time}`).getTime());
  }

  number(number: number): string {
    return number.toLocaleString(this.language);
  }

  size(bytes: number): string {
    return sizeIn(this.language, bytes);
  }
}
