// @vitest-environment jsdom
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { BAR } from "../src/bar";
import { makeRoom, ROOM } from "../src/insets";
import { installPull, LOADS, PULL, SHOWN, type PullActions } from "../src/pull";
import { EDGE, FAR, installSwipe } from "../src/swipe";
import { pullWords } from "../src/words";

/** What a finger does; whether the page is kept from scrolling. */
function touch(type: "touchstart" | "touchmove" | "touchend", x: number, y: number, at: Element = document.body, fingers = 1): boolean {
  const event = new Event(type, { bubbles: true, cancelable: true, composed: true });
  const one = { identifier: 1, clientX: x, clientY: y };
  const touches = type === "touchend" ? [] : Array.from({ length: fingers }, () => one);
  Object.assign(event, { touches, changedTouches: [one] });
  return !at.dispatchEvent(event);
}

function draw(from: [number, number], by: [number, number], at?: Element): boolean {
  touch("touchstart", ...from, at);
  const to: [number, number] = [from[0] + by[0], from[1] + by[1]];
  const half: [number, number] = [from[0] + by[0] / 2, from[1] + by[1] / 2];
  const isKept = touch("touchmove", ...half, at);
  touch("touchmove", ...to, at);
  touch("touchend", ...to, at);
  return isKept;
}

const actions = { reload: vi.fn<PullActions["reload"]>(), library: vi.fn<PullActions["library"]>() };
const pulled = () => document.querySelector<HTMLElement>(PULL);

// The listeners stay on the window, so there is one of each.
installPull(window, "de-DE", actions);
const go = vi.spyOn(window.history, "go").mockImplementation(() => undefined);
installSwipe(window);

beforeEach(() => {
  document.body.replaceChildren();
  document.body.removeAttribute("style");
  Object.defineProperty(window, "scrollY", { value: 0, configurable: true });
  vi.clearAllMocks();
});
afterEach(() => {
  touch("touchstart", 1, 1);
  touch("touchend", 1, 1);
});

describe("pulling", () => {
  it("shows what can be done when it is short, and does it", () => {
    expect(draw([100, 100], [0, SHOWN + 10])).toBe(true);
    const root = pulled()!.shadowRoot!;
    const buttons = [...root.querySelectorAll("button")];
    expect(buttons.map(({ hidden, textContent }) => [hidden, textContent])).toEqual([
      [false, pullWords.reload.de],
      [false, pullWords.library.de],
    ]);
    buttons[1]!.click();
    expect(actions.library).toHaveBeenCalledOnce();
    expect(actions.reload).not.toHaveBeenCalled();
    expect(pulled()).toBeNull();
  });

  it("loads anew when it is long, and says so before", () => {
    touch("touchstart", 100, 100);
    touch("touchmove", 100, 100 + SHOWN);
    const text = () => pulled()!.shadowRoot!.querySelector("p")!.textContent;
    expect(text()).toBe(pullWords.pull.de);
    touch("touchmove", 100, 100 + LOADS);
    expect(text()).toBe(pullWords.release.de);
    expect(actions.reload).not.toHaveBeenCalled();
    touch("touchend", 100, 100 + LOADS);
    expect(actions.reload).toHaveBeenCalledOnce();
  });

  it("is taken back by going up again, and by a touch elsewhere", () => {
    touch("touchstart", 100, 100);
    touch("touchmove", 100, 100 + LOADS);
    touch("touchmove", 100, 110);
    expect(pulled()).toBeNull();
    touch("touchend", 100, 110);
    expect(actions.reload).not.toHaveBeenCalled();
    draw([100, 100], [0, SHOWN + 10]);
    expect(pulled()).not.toBeNull();
    touch("touchstart", 100, 400);
    touch("touchend", 100, 400);
    expect(pulled()).toBeNull();
  });

  it.each([
    ["upwards", [0, -200]],
    ["sideways", [200, 150]],
  ] as [string, [number, number]][])("leaves a touch that goes %s to the page", (_name, by) => {
    expect(draw([100, 300], by)).toBe(false);
    expect(pulled()).toBeNull();
    expect(actions.reload).not.toHaveBeenCalled();
  });

  it("leaves a page that is scrolled down, has two fingers on it or pulls by itself alone", () => {
    Object.defineProperty(window, "scrollY", { value: 5, configurable: true });
    expect(draw([100, 100], [0, 200])).toBe(false);
    Object.defineProperty(window, "scrollY", { value: 0, configurable: true });
    touch("touchstart", 100, 100, document.body, 2);
    expect(touch("touchmove", 100, 300, document.body, 2)).toBe(false);
    touch("touchend", 100, 300);
    const style = vi.spyOn(window, "getComputedStyle").mockReturnValue({ overscrollBehaviorY: "contain" } as CSSStyleDeclaration);
    expect(draw([100, 100], [0, 200])).toBe(false);
    style.mockRestore();
    expect(pulled()).toBeNull();
  });

  it("leaves what can be scrolled up itself alone", () => {
    const list = document.body.appendChild(document.createElement("div"));
    list.scrollTop = 40;
    expect(draw([100, 100], [0, 200], list)).toBe(false);
    list.scrollTop = 0;
    expect(draw([100, 100], [0, SHOWN + 10], list)).toBe(true);
  });

  it("leaves a touch that the page uses to it", () => {
    const map = document.body.appendChild(document.createElement("div"));
    map.addEventListener("touchmove", (event) => event.preventDefault());
    draw([100, 100], [0, 200], map);
    expect(pulled()).toBeNull();
    expect(actions.reload).not.toHaveBeenCalled();
  });
});

describe("swiping", () => {
  const width = window.innerWidth;
  it.each([
    ["from the left", [EDGE, 300], [FAR, 10], -1],
    ["from the right", [width - EDGE, 300], [-FAR, 10], 1],
    ["not far enough", [EDGE, 300], [FAR - 1, 0], null],
    ["not from the edge", [EDGE + 1, 300], [FAR, 0], null],
    ["outwards", [EDGE, 300], [-EDGE, 0], null],
    ["slantwise", [EDGE, 300], [FAR, FAR], null],
  ] as [string, [number, number], [number, number], number | null][])("%s", (_name, from, by, expected) => {
    draw(from, by);
    if (expected === null) expect(go).not.toHaveBeenCalled();
    else expect(go).toHaveBeenCalledExactlyOnceWith(expected);
  });
});

describe("room for the camera", () => {
  it("is made in the bar, whenever it comes", async () => {
    const sheets: string[] = [];
    vi.stubGlobal(
      "CSSStyleSheet",
      class {
        replaceSync(text: string): void {
          sheets.push(text);
        }
      },
    );
    makeRoom(document);
    const bar = document.createElement(BAR);
    const root = bar.attachShadow({ mode: "open" });
    const own = {} as CSSStyleSheet;
    Object.assign(root, { adoptedStyleSheets: [own] });
    document.documentElement.insertBefore(bar, document.body);
    await new Promise((resolve) => setTimeout(resolve));
    expect(root.adoptedStyleSheets).toHaveLength(2);
    expect(root.adoptedStyleSheets[0]).toBe(own);
    expect(sheets).toEqual([ROOM]);
    bar.remove();
    document.documentElement.insertBefore(bar, document.body);
    await new Promise((resolve) => setTimeout(resolve));
    expect(root.adoptedStyleSheets).toHaveLength(2);
    bar.remove();
    vi.unstubAllGlobals();
  });
});
