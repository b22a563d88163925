// @vitest-environment jsdom
// @vitest-environment-options {"url": "https://polls.localhost/polls/1/"}
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Answer, Because } from "../src/door";
import { installForms } from "../src/forms";
import { siteOf } from "../src/site";
import { contextAround, FakeDoor, jsdomWindow, settle, SITE } from "./fakes";

const APP = "https://polls.localhost";

let door: FakeDoor;
const told = { unsent: [] as (Because | null)[], answered: [] as [Window, string][] };

// The document is one for all tests, and so are its listeners: what they talk to changes.
const nativeSubmit = vi.fn();
HTMLFormElement.prototype.submit = nativeSubmit;
const window = jsdomWindow();
const replaced = new WeakMap<HTMLFormElement, string>();
installForms(
  window,
  {
    ...contextAround(new FakeDoor(), siteOf(document, SITE)!),
    submit: (request) => contextAround(door, siteOf(document, SITE)!).submit(request),
  },
  { unsent: (because) => told.unsent.push(because), answered: (where, address) => told.answered.push([where, address]) },
  replaced,
);

/** Whether the webview would send the form itself. */
let left: boolean;
const nativeRequestSubmit = HTMLFormElement.prototype.requestSubmit;
HTMLFormElement.prototype.requestSubmit = function (submitter) {
  left = true;
  const look = (event: Event) => {
    const prevent = event.preventDefault;
    event.preventDefault = function () {
      left = false;
      prevent.call(this);
    };
  };
  window.addEventListener("submit", look, { capture: true, once: true });
  nativeRequestSubmit.call(this, submitter);
  window.removeEventListener("submit", look, { capture: true });
};

beforeEach(() => {
  document.title = "Is the sky blue?";
  door = new FakeDoor();
  door.answer = { kind: "redirect", location: "/polls/1/results/" };
  document.body.innerHTML = `
    <form method=post action=vote/>
      <input name=csrf value=token><textarea name=t>a\nb</textarea>
      <input type=radio name=choice value=1><label><input type=radio name=choice value=2 checked> Yes,
        it <b>is</b> </label>
      <button name=go value=Vote>Vote</button>
      <button name=go value=Other formaction=/else/ formenctype=multipart/form-data>Other</button>
    </form>`;
});
afterEach(() => {
  window.dispatchEvent(new Event("pagehide"));
  told.unsent = [];
  told.answered = [];
  nativeSubmit.mockReset();
});

const form = () => document.querySelector("form")!;
const button = (index = 0) => document.querySelectorAll("button")[index]!;

test("a form goes through the door as a browser would send it", async () => {
  form().requestSubmit(button());
  await settle();
  expect(left).toBe(false);
  expect(door.last).toEqual({
    method: "POST",
    url: `${APP}/polls/1/vote/`,
    headers: { "content-type": "application/x-www-form-urlencoded" },
    mode: "form",
    page: `${APP}/polls/1/`,
    form: { title: "Is the sky blue?", labels: [{ name: "choice", value: "2", text: "Yes, it is" }], replaces: null },
    body: "csrf=token&t=a%0D%0Ab&choice=2&go=Vote",
  });
  expect(told).toEqual({ unsent: [null], answered: [[window, "/polls/1/results/"]] });
});

test("the button pressed has its say", async () => {
  form().requestSubmit(button(1));
  await settle();
  await settle();
  expect(door.last.url).toBe(`${APP}/else/`);
  expect(door.last.headers["content-type"]).toMatch(/^multipart\/form-data; boundary=/);
  expect(door.last.body).toContain('name="go"\r\n\r\nOther\r\n');
});

test("requestSubmit without a button, and submit(), name none", async () => {
  const check = async (act: () => void) => {
    act();
    await settle();
    expect(door.last.body).toBe("csrf=token&t=a%0D%0Ab&choice=2");
    window.dispatchEvent(new Event("pagehide"));
  };
  await check(() => form().requestSubmit());
  await check(() => form().submit());
  expect(door.sent).toHaveLength(2);
  expect(nativeSubmit).not.toHaveBeenCalled();
});

