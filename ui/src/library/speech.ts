/** How the Library speaks: its sentences, times and sizes. */
import { Speech } from "../when";
import { fill } from "../words";
import { libraryWords, type LibraryWord } from "./words";

const UNITS = ["byte", "kilobyte", "megabyte", "gigabyte"] as const;

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

  number(number: number): string {
    return number.toLocaleString(this.language);
  }

  size(bytes: number): string {
    const power = bytes < 1000 ? 0 : Math.min(Math.floor(Math.log10(bytes) / 3), UNITS.length - 1);
    const unit = UNITS[power] ?? "byte";
    const format = { style: "unit", unit, unitDisplay: power === 0 ? "long" : "short", maximumFractionDigits: 1 } as const;
    return new Intl.NumberFormat(this.language, format).format(bytes / 1000 ** power);
  }
}
