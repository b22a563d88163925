import { describe, expect, test } from "vitest";
import { libraryWords } from "../src/library/words";
import { causeWords, countdownWords, downloadWords, fill, findWords, languageFor, languages, noteWords, pageWords, problemWords, pullWords, restartedWords, savingWords, type Sentence } from "../src/words";

const sets = [pageWords, causeWords, noteWords, restartedWords, countdownWords, pullWords, savingWords, downloadWords, findWords, problemWords, libraryWords];
const all: [string, Sentence][] = sets.flatMap((set) => Object.entries<Sentence>(set));

/** Words that mean something to programmers only (the UI's rules). */
const FORBIDDEN = /\bcache|\bservice|sync error|\boops|\b[45]\d\d\b|HTTP/i;

describe.each(all)("%s", (_key, sentence) => {
  test("is said in every language, with the same values", () => {
    expect(Object.keys(sentence).sort()).toEqual([...languages].sort());
    const values = (text: string) => (text.match(/\{\w+\}/g) ?? []).sort();
    for (const language of languages) {
      expect(sentence[language].trim()).not.toBe("");
      expect(values(sentence[language])).toEqual(values(sentence.en));
      expect(sentence[language]).not.toMatch(FORBIDDEN);
    }
  });
});

test("German is for those whose system speaks it, English for all others", () => {
  const check = (tag: string, expected: string) => expect(languageFor(tag), tag).toBe(expected);
  check("de", "de");
  check("de-AT", "de");
  check("DE_de", "de");
  check("en-GB", "en");
  check("fr-FR", "en");
  check("den", "en");
  check("C", "en");
  check("", "en");
});

test("values take their places", () => {
  expect(fill("{a} and {b} and {a}", { a: 1, b: "$&" })).toBe("1 and $& and 1");
  expect(fill("{unknown}", {})).toBe("{unknown}");
});
