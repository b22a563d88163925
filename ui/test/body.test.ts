import { expect, test } from "vitest";
import { extract, holdsBlob } from "../src/body";
import { bytes } from "../src/encode";
import { text } from "./fakes";

async function check(body: unknown, type: string | null, expected: string) {
  const extracted = extract(body);
  expect([extracted?.type, text(await bytes(extracted?.pieces ?? []))]).toEqual([type, expected]);
}

test("bodies get the Content-Type of the fetch standard", async () => {
  await check("ä", "text/plain;charset=UTF-8", "ä");
  await check(12, "text/plain;charset=UTF-8", "12");
  await check(new URLSearchParams({ a: "b c" }), "application/x-www-form-urlencoded;charset=UTF-8", "a=b+c");
  await check(new Blob(["x"], { type: "image/png" }), "image/png", "x");
  await check(new Blob(["x"]), null, "x");
  await check(new TextEncoder().encode("xyz").subarray(1, 2), null, "y");
  await check(new TextEncoder().encode("xyz").buffer, null, "xyz");
  await check(new DataView(new TextEncoder().encode("xyz").buffer, 1), null, "yz");
});

test("no body is no body", () => {
  expect(extract(null)).toBeNull();
  expect(extract(undefined)).toBeNull();
});

test("bytes are those of the call, whatever the script does with its buffer later", async () => {
  const buffer = Uint8Array.of(97);
  const body = extract(buffer);
  buffer[0] = 98;
  expect(text(await bytes(body!.pieces))).toBe("a");
});

test("a form's boundary is the one announced already", async () => {
  const form = new FormData();
  form.append("a", "1");
  const announced = extract(form, "multipart/form-data; boundary=xyz");
  expect(text(await bytes(announced!.pieces))).toBe('--xyz\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--xyz--\r\n');
  expect(extract(form)!.type).toMatch(/boundary=----Holdfast/);
});

test("what the webview would crash on is recognised", () => {
  expect([new Blob([]), new File([], "n"), new FormData()].map(holdsBlob)).toEqual([true, true, true]);
  expect(["", null, undefined, new URLSearchParams(), Uint8Array.of(1)].some(holdsBlob)).toBe(false);
});
