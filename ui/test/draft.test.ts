// @vitest-environment jsdom
// @vitest-environment-options {"url": "https://polls.localhost/polls/1/?a=b"}
import { expect, test, vi } from "vitest";
import { fillIn } from "../src/draft";

const draft = (fields: [string, string][], action = "/polls/1/vote/") => ({ key: "k", action, fields });

async function filled(fields: string, values: [string, string][]): Promise<[FormData, boolean]> {
  document.body.innerHTML = `<form method=post action=vote/>${fields}</form>`;
  document.querySelector("form")!.setAttribute("action", "/polls/1/vote/");
  const { form, isWhole } = await fillIn(document, draft(values));
  return [new FormData(form!), isWhole];
}

test("what was entered is entered again", async () => {
  const check = async (fields: string, values: [string, string][], expected = values) => {
    const [data, isWhole] = await filled(fields, values);
    expect([...data].map(([name, value]) => [name, value]), fields).toEqual(expected);
    expect(isWhole).toBe(true);
  };
  await check("<input name=a value=site><textarea name=b></textarea>", [["a", "mine"], ["b", "two"]]);
  await check("<input name=a><input name=a>", [["a", "1"], ["a", "2"]]);
  await check("<input type=radio name=a value=1 checked><input type=radio name=a value=2>", [["a", "2"]]);
  await check("<input type=checkbox name=a value=1 checked><input type=checkbox name=a value=2><input type=checkbox name=a value=3>", [["a", "2"], ["a", "3"]]);
  await check("<select name=a><option value=1>One<option value=2>Two</select>", [["a", "2"]]);
  await check("<select name=a multiple><option>One<option selected>Two<option>Three</select>", [["a", "One"], ["a", "Three"]]);
});

test("line breaks are those of a field", async () => {
  await filled("<textarea name=a></textarea>", [["a", "one\r\ntwo"]]);
  expect(document.querySelector("textarea")!.value).toBe("one\ntwo");
});

test("what the site put there stays its own", async () => {
  const values: [string, string][] = [["csrf", "old"], ["go", "Vote"], ["p", "secret"], ["a", "mine"]];
  const fields = "<input type=hidden name=csrf value=fresh><input type=password name=p><input name=a><button name=go value=New>";
  const [data, isWhole] = await filled(fields, values);
  expect(Object.fromEntries(data)).toMatchObject({ csrf: "fresh", p: "", a: "mine" });
  expect(isWhole).toBe(true);
});

test("what is offered no more is not chosen, and that is known", async () => {
  const [data, isWhole] = await filled("<input type=radio name=a value=1 checked>", [["a", "2"]]);
  expect([[...data], isWhole]).toEqual([[], false]);
});

test("the site hears of it as of what is entered", async () => {
  const heard = vi.fn();
  document.addEventListener("change", heard, { once: true });
  await filled("<input name=a>", [["a", "x"]]);
  expect(heard).toHaveBeenCalledOnce();
});

test("the form is found by where it sends and what it asks", async () => {
  const check = async (html: string, expected: string | null, action?: string) => {
    document.body.innerHTML = html;
    const { form } = await fillIn(document, draft([["choice", "1"]], action));
    expect(form?.id ?? null, html).toBe(expected);
  };
  const fields = "<input name=choice><input name=action>";
  await check(`<form method=post id=a action=/x/>${fields}</form><form method=post id=b action=/polls/1/vote/>${fields}</form>`, "b");
  await check(`<form method=post id=a action=/polls/1/vote/></form><form method=post id=b action=http://127.0.0.1:8000/polls/1/vote/>${fields}</form>`, "b");
  await check(`<form method=post id=a>${fields}</form>`, "a", "/polls/1/?a=b");
  await check(`<form id=a action=/polls/1/vote/>${fields}</form>`, null);
  await check(`<form method=post id=a action=/polls/1/vote/><input name=other></form>`, null);
  await check("<p>", null);
});