test("submit() validates nothing and fires no submit event", async () => {
  const heard = vi.fn();
  window.addEventListener("submit", heard, { once: true, capture: true });
  form().querySelector("input")!.required = true;
  form().querySelector("input")!.value = "";
  form().requestSubmit();
  form().submit();
  await settle();
  expect(heard).not.toHaveBeenCalled();
  expect(door.sent).toHaveLength(1);
  window.removeEventListener("submit", heard, { capture: true });
});

/** Lets `FormData` do what jsdom's does not: files chosen by a person, an older webview. */
function withEntries(change: (native: FormData, args: unknown[]) => FormData, act: () => void): void {
  const Native = window.FormData;
  window.FormData = class {
    constructor(...args: [HTMLFormElement]) {
      return change(new Native(args[0]), args);
    }
  } as unknown as typeof FormData;
  act();
  window.FormData = Native;
}

test("files travel as bytes", async () => {
  form().enctype = "multipart/form-data";
  const choose = (entries: FormData) => {
    entries.append("f", new File(["content"], "n.txt", { type: "text/plain" }));
    return entries;
  };
  withEntries(choose, () => form().requestSubmit());
  await settle();
  await settle();
  expect(door.last.body).toContain('name="f"; filename="n.txt"\r\nContent-Type: text/plain\r\n\r\ncontent\r\n');
});

test("a webview that leaves out the button does not lose it", async () => {
  withEntries((entries) => entries, () => form().requestSubmit(button()));
  await settle();
  expect(door.last.body).toBe("csrf=token&t=a%0D%0Ab&choice=2&go=Vote");
});

test("what the app does not send stays as the webview does it", () => {
  const check = (change: () => void) => {
    document.body.innerHTML = "<form method=post action=/x></form>";
    change();
    form().requestSubmit();
    expect(left).toBe(true);
    form().submit();
    expect(nativeSubmit).toHaveBeenCalledOnce();
    nativeSubmit.mockReset();
  };
  check(() => (form().method = "get"));
  check(() => (form().method = "dialog"));
  check(() => (form().action = "https://example.org/"));
  expect(door.sent).toEqual([]);
});

describe("the site's listeners come first", () => {
  const once = { once: true };

  test("and a prevented event sends nothing, however late", async () => {
    window.addEventListener("submit", (event) => event.preventDefault(), once);
    form().requestSubmit();
    form().onsubmit = () => false;
    form().requestSubmit();
    await settle();
    expect(door.sent).toEqual([]);
  });

  test("and may stop the event anywhere", async () => {
    const check = async (place: EventTarget, capture: boolean) => {
      place.addEventListener("submit", (event) => event.stopPropagation(), { once: true, capture });
      form().requestSubmit();
      expect(left).toBe(false);
      await settle();
      window.dispatchEvent(new Event("pagehide"));
    };
    await check(form(), false);
    await check(form(), true);
    await check(document, false);
    await check(document, true);
    await check(document.body, false);
    expect(door.sent).toHaveLength(5);
  });

  test("and may still prevent it after stopping it", async () => {
    form().addEventListener("submit", (event) => event.stopPropagation(), once);
    form().addEventListener("submit", (event) => event.preventDefault(), once);
    form().requestSubmit();
    await settle();
    expect(door.sent).toEqual([]);
  });

  test("and their changes to the fields are sent", async () => {
    window.addEventListener("submit", () => (form().querySelector("input")!.value = "fresh"), once);
    form().requestSubmit();
    await settle();
    expect(door.last.body).toContain("csrf=fresh");
  });

  test("and an event that they make up submits nothing", async () => {
    form().dispatchEvent(new SubmitEvent("submit", { bubbles: true, cancelable: true }));
    await settle();
    expect(door.sent).toEqual([]);
  });
});

