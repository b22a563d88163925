// @vitest-environment jsdom
// @vitest-environment-options {"url": "https://polls.localhost/polls/1/?a=b"}
import { beforeEach, describe, expect, test } from "vitest";
import { destination, navigate, targetWindow } from "../src/destination";
import { siteOf } from "../src/site";
import { jsdomWindow, SITE } from "./fakes";

const APP = "https://polls.localhost";
const site = siteOf(document, SITE)!;
const window = jsdomWindow();

beforeEach(() => {
  document.head.innerHTML = "";
  document.body.innerHTML = "";
});

function form(markup: string): { form: HTMLFormElement; button: HTMLButtonElement | null } {
  document.body.innerHTML = markup;
  return { form: document.querySelector("form")!, button: document.querySelector("button") };
}

test("a form's destination follows its attributes and its button's", () => {
  const check = (markup: string, expected: string | null) => {
    const parts = form(markup);
    const found = destination(parts.form, parts.button, site);
    const shown = found === null ? null : [found.url.href.replace(APP, ""), found.enctype, found.target].join(" ").trim();
    expect(shown, markup).toBe(expected);
  };

  check("<form method=post></form>", "/polls/1/?a=b");
  check("<form method=POST action='vote/'></form>", "/polls/1/vote/");
  check(`<form method=post action="${SITE}/x"></form>`, "/x");
  check("<form method=post action=/x enctype=text/plain target=_blank></form>", "/x text/plain _blank");
  check("<form method=post action='https://example.org/'></form>", null);
  check("<form action=/x></form>", null);
  check("<form method=get action=/x></form>", null);
  check("<form method=dialog action=/x></form>", null);
  check("<form method=put action=/x></form>", null);
  check("<form method=post action=/x><button formaction=/y formenctype=a/b formtarget=t></button></form>", "/y a/b t");
  check("<form method=post action=/x><button formaction=''></button></form>", "/polls/1/?a=b");
  check("<form method=post action=/x><button formmethod=get></button></form>", null);
  check("<form action=/x><button formmethod=post></button></form>", "/x");
  check("<form method=post action=/x><button formaction='https://example.org/'></button></form>", null);
  check("<form method=post action=/x><input name=action><input name=method><input name=getAttribute></form>", "/x");
});

test("a base element may name the target and where relative addresses start", () => {
  document.head.innerHTML = "<base href='/other/' target=frame>";
  const parts = form("<form method=post action=x></form>");
  const found = destination(parts.form, null, site)!;
  expect([found.url.href, found.target]).toEqual([`${APP}/other/x`, "frame"]);
  const empty = form("<form method=post></form>");
  expect(destination(empty.form, null, site)!.url.href).toBe(`${APP}/polls/1/?a=b`);
});

test("the answer goes where the target says", () => {
  const frame = Object.assign(document.createElement("iframe"), { name: "inner" });
  document.body.append(frame);
  // jsdom does not name a frame's window after its element.
  const inner = Object.assign(frame.contentWindow!, { name: "inner" });
  const check = (target: string, from: Window, expected: Window) => expect(targetWindow(target, from) === expected, target).toBe(true);

  check("", inner, inner);
  check("_self", inner, inner);
  check("_PARENT", inner, window);
  check("_top", inner, window);
  check("_blank", inner, window);
  check("inner", window, inner);
  check("inner", inner, inner);
  check("nobody", window, window);
});

describe("navigating", () => {
  function visit(from: string, to: string): string[] {
    const steps: string[] = [];
    const location = {
      href: from,
      assign: (address: string) => steps.push(address),
      reload: () => steps.push("reload"),
    };
    navigate({ location } as unknown as Window, to, APP);
    return steps;
  }

  test("goes there, and loads anew what is the same page but for the fragment", () => {
    const check = (from: string, to: string, ...steps: string[]) => expect(visit(from, to), `${from} → ${to}`).toEqual(steps);

    check(`${APP}/a`, "/b", `${APP}/b`);
    check(`${APP}/a`, "/a", `${APP}/a`);
    check(`${APP}/a#x`, "/a", `${APP}/a`);
    check(`${APP}/a`, "/a#x", `${APP}/a#x`, "reload");
    check(`${APP}/a#x`, "/a#x", `${APP}/a#x`, "reload");
    check(`${APP}/a?b`, "/a#x", `${APP}/a#x`);
    check(`${APP}/a`, "https://example.org/", "https://example.org/");
  });

  test("runs no script of the site's choosing", () => {
    expect(visit(`${APP}/a`, "javascript:alert(1)")).toEqual([]);
    expect(visit(`${APP}/a`, "http://[")).toEqual([]);
  });
});
