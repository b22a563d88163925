/** Every sentence of the Library, in every language. */
import type { Sentence } from "../words";

export const libraryWords = {
  library: { en: "Library", de: "Bibliothek" },
  places: { en: "Places", de: "Bereiche" },
  waiting: { en: "Waiting", de: "Ausstehend" },

  // What it is.
  vote: { en: "Vote", de: "Stimme" },
  voteFor: { en: "Vote for “{choice}”", de: "Stimme für „{choice}“" },
  message: { en: "Message", de: "Nachricht" },
  messageWith: { en: "Message with “{choice}”", de: "Nachricht mit „{choice}“" },
  form: { en: "Form", de: "Formular" },
  formWith: { en: "Form with “{choice}”", de: "Formular mit „{choice}“" },
  titled: { en: "{what} · {title}", de: "{what} · {title}" },
  anothersVote: { en: "A vote of somebody who is not signed in now", de: "Eine Stimme von jemandem, der gerade nicht angemeldet ist" },
  anothersMessage: {
    en: "A message of somebody who is not signed in now",
    de: "Eine Nachricht von jemandem, der gerade nicht angemeldet ist",
  },
  anothersForm: { en: "A form of somebody who is not signed in now", de: "Ein Formular von jemandem, der gerade nicht angemeldet ist" },

  // How it is.
  queued: { en: "waiting to be sent", de: "wartet auf den Versand" },
  queuedUntil: { en: "tried again at {time}", de: "nächster Versuch um {time}" },
  queuedOffline: { en: "waiting for a connection", de: "wartet auf eine Verbindung" },
  queuedForOwner: { en: "waiting until that person signs in", de: "wartet, bis diese Person sich anmeldet" },
  sending: { en: "being sent", de: "wird gesendet" },
  needsSignIn: { en: "needs you to sign in", de: "dafür müssen Sie sich anmelden" },
  refused: { en: "the site did not take it", de: "die Website hat es nicht angenommen" },
  changedVote: { en: "the choice has changed: please look", de: "die Auswahl hat sich geändert: bitte ansehen" },
  changed: { en: "the form has changed: please look", de: "das Formular hat sich geändert: bitte ansehen" },
  uncertain: { en: "may have arrived: the line broke", de: "vielleicht angekommen: die Verbindung brach ab" },
  expired: {
    en: "waited too long, is not sent by itself any more",
    de: "hat zu lange gewartet und wird nicht mehr von selbst gesendet",
  },
  handedOver: { en: "handed over to another device", de: "an ein anderes Gerät übergeben" },

  // What can be done.
  sendNow: { en: "Send now", de: "Jetzt senden" },
  sendAgain: { en: "Send again", de: "Noch einmal senden" },
  sendAnyway: { en: "Send all the same", de: "Trotzdem senden" },
  signIn: { en: "Sign in", de: "Anmelden" },
  answer: { en: "Show the site’s answer", de: "Antwort der Website ansehen" },
  sitesAnswer: { en: "The site’s answer", de: "Antwort der Website" },
  edit: { en: "Edit", de: "Bearbeiten" },
  export: { en: "Export", de: "Exportieren" },
  discard: { en: "Discard", de: "Verwerfen" },
  sendAll: { en: "Send all now", de: "Alle jetzt senden" },
  exportAll: { en: "Export all", de: "Alle exportieren" },
  import: { en: "Import…", de: "Importieren …" },
  more: { en: "More", de: "Mehr" },
  moreFor: { en: "More for {what}", de: "Mehr zu {what}" },
  close: { en: "Close", de: "Schließen" },

  // What is asked before.
  discardVote: { en: "Discard this vote?", de: "Diese Stimme verwerfen?" },
  discardMessage: { en: "Discard this message?", de: "Diese Nachricht verwerfen?" },
  discardForm: { en: "Discard this form?", de: "Dieses Formular verwerfen?" },
  discardMeans: {
    en: "It has not arrived. Discarded, it cannot be brought back.",
    de: "Das ist noch nicht angekommen. Verworfen lässt es sich nicht zurückholen.",
  },
  discardSent: {
    en: "It may have arrived. Discarding it takes nothing back from the site.",
    de: "Das ist vielleicht schon angekommen. Verwerfen nimmt bei der Website nichts zurück.",
  },
  keep: { en: "Keep", de: "Behalten" },
  againVote: { en: "Send this vote again?", de: "Diese Stimme noch einmal senden?" },
  againMessage: { en: "Send this message again?", de: "Diese Nachricht noch einmal senden?" },
  againForm: { en: "Send this form again?", de: "Dieses Formular noch einmal senden?" },
  againMeans: {
    en: "It may have arrived already. Sent again, it may count twice.",
    de: "Das ist vielleicht schon angekommen. Noch einmal gesendet zählt es womöglich doppelt.",
  },
  anywayVote: { en: "Send this vote all the same?", de: "Diese Stimme trotzdem senden?" },
  anywayMessage: { en: "Send this message all the same?", de: "Diese Nachricht trotzdem senden?" },
  anywayForm: { en: "Send this form all the same?", de: "Dieses Formular trotzdem senden?" },
  anywayMeans: {
    en: "The page does not read as it did when you filled it in.",
    de: "Auf der Seite steht nicht mehr, was dort stand, als Sie sie ausgefüllt haben.",
  },
  doNotSend: { en: "Do not send", de: "Nicht senden" },

  // What has come of it.
  sendingAll: { en: "Being sent: {n}", de: "Wird gesendet: {n}" },
  exported: { en: "Saved as {path}", de: "Gespeichert als {path}" },
  imported: { en: "New from the file: {new}. Here already: {known}.", de: "Neu aus der Datei: {new}. Schon vorhanden: {known}." },
  notSent: { en: "This cannot be sent now.", de: "Das lässt sich gerade nicht senden." },
  notDiscarded: { en: "This cannot be discarded while it is being sent.", de: "Während es gesendet wird, lässt sich das nicht verwerfen." },
  notOpened: { en: "The page could not be opened.", de: "Die Seite ließ sich nicht öffnen." },
  notExported: { en: "The file could not be written.", de: "Die Datei ließ sich nicht schreiben." },
  notImported: {
    en: "This file cannot be read: it is damaged, or no export of this app.",
    de: "Diese Datei lässt sich nicht lesen: Sie ist beschädigt oder kein Export dieser App.",
  },
  noAnswer: { en: "The answer is not kept any more.", de: "Die Antwort ist nicht mehr aufgehoben." },
  notLoaded: { en: "What waits cannot be read.", de: "Was aussteht, lässt sich nicht lesen." },

  // Where there is nothing.
  nothingWaits: { en: "Nothing is waiting.", de: "Nichts steht aus." },
  nothingWaitsHow: {
    en: "What you send while you are offline waits here until it has arrived.",
    de: "Was Sie offline absenden, steht hier, bis es angekommen ist.",
  },
} satisfies Record<string, Sentence>;

export type LibraryWord = keyof typeof libraryWords;
