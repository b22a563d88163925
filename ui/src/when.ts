/** Times as the person reads them. */
import { fill, languageFor, pageWords, type Language } from "./words";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const WEEK_MS = 7 * DAY_MS;

/** How the system speaks. */
export class Speech {
  readonly language: Language;

  /** `tag`: the system's language (BCP 47); what is not one, like "C", means English. */
  constructor(private readonly tag: string) {
    this.language = languageFor(tag);
  }

  say(word: keyof typeof pageWords, values: Record<string, string> = {}): string {
    return fill(pageWords[word][this.language], values);
  }

  /** The time of day, for example 14:05. */
  time(at: number): string {
    return new Intl.DateTimeFormat(this.#clock, { timeStyle: "short" }).format(at);
  }

  /** The time of day, with the date unless that is today's. */
  moment(at: number, now: number): string {
    const isToday = new Date(at).toDateString() === new Date(now).toDateString();
    if (isToday) return this.time(at);
    return new Intl.DateTimeFormat(this.#calendar, { dateStyle: "medium", timeStyle: "short" }).format(at);
  }

  /** How long ago that was, up to a week; then the date. A clock set back makes nothing younger than now. */
  age(at: number, now: number): string {
    const age = Math.max(0, now - at);
    if (age < MINUTE_MS) return this.say("justNow");
    if (age > WEEK_MS) return new Intl.DateTimeFormat(this.#calendar, { dateStyle: "long" }).format(at);
    const ago = new Intl.RelativeTimeFormat(this.#calendar, { numeric: "always" });
    if (age < HOUR_MS) return ago.format(-Math.floor(age / MINUTE_MS), "minute");
    if (age < DAY_MS) return ago.format(-Math.floor(age / HOUR_MS), "hour");
    return ago.format(-Math.floor(age / DAY_MS), "day");
  }

  /** For the time of day, which has no words. Asked for only where there is a time to tell. */
  get #clock(): string {
    return isLocale(this.tag) ? this.tag : this.language;
  }

  /** For dates and ages: in the midst of a sentence, another language would read oddly. */
  get #calendar(): string {
    const clock = this.#clock;
    return clock.toLowerCase().startsWith(this.language) ? clock : this.language;
  }
}

function isLocale(tag: string): boolean {
  try {
    return Intl.DateTimeFormat.supportedLocalesOf(tag).length > 0;
  } catch {
    return false;
  }
}
