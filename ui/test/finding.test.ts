// @vitest-environment jsdom
import { beforeEach, expect, test } from "vitest";
import { findIn } from "../src/finding";

beforeEach(() => {
  document.body.innerHTML = "";
});

function check(html: string, text: string, expected: string[]): void {
  document.body.innerHTML = html;
  expect(findIn(document, text).map(String), `${text} in ${html}`).toEqual(expected);
}

test("a text is found in one line, whatever elements it goes through", () => {
  check("<p>a green <b>gr</b><i>ee</i>n</p>", "green", ["green", "green"]);
  check("<p>gr</p><p>een</p>", "green", []);
  check("gr<br>een <div>gr</div>een", "green", []);
  check("<p>two\n   words, two&nbsp;words</p>", " two words ", ["two\n   words", "two\u00a0words"]);
  check("<p>aaaa</p>", "aa", ["aa", "aa"]);
  check("<p>words</p>", " ", []);
  check("<p>words</p>", "", []);
});

test("neither case nor accents count, and what is found has them", () => {
  check("<p>Grün GRU\u0308N grun</p>", "grün", ["Grün", "GRU\u0308N", "grun"]);
  check("<p>cafe\u0301 bar</p>", "café", ["cafe\u0301"]);
  check("<p>İstanbul \u{1f600} smile</p>", "\u{1f600} SMILE", ["\u{1f600} smile"]);
  check("<p>ﬁne</p>", "fine", ["ﬁne"]);
});

test("what cannot be seen is not found", () => {
  check("<p hidden>word</p><p style='display: none'>word</p><script>word</script><p>word</p>", "word", ["word"]);
  check("<p style='visibility: hidden'>word</p><textarea>word</textarea><template>word</template>", "word", []);
});

test("shadow trees are searched as they are shown", () => {
  document.body.innerHTML = "<div id=host>slotted word</div>";
  document.querySelector("#host")!.attachShadow({ mode: "open" }).innerHTML = "<p>a word</p><slot></slot>";
  expect(findIn(document, "word").map(String)).toEqual(["word", "word"]);
});
