import { expect, test } from "vitest";
import type { State, Waiting } from "../../src/app-types";
import { ACTIONS, actions, how, question, sign, what, type Action } from "../../src/library/describe";
import { LibrarySpeech } from "../../src/library/speech";
import { NOW, vote } from "./fakes";

const en = new LibrarySpeech("en-GB");
const de = new LibrarySpeech("de-DE");
const STATES: State[] = ["queued", "sending", "needs-sign-in", "refused", "changed", "uncertain", "expired", "handed-over"];

test("what it is", () => {
  const check = (item: Partial<Waiting>, inEnglish: string, inGerman: string) =>
    expect([what(vote(item), en), what(vote(item), de)]).toEqual([inEnglish, inGerman]);
  check({}, "Vote for “Yes” · Is the sky blue?", "Stimme für „Yes“ · Is the sky blue?");
  check({ title: null }, "Vote for “Yes”", "Stimme für „Yes“");
  check({ choice: null }, "Vote · Is the sky blue?", "Stimme · Is the sky blue?");
  check({ kind: "message", choice: null, title: "Contact" }, "Message · Contact", "Nachricht · Contact");
  check({ kind: "form", title: null }, "Form with “Yes”", "Formular mit „Yes“");
  check({ isOwn: false, choice: null, title: null }, "A vote of somebody who is not signed in now", "Eine Stimme von jemandem, der gerade nicht angemeldet ist");
});

test("how it is, in plain words", () => {
  const check = (item: Partial<Waiting>, online: boolean, inEnglish: string, inGerman: string) => {
    const said = [en, de].map((speech) => how(vote(item), { online, waiting: [], saved: [] }, speech, NOW));
    expect(said).toEqual([inEnglish, inGerman]);
  };
  check({}, false, "waiting for a connection", "wartet auf eine Verbindung");
  check({}, true, "waiting to be sent", "wartet auf den Versand");
  check({ nextTryAtMs: NOW - 1 }, true, "waiting to be sent", "wartet auf den Versand");
  check({ nextTryAtMs: NOW + 60_000 }, true, "tried again at 16:06", "nächster Versuch um 16:06");
  check({ isOwn: false }, true, "waiting until that person signs in", "wartet, bis diese Person sich anmeldet");
  check({ state: "sending" }, true, "being sent", "wird gesendet");
  check({ state: "needs-sign-in" }, true, "needs you to sign in", "dafür müssen Sie sich anmelden");
  check({ state: "refused" }, true, "the site did not take it", "die Website hat es nicht angenommen");
  check({ state: "changed" }, true, "the choice has changed: please look", "die Auswahl hat sich geändert: bitte ansehen");
  check({ state: "changed", kind: "form" }, true, "the form has changed: please look", "das Formular hat sich geändert: bitte ansehen");
  check({ state: "uncertain" }, true, "may have arrived: the line broke", "vielleicht angekommen: die Verbindung brach ab");
  check({ state: "expired" }, true, "waited too long, is not sent by itself any more", "hat zu lange gewartet und wird nicht mehr von selbst gesendet");
  check({ state: "handed-over" }, true, "handed over to another device", "an ein anderes Gerät übergeben");
});

test("what can be done, the main thing first", () => {
  const check = (item: Partial<Waiting>, ...expected: (Action | null)[]) => {
    const [main, rest] = actions(vote(item));
    expect([main, ...rest], item.state).toEqual(expected);
  };
  check({}, "send", "edit", "export", "discard");
  check({ canEdit: false, hasAnswer: true }, "send", "answer", "export", "discard");
  check({ state: "sending" }, null);
  check({ state: "needs-sign-in", canSignIn: true }, "signIn", "send", "edit", "export", "discard");
  check({ state: "needs-sign-in" }, "send", "edit", "export", "discard");
  check({ state: "refused", hasAnswer: true }, "answer", "edit", "send", "discard");
  check({ state: "changed" }, "edit", "sendAnyway", "discard");
  check({ state: "uncertain" }, "sendAgain", "edit", "discard");
  check({ state: "expired" }, "send", "edit", "export", "discard");
  check({ state: "handed-over" }, null, "sendAgain", "export", "discard");
  check({ isOwn: false, canEdit: false }, null);
  check({ isOwn: false, canEdit: false, state: "needs-sign-in", canSignIn: true }, "signIn");
});

test("what cannot be taken back is asked about", () => {
  const asked = (action: Action, state: State) => question(action, vote({ state }))?.meaning ?? null;
  for (const state of STATES) {
    for (const action of Object.keys(ACTIONS) as Action[]) {
      const isFinal = ["discard", "sendAgain", "sendAnyway"].includes(action);
      expect(asked(action, state) !== null, `${action} ${state}`).toBe(isFinal);
    }
    expect(typeof sign(state)).toBe("string");
  }
  expect([asked("discard", "queued"), asked("discard", "uncertain")]).toEqual(["discardMeans", "discardSent"]);
});

test("sizes have the unit that fits them", () => {
  const check = (bytes: number, inEnglish: string, inGerman: string) =>
    expect([en.size(bytes), de.size(bytes)]).toEqual([inEnglish, inGerman]);
  check(0, "0 bytes", "0 Byte");
  check(999, "999 bytes", "999 Byte");
  check(1_250, "1.3 kB", "1,3 kB");
  check(64_000_000, "64 MB", "64 MB");
});
