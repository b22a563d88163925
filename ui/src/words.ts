/** Every sentence that the person reads, in every language. */

/** The languages there are words for; the first one serves everybody else. */
export const languages = ["en", "de"] as const;
export type Language = (typeof languages)[number];

/** One sentence in each language. `{name}` stands for a value. */
export type Sentence = Record<Language, string>;

/** In the page: the bar and the buttons. */
export const pageWords = {
  offlineCopy: {
    en: "You are offline. This is the copy from {time}, {age}.",
    de: "Sie sind offline. Dies ist der Stand von {time}, {age}.",
  },
  offlineMissing: {
    en: "You are offline. This page is not on this device yet.",
    de: "Sie sind offline. Diese Seite ist noch nicht auf diesem Gerät.",
  },
  serverError: {
    en: "The site is not answering properly. This is the copy from {time}, {age}.",
    de: "Die Website antwortet nicht richtig. Dies ist der Stand von {time}, {age}.",
  },
  slow: {
    en: "The network is slow. Showing the copy from {time} while loading.",
    de: "Das Netz ist langsam. Gezeigt wird der Stand von {time}, bis die Seite geladen ist.",
  },
  changed: {
    en: "This page has changed.",
    de: "Diese Seite hat sich geändert.",
  },
  unsentOffline: {
    en: "This was not sent, because there was no connection. What you entered is still here.",
    de: "Das wurde nicht gesendet, weil keine Verbindung bestand. Ihre Eingaben sind noch da.",
  },
  unsentSlow: {
    en: "The site did not answer in time. It may have received this all the same: please check before you send it again.",
    de: "Die Website hat nicht rechtzeitig geantwortet. Vielleicht ist es trotzdem angekommen: Bitte prüfen Sie das, bevor Sie es noch einmal senden.",
  },
  unsentRefused: {
    en: "This could not be sent. What you entered is still here.",
    de: "Das konnte nicht gesendet werden. Ihre Eingaben sind noch da.",
  },
  tryAgain: { en: "Try again", de: "Noch einmal versuchen" },
  show: { en: "Show", de: "Anzeigen" },
  dismiss: { en: "Dismiss", de: "Schließen" },
  justNow: { en: "just now", de: "gerade eben" },
  buttonOffline: {
    en: "You are offline. This can be sent when you are online again.",
    de: "Sie sind offline. Das lässt sich senden, sobald Sie wieder online sind.",
  },
} satisfies Record<string, Sentence>;

/** In the window that shows what is wrong with the site profile. */
export const problemWords = {
  title: { en: "Holdfast cannot read {file}", de: "Holdfast kann {file} nicht lesen" },
  titleUnnamed: { en: "Holdfast cannot read the site profile", de: "Holdfast kann das Website-Profil nicht lesen" },
  advice: {
    en: "Correct what is listed here, then start Holdfast again.",
    de: "Korrigieren Sie, was hier steht, und starten Sie Holdfast dann neu.",
  },
  line: { en: "{file}, line {line}", de: "{file}, Zeile {line}" },
  column: { en: "{file}, line {line}, column {column}", de: "{file}, Zeile {line}, Spalte {column}" },
  expected: { en: "Expected: {expected}", de: "Erwartet: {expected}" },
} satisfies Record<string, Sentence>;

/** The language to speak to a person whose system speaks `tag` (BCP 47). */
export function languageFor(tag: string): Language {
  const primary = tag.toLowerCase().split(/[-_]/, 1)[0];
  return languages.find((language) => language === primary) ?? languages[0];
}

/** The sentence with its values in place. */
export function fill(sentence: string, values: Record<string, string | number>): string {
  return sentence.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}
