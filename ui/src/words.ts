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
    en: "This was neither sent nor saved. What you entered is still here.",
    de: "Das wurde weder gesendet noch gespeichert. Ihre Eingaben sind noch da.",
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

/** On a phone, over a page that is pulled down. */
export const pullWords = {
  pull: { en: "Pull further to load this page anew", de: "Weiter ziehen, um diese Seite neu zu laden" },
  release: { en: "Let go to load this page anew", de: "Loslassen, um diese Seite neu zu laden" },
  loading: { en: "Loading …", de: "Wird geladen …" },
  reload: { en: "Load anew", de: "Neu laden" },
  library: { en: "Library", de: "Bibliothek" },
} satisfies Record<string, Sentence>;

/** In the page, after its process has ended. */
export const restartedWords = {
  restarted: { en: "The page was restarted.", de: "Die Seite wurde neu gestartet." },
} satisfies Record<string, Sentence>;

/** In a public terminal that nobody has touched for a while. */
export const countdownWords = {
  seconds: {
    en: "Are you still here? In {n} seconds everything you entered here will be cleared.",
    de: "Sind Sie noch da? In {n} Sekunden wird alles gelöscht, was Sie hier eingegeben haben.",
  },
  second: {
    en: "Are you still here? In 1 second everything you entered here will be cleared.",
    de: "Sind Sie noch da? In 1 Sekunde wird alles gelöscht, was Sie hier eingegeben haben.",
  },
  stay: { en: "I am still here", de: "Ich bin noch da" },
} satisfies Record<string, Sentence>;

/** In the page, why the site cannot be reached. */
export const causeWords = {
  "no-link": { en: "There is no network.", de: "Es gibt kein Netz." },
  "name-not-found": {
    en: "The site’s address is not known in this network.",
    de: "Die Adresse der Website ist in diesem Netz nicht bekannt.",
  },
  "captive-portal": { en: "This network wants you to sign in first.", de: "Dieses Netz verlangt erst eine Anmeldung." },
  "tls-refused": {
    en: "The connection to the site is not trusted here.",
    de: "Der Verbindung zur Website ist hier nicht zu trauen.",
  },
  "server-error": { en: "The site is not answering properly.", de: "Die Website antwortet nicht richtig." },
  copy: { en: "This is the copy from {time}, {age}.", de: "Dies ist der Stand von {time}, {age}." },
  missing: { en: "This page is not on this device yet.", de: "Diese Seite ist noch nicht auf diesem Gerät." },
  openPortal: { en: "Open sign-in page", de: "Anmeldeseite öffnen" },
} satisfies Record<string, Sentence>;

/** In the page, about what waits to be sent; each sentence for each kind of submission. */
export const noteWords = {
  waitingVote: { en: "1 vote waiting to be sent.", de: "1 Stimme wartet auf den Versand." },
  waitingVotes: { en: "{n} votes waiting to be sent.", de: "{n} Stimmen warten auf den Versand." },
  waitingMessage: { en: "1 message waiting to be sent.", de: "1 Nachricht wartet auf den Versand." },
  waitingMessages: { en: "{n} messages waiting to be sent.", de: "{n} Nachrichten warten auf den Versand." },
  waitingForm: { en: "1 form waiting to be sent.", de: "1 Formular wartet auf den Versand." },
  waitingForms: { en: "{n} forms waiting to be sent.", de: "{n} Formulare warten auf den Versand." },

  attentionVote: { en: "A vote needs your attention.", de: "Eine Stimme braucht Ihre Entscheidung." },
  attentionVotes: { en: "{n} votes need your attention.", de: "{n} Stimmen brauchen Ihre Entscheidung." },
  attentionMessage: { en: "A message needs your attention.", de: "Eine Nachricht braucht Ihre Entscheidung." },
  attentionMessages: { en: "{n} messages need your attention.", de: "{n} Nachrichten brauchen Ihre Entscheidung." },
  attentionForm: { en: "A form needs your attention.", de: "Ein Formular braucht Ihre Entscheidung." },
  attentionForms: { en: "{n} forms need your attention.", de: "{n} Formulare brauchen Ihre Entscheidung." },

  signInVote: { en: "Sign in to send your vote.", de: "Melden Sie sich an, damit Ihre Stimme gesendet wird." },
  signInVotes: { en: "Sign in to send your {n} votes.", de: "Melden Sie sich an, damit Ihre {n} Stimmen gesendet werden." },
  signInMessage: { en: "Sign in to send your message.", de: "Melden Sie sich an, damit Ihre Nachricht gesendet wird." },
  signInMessages: { en: "Sign in to send your {n} messages.", de: "Melden Sie sich an, damit Ihre {n} Nachrichten gesendet werden." },
  signInForm: { en: "Sign in to send your form.", de: "Melden Sie sich an, damit Ihr Formular gesendet wird." },
  signInForms: { en: "Sign in to send your {n} forms.", de: "Melden Sie sich an, damit Ihre {n} Formulare gesendet werden." },

  hereVoteFor: { en: "Your vote for “{choice}” is waiting to be sent.", de: "Ihre Stimme für „{choice}“ wartet auf den Versand." },
  hereVote: { en: "Your vote is waiting to be sent.", de: "Ihre Stimme wartet auf den Versand." },
  hereMessage: { en: "Your message is waiting to be sent.", de: "Ihre Nachricht wartet auf den Versand." },
  hereForm: { en: "Your form is waiting to be sent.", de: "Ihr Formular wartet auf den Versand." },

  sentVoteFor: { en: "Your vote for “{choice}” was sent.", de: "Ihre Stimme für „{choice}“ wurde gesendet." },
  sentVote: { en: "Your vote was sent.", de: "Ihre Stimme wurde gesendet." },
  sentMessage: { en: "Your message was sent.", de: "Ihre Nachricht wurde gesendet." },
  sentForm: { en: "Your form was sent.", de: "Ihr Formular wurde gesendet." },

  draft: {
    en: "This is what you entered. Change it and send it again.",
    de: "Das haben Sie eingegeben. Ändern Sie es und senden Sie es noch einmal.",
  },
  draftPart: {
    en: "Not everything that you entered has a place here any more. Choose anew and send it again.",
    de: "Nicht alles, was Sie eingegeben haben, hat hier noch einen Platz. Wählen Sie neu und senden Sie es noch einmal.",
  },
  draftMissing: {
    en: "This page does not have that form any more. What you entered is still kept.",
    de: "Diese Seite hat das Formular nicht mehr. Ihre Eingaben sind weiterhin aufgehoben.",
  },
  show: { en: "Show", de: "Anzeigen" },
  signIn: { en: "Sign in", de: "Anmelden" },
} satisfies Record<string, Sentence>;

