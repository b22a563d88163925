// @vitest-environment jsdom
import { beforeEach, describe, expect, test, vi } from "vitest";
import { patch } from "../src/morph";
import { TEXT, type Touched } from "../src/patching";
import { pageFacts } from "./fakes";

const known = pageFacts({ source: "store", storedAtMs: 1, visitor: "v" });
let touched: Touched;

beforeEach(() => {
  touched = new WeakMap();
  // jsdom has none.
  vi.stubGlobal("CSS", { escape: (id: string) => id });
  document.documentElement.removeAttribute("data-holdfast-no-patch");
});

function show(body: string, head = ""): void {
  document.head.innerHTML = head;
  document.body.innerHTML = body;
}

function page(body: string, head = "", facts = {}): string {
  const tag = JSON.stringify({ source: "store", storedAtMs: 2, because: "strategy", visitor: "v", ...facts });
  return `<!doctype html><html><head><script type="application/json" id="holdfast-page">${tag}</script>${head}</head><body>${body}</body></html>`;
}

const standing = () => ({ live: document, known, touched, unseen: (change: () => void) => change() });
const become = (body: string, head = "") => patch(standing(), page(body, head));
const find = <Found extends HTMLElement = HTMLInputElement>(selector: string) => document.querySelector<Found>(selector)!;

test("a page becomes the newer one, and what stays the same is the same element", async () => {
  show("<h1>old</h1><p>same</p>");
  const same = find("p");
  expect(await become("<h1>new</h1><p>same</p><p>more</p>")).toMatchObject({ source: "store", storedAtMs: 2 });
  expect(document.body.innerHTML).toBe("<h1>new</h1><p>same</p><p>more</p>");
  expect(find("p")).toBe(same);
  expect(document.getElementById("holdfast-page")).toBeNull();
});

describe("input", () => {
  test("stays where the person put it, and follows the site elsewhere", async () => {
    show("<form><input name=a value=1><input name=b value=1><textarea name=c>x</textarea><input type=checkbox name=d></form>");
    find("[name=a]").value = "mine";
    find<HTMLTextAreaElement>("textarea").value = "mine too";
    find("[name=d]").checked = true;
    await become("<p>new</p><form><input name=z><input name=a value=2><input name=b value=2><textarea name=c>y</textarea><input type=checkbox name=d></form>");
    expect(["z", "a", "b"].map((name) => find(`[name=${name}]`).value)).toEqual(["", "mine", "2"]);
    expect(find<HTMLTextAreaElement>("textarea").value).toBe("mine too");
    expect(find("[name=d]").checked).toBe(true);
    expect(document.body.innerHTML).not.toContain("holdfast");
  });

  test("of a group of choices is one choice", async () => {
    const radio = (value: string, more = "") => `<input type=radio name=c id=c${value} value=${value} ${more}>`;
    show(`<form>${radio("1", "checked")}${radio("2")}</form>`);
    find("#c2").checked = true;
    await become(`<form>${radio("1")}${radio("2")}${radio("3", "checked")}</form>`);
    expect([..."123"].map((value) => find(`#c${value}`).checked)).toEqual([false, true, false]);
  });

  test("in a list is kept by what was chosen, not by its place", async () => {
    const option = (value: string) => `<option value=${value}>${value}</option>`;
    show(`<select name=s>${option("a")}${option("b")}</select>`);
    find<HTMLSelectElement>("select").value = "b";
    await become(`<select name=s>${option("new")}${option("a")}${option("b")}</select>`);
    expect(find<HTMLSelectElement>("select").value).toBe("b");
    expect(find<HTMLSelectElement>("select").options).toHaveLength(3);
  });

  test("that would have no place any more leaves the page as it is", async () => {
    show("<h1>old</h1><input name=a>");
    find("[name=a]").value = "mine";
    expect(await become("<h1>new</h1>")).toBeNull();
    expect(find("h1").textContent).toBe("old");
    expect(find("[name=a]").value).toBe("mine");
  });

  test("never moves to a choice that took over the place of another", async () => {
    show("<input type=radio name=c id=c1 value=1>");
    find("#c1").checked = true;
    expect(await become("<input type=radio name=c id=c1 value=9><input type=radio name=c id=c2 value=1>")).toBeNull();
    expect(find("#c1").value).toBe("1");
  });

  test("of nobody: hidden tokens are the newest, whoever set them", async () => {
    show("<input type=hidden name=csrfmiddlewaretoken value=old><input type=hidden name=date value=old>");
    touched.set(find("[name=csrfmiddlewaretoken]"), new Set(["value"]));
    touched.set(find("[name=date]"), new Set(["value"]));
    await become("<input type=hidden name=csrfmiddlewaretoken value=new><input type=hidden name=date value=new>");
    expect([find("[name=csrfmiddlewaretoken]").value, find("[name=date]").value]).toEqual(["new", "old"]);
  });
});

test("focus and selection stay", async () => {
  show("<p>old</p><input name=a value=word>");
  const field = find("input");
  field.focus();
  field.setSelectionRange(1, 3);
  await become("<p>new</p><p>more</p><div><input name=b></div><input name=a value=word>");
  expect(document.activeElement).toBe(field);
  expect([field.selectionStart, field.selectionEnd]).toEqual([1, 3]);
});

test("what the person opened stays open, and what was closed stays closed", async () => {
  show("<details><summary>One</summary>1</details><details open><summary>Two</summary>2</details><dialog open><h2>Ask</h2></dialog>");
  const [one, two] = document.querySelectorAll("details");
  one!.open = true;
  two!.open = false;
  await become("<details><summary>New</summary>0</details><details><summary>One</summary>one</details><details open><summary>Two</summary>2</details><dialog><h2>Ask</h2></dialog>");
  expect([...document.querySelectorAll("details")].map(({ open }) => open)).toEqual([false, true, false]);
  expect(one!.textContent).toBe("Oneone");
  expect(find<HTMLDialogElement>("dialog").open).toBe(true);
});

