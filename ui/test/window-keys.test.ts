// @vitest-environment jsdom
import { expect, test } from "vitest";
import { dataOf } from "../src/downloads";
import { actionOf } from "../src/keys";
import { windowActOf } from "../src/window-keys";

const none = { altKey: false, ctrlKey: false, metaKey: false, shiftKey: false };

test("keys do with the window what they do in browsers", () => {
  const check = (key: string, held: string[], expected: string | null) => {
    const keys = { key, ...none, ...Object.fromEntries(held.map((name) => [`${name}Key`, true])) };
    expect(windowActOf(keys), `${held.join("+")} ${key}`).toBe(expected);
    // No key has two meanings.
    if (expected !== null) expect(actionOf(keys, false)).toBe(null);
  };
  check("+", ["ctrl"], "zoom-in");
  check("+", ["ctrl", "shift"], "zoom-in");
  check("=", ["meta"], "zoom-in");
  check("-", ["ctrl"], "zoom-out");
  check("0", ["ctrl"], "zoom-reset");
  check("0", ["ctrl", "alt"], null);
  check("+", [], null);
  check("f", ["ctrl"], "find");
  check("F", ["ctrl"], "find");
  check("f", ["ctrl", "shift"], null);
  check("f", [], null);
  check("F3", [], "find-next");
  check("F3", ["shift"], "find-previous");
  check("g", ["meta"], "find-next");
  check("G", ["ctrl", "shift"], "find-previous");
  check("p", ["ctrl"], "print");
  check("p", ["ctrl", "alt"], null);
  check("w", ["ctrl"], "close");
  check("F11", [], "full-screen");
  check("F11", ["ctrl"], null);
  check("Home", ["alt"], "home");
  check("Home", [], null);
  check("h", ["meta", "shift"], "home");
});

test("a data address holds what it says", async () => {
  const check = async (address: string, type: string, bytes: number[] | null) => {
    const blob = dataOf(address);
    expect(blob && [...new Uint8Array(await blob.arrayBuffer())], address).toEqual(bytes);
    if (blob !== null) expect(blob.type).toBe(type);
  };
  await check("data:text/plain,a%20b%", "text/plain", [97, 32, 98, 37]);
  await check("data:,%ff%0g#rest", "", [255, 37, 48, 103]);
  await check("data:image/png;base64,AAEC", "image/png", [0, 1, 2]);
  await check("data:text/plain;charset=utf-8;BASE64,%41A%3D%3D", "text/plain;charset=utf-8", [0]);
  await check("data:;base64,A A\nEC", "", [0, 1, 2]);
  await check("data:;base64,?", "", null);
  await check("data:nothing", "", null);
});