/** In the page, about saving it. */
export const savingWords = {
  save: { en: "Save for offline", de: "Offline speichern" },
  saving: { en: "Saving this page", de: "Diese Seite wird gespeichert" },
  progress: { en: "{bytes} of {all}", de: "{bytes} von {all}" },
  cancel: { en: "Cancel", de: "Abbrechen" },
  saved: { en: "Saved", de: "Gespeichert" },
  missingOne: { en: "Saved, 1 thing missing", de: "Gespeichert, 1 Teil fehlt" },
  missing: { en: "Saved, {n} things missing", de: "Gespeichert, {n} Teile fehlen" },
  failed: { en: "Could not be saved", de: "Nicht gespeichert" },
  open: { en: "Show in the Library", de: "In der Bibliothek anzeigen" },
  notHere: { en: "This page cannot be saved.", de: "Diese Seite lässt sich nicht speichern." },
  notSaved: { en: "This page could not be saved.", de: "Diese Seite konnte nicht gespeichert werden." },
  cancelled: { en: "Saving this page was cancelled.", de: "Das Speichern dieser Seite wurde abgebrochen." },
} satisfies Record<string, Sentence>;

/** In the page, about what is downloaded. */
export const downloadWords = {
  begun: { en: "{name} · {bytes}", de: "{name} · {bytes}" },
  progress: { en: "{name} · {part} of {all}", de: "{name} · {part} von {all}" },
  several: { en: "{n} files are being downloaded · {bytes}", de: "{n} Dateien werden heruntergeladen · {bytes}" },
  saved: { en: "{name} was saved.", de: "{name} wurde gespeichert." },
  offline: {
    en: "{name} could not be downloaded, because there was no connection.",
    de: "{name} konnte nicht heruntergeladen werden, weil keine Verbindung bestand.",
  },
  failed: { en: "{name} could not be downloaded.", de: "{name} konnte nicht heruntergeladen werden." },
  notWritten: {
    en: "{name} could not be written to the folder for downloads.",
    de: "{name} konnte nicht in den Ordner für Downloads geschrieben werden.",
  },
  cancel: { en: "Cancel", de: "Abbrechen" },
  show: { en: "Show in folder", de: "Im Ordner anzeigen" },
  open: { en: "Open", de: "Öffnen" },
} satisfies Record<string, Sentence>;

/** In the bar that finds words in the page. */
export const findWords = {
  find: { en: "Find in page", de: "Auf der Seite suchen" },
  count: { en: "{n} of {all}", de: "{n} von {all}" },
  nothing: { en: "Not found", de: "Nicht gefunden" },
  next: { en: "Next", de: "Weiter" },
  previous: { en: "Previous", de: "Zurück" },
  close: { en: "Close", de: "Schließen" },
} satisfies Record<string, Sentence>;

/** In the window that says why the site cannot be opened. */
export const problemWords = {
  title: { en: "Holdfast cannot read {file}", de: "Holdfast kann {file} nicht lesen" },
  titleUnnamed: { en: "Holdfast cannot read the site profile", de: "Holdfast kann das Website-Profil nicht lesen" },
  advice: {
    en: "Correct what is listed here, then start Holdfast again.",
    de: "Korrigieren Sie, was hier steht, und starten Sie Holdfast dann neu.",
  },
  newerTitle: { en: "A newer version of this app was here", de: "Hier war schon eine neuere Version dieser App" },
  newerAdvice: {
    en: "What you saved and what waits to be sent was stored by it, and this older version cannot read that. Nothing was changed, and nothing is lost: install the newer version again, and everything is there as you left it.",
    de: "Was Sie gespeichert haben und was auf den Versand wartet, liegt in einer Form vor, die diese ältere Version nicht lesen kann. Es wurde nichts geändert, und es ist nichts verloren: Installieren Sie wieder die neuere Version, dann ist alles da wie zuvor.",
  },
  storedTitle: { en: "What is stored cannot be opened", de: "Was gespeichert ist, lässt sich nicht öffnen" },
  storedAdvice: {
    en: "Nothing was changed. See that the disk has room and that you may write in this folder, then start the app again. If that does not help, keep a copy of the folder: what waits to be sent is in it.",
    de: "Es wurde nichts geändert. Sorgen Sie dafür, dass der Datenträger Platz hat und Sie in diesen Ordner schreiben dürfen, und starten Sie die App dann neu. Hilft das nicht, bewahren Sie eine Kopie des Ordners auf: Darin ist, was auf den Versand wartet.",
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