test("a form in a shadow tree is sent too", async () => {
  const host = document.body.appendChild(document.createElement("div"));
  host.attachShadow({ mode: "closed" }).innerHTML = "";
  const root = host.appendChild(document.createElement("p")).attachShadow({ mode: "open" });
  root.innerHTML = "<form method=post action=/shadow><input name=a value=1></form>";
  root.querySelector("form")!.requestSubmit();
  await settle();
  expect([door.last.url, door.last.body]).toEqual([`${APP}/shadow`, "a=1"]);
});

describe("while it is being sent", () => {
  let answer: (answer: Answer) => void;
  beforeEach(() => {
    door.answer = new Promise((resolve) => (answer = resolve));
  });

  test("a form is not sent again, and its button is busy", async () => {
    form().requestSubmit(button());
    form().requestSubmit(button());
    form().submit();
    await settle();
    expect(door.sent).toHaveLength(1);
    expect(button().getAttribute("aria-busy")).toBe("true");
    answer({ kind: "redirect", location: "/x" });
    await settle();
    form().requestSubmit(button());
    expect(door.sent).toHaveLength(1);
  });

  test("a page that does not go away has its form back after a while", async () => {
    vi.useFakeTimers();
    form().requestSubmit(button());
    answer({ kind: "redirect", location: "/x" });
    await vi.advanceTimersByTimeAsync(10_000);
    vi.useRealTimers();
    expect(button().hasAttribute("aria-busy")).toBe(false);
    form().requestSubmit(button());
    await settle();
    expect(door.sent).toHaveLength(2);
  });

  test("leaving the page frees the form, and a late answer leads nowhere", async () => {
    form().requestSubmit(button());
    window.dispatchEvent(new Event("pagehide"));
    expect(button().hasAttribute("aria-busy")).toBe(false);
    answer({ kind: "redirect", location: "/x" });
    await settle();
    expect(told.answered).toEqual([]);
  });

  test("that it was not sent is said even after leaving", async () => {
    form().requestSubmit();
    window.dispatchEvent(new Event("pagehide"));
    answer({ kind: "unsent", because: "slow", message: "" });
    await settle();
    expect(told.unsent).toEqual([null, "slow"]);
  });
});

test("what was not sent keeps its input and can be sent again", async () => {
  door.answer = { kind: "unsent", because: "offline", message: "" };
  form().requestSubmit(button());
  await settle();
  expect(told.unsent).toEqual([null, "offline"]);
  expect(button().hasAttribute("aria-busy")).toBe(false);
  expect(form().querySelector("input")!.value).toBe("token");
  door.answer = { kind: "answer", id: "1", url: "/polls/1/", redirected: false };
  form().requestSubmit(button());
  await settle();
  expect(told.unsent).toEqual([null, "offline", null]);
  expect(told.answered).toEqual([[window, "/polls/1/"]]);
});

test("a form that was filled in anew says what it replaces, until that has come to something", async () => {
  const replaces = async () => {
    form().requestSubmit();
    await settle();
    window.dispatchEvent(new Event("pagehide"));
    return door.last.form?.replaces;
  };
  replaced.set(form(), "key");
  door.answer = { kind: "unsent", because: "offline", message: "" };
  expect(await replaces()).toBe("key");
  door.answer = { kind: "answer", id: "1", url: "/polls/1/", redirected: false };
  expect(await replaces()).toBe("key");
  expect(await replaces()).toBeNull();
});

test("an answer for a frame goes there, and the form is free at once", async () => {
  document.body.insertAdjacentHTML("beforeend", "<iframe name=inner></iframe>");
  form().target = "inner";
  form().requestSubmit(button());
  await settle();
  expect(told.answered[0]![0] === document.querySelector("iframe")!.contentWindow).toBe(true);
  expect(button().hasAttribute("aria-busy")).toBe(false);
});
