// @vitest-environment jsdom
import { expect, test } from "vitest";
import { labelsOf } from "../src/labels";

function seen(fields: string): string[][] {
  document.body.innerHTML = `<form>${fields}</form>`;
  return labelsOf(document.forms[0]!).map(({ name, value, text }) => [name, value, text]);
}

test("what stood beside each choice that is sent goes along", () => {
  const check = (fields: string, expected: string[][]) => expect(seen(fields), fields).toEqual(expected);
  check("<input name=a value=1><textarea name=b>x</textarea>", []);
  check("<label><input type=radio name=a value=1 checked> Yes,\n <b>surely</b></label>", [["a", "1", "Yes, surely"]]);
  check("<input type=radio name=a value=1 id=x checked><label for=x>Yes</label>", [["a", "1", "Yes"]]);
  check("<label><input type=radio name=a value=1>Yes</label>", []);
  check("<label><input type=checkbox name=a checked>One</label><label><input type=checkbox name=a value=2 checked>Two</label>", [
    ["a", "on", "One"],
    ["a", "2", "Two"],
  ]);
  check("<select name=a><option value=1>One<option value=2 selected>Two  things</select>", [["a", "2", "Two things"]]);
  check("<select name=a multiple><option selected>One<option selected disabled>Two<option selected>Three</select>", [
    ["a", "One", "One"],
    ["a", "Three", "Three"],
  ]);
});

test("what is not sent, or has no text, is left out", () => {
  const check = (fields: string) => expect(seen(fields), fields).toEqual([]);
  check("<label><input type=radio name=a value=1 checked disabled>Yes</label>");
  check("<fieldset disabled><label><input type=radio name=a value=1 checked>Yes</label></fieldset>");
  check("<label><input type=radio value=1 checked>Yes</label>");
  check("<input type=checkbox name=a checked>");
  check("<select><option selected>One</select>");
});