test("what is scrolled stays so", async () => {
  show("<ul style='overflow: auto'><li>old</ul>");
  const list = find("ul");
  list.scrollTop = 40;
  const scrollTo = vi.spyOn(window, "scrollTo").mockReturnValue();
  const scroll = vi.spyOn(window, "scrollY", "get").mockReturnValueOnce(70).mockReturnValue(0);
  await become("<p>new</p><ul style='overflow: auto'><li>new</ul>");
  expect(scrollTo).toHaveBeenCalledWith({ left: 0, top: 70, behavior: "instant" });
  expect(find("ul").scrollTop).toBe(40);
  scroll.mockRestore();
});

test("what plays goes on, and is not touched", async () => {
  show("<h1>old</h1><video src=/a.mp4></video>");
  const video = find<HTMLVideoElement>("video");
  const paused = vi.spyOn(video, "paused", "get").mockReturnValue(false);
  const play = vi.spyOn(video, "play").mockResolvedValue();
  paused.mockReturnValueOnce(false).mockReturnValueOnce(false).mockReturnValue(true);
  await become("<h1>new</h1><video src=/b.mp4></video>");
  expect(find("video")).toBe(video);
  expect(video.getAttribute("src")).toBe("/a.mp4");
  expect(play).toHaveBeenCalledOnce();
});

describe("scripts", () => {
  test("are not run again, nor for the first time, and data in them is renewed", async () => {
    show("<script type=text/plain>kept</script><script id=d type=application/json>1</script>");
    const script = document.createElement("script");
    script.setAttribute("src", "/old.js");
    document.body.append(script);
    await become("<script>window.ran = true</script><script id=d type=application/json>2</script><div><script id=n>window.ran = true</script></div>", "<script>window.ran = true</script>");
    expect("ran" in window).toBe(false);
    expect([...document.querySelectorAll("script")].map((each) => each.getAttribute("type") ?? each.getAttribute("src"))).toEqual(["application/json", "/old.js"]);
    expect(find("#d").textContent).toBe("2");
  });

  test("keep what they did to attributes and to words", async () => {
    show("<button class=quiet>Dark</button><p>old</p>");
    document.documentElement.dataset["theme"] = "dark";
    touched.set(document.documentElement, new Set(["data-theme"]));
    const button = find("button");
    button.textContent = "Light";
    touched.set(button, new Set(["hidden", TEXT]));
    await become("<button class=loud hidden>Dark</button><p>new</p>");
    expect(document.documentElement.dataset["theme"]).toBe("dark");
    expect(button.outerHTML).toBe('<button class="loud">Light</button>');
    expect(find("p").textContent).toBe("new");
  });
});

test("the bar stays where it is", async () => {
  show("old");
  const bar = document.createElement("holdfast-bar");
  document.documentElement.insertBefore(bar, document.body);
  await become("new");
  expect(document.body.previousElementSibling).toBe(bar);
  expect(document.body.nextElementSibling).toBeNull();
  bar.remove();
});

describe("the head", () => {
  const sheet = (name: string) => `<link rel="stylesheet" href="${name}">`;

  test("keeps its style sheets, and loads new ones before anything changes", async () => {
    show("old", `<title>old</title>${sheet("/a.css")}${sheet("/b.css")}<style>i{}</style><meta name="m" content="1">`);
    const [first] = document.querySelectorAll("link");
    const done = become("new", `<title>new</title>${sheet("/a.css")}${sheet("/c.css")}<meta name="m" content="2">`);
    await vi.waitFor(() => expect(find("[href='/c.css']")).not.toBeNull());
    expect([document.title, document.body.textContent]).toEqual(["old", "old"]);
    expect(document.querySelectorAll("link")).toHaveLength(3);
    find("[href='/c.css']").dispatchEvent(new Event("load"));
    await done;
    expect([document.title, document.body.textContent]).toEqual(["new", "new"]);
    expect([...document.querySelectorAll("link")].map((link) => link.getAttribute("href"))).toEqual(["/a.css", "/c.css"]);
    expect(document.querySelector("link")).toBe(first);
    expect(document.querySelectorAll("meta, style")).toHaveLength(2);
    expect(find("meta").getAttribute("content")).toBe("2");
  });

  test("takes back what it added when something was entered that has no place", async () => {
    show("<input name=a>");
    const done = become("new", sheet("/d.css"));
    await vi.waitFor(() => expect(find("[href='/d.css']")).not.toBeNull());
    find("[name=a]").value = "mine";
    find("[href='/d.css']").dispatchEvent(new Event("error"));
    expect(await done).toBeNull();
    expect(document.querySelector("link")).toBeNull();
    expect(find("[name=a]").value).toBe("mine");
  });
});

test("what is no newer version of the page changes nothing", async () => {
  show("<h1>old</h1>");
  const refused = [
    page("<h1>new</h1>", "", { source: "fallback" }),
    page("<h1>new</h1>", "", { visitor: "another" }),
    "<h1>new</h1>",
    page("<h1>new</h1>").replace("<html", "<html data-holdfast-no-patch"),
    page("<h1>new</h1>").replace("<body", "<body id=other"),
    page("").replace("<body></body>", "<frameset></frameset>"),
  ];
  for (const html of refused) expect(await patch(standing(), html), html).toBeNull();
  expect(document.body.innerHTML).toBe("<h1>old</h1>");
});
