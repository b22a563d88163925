import { describe, expect, test } from "vitest";
import { bytes, bytesNow, formBody, multipart, type Entry } from "../src/encode";
import { text } from "./fakes";

async function check(enctype: string, entries: Entry[], type: string, expected: string) {
  const body = formBody(entries, enctype);
  expect([body.type, text(await bytes(body.pieces))]).toEqual([type, expected]);
}

const URLENCODED = "application/x-www-form-urlencoded";

test("urlencoded forms follow the standard's serializer", async () => {
  await check(URLENCODED, [], URLENCODED, "");
  await check(URLENCODED, [["a", "b c"], ["a", "&=+%"]], URLENCODED, "a=b+c&a=%26%3D%2B%25");
  await check(URLENCODED, [["ä", "€"], ["-_.*", "~"]], URLENCODED, "%C3%A4=%E2%82%AC&-_.*=%7E");
  await check(URLENCODED, [["f", new File(["x"], "a b.txt")]], URLENCODED, "f=a+b.txt");
});

test("every kind of line break becomes CR LF", async () => {
  await check(URLENCODED, [["a\nb", "1\n2\r3\r\n4\n\r5"]], URLENCODED, "a%0D%0Ab=1%0D%0A2%0D%0A3%0D%0A4%0D%0A%0D%0A5");
  await check("text/plain", [["a\nb", "1\r2"]], "text/plain", "a\r\nb=1\r\n2\r\n");
});

test("plain text is one line a field", async () => {
  await check("TEXT/plain", [["a", "b c"], ["d", ""], ["f", new File([""], "n.txt")]], "text/plain", "a=b c\r\nd=\r\nf=n.txt\r\n");
});

test("an unknown enctype means urlencoded", async () => {
  await check("application/json", [["a", "b"]], URLENCODED, "a=b");
  await check("", [["a", "b"]], URLENCODED, "a=b");
});

describe("multipart", () => {
  async function check(entries: Entry[], expected: string[]) {
    expect(text(await bytes(multipart(entries, "B").pieces))).toBe(expected.join("\r\n"));
  }

  test("nothing but the end for no fields", () => check([], ["--B--", ""]));

  test("fields and files in order, with the types of files only", () =>
    check(
      [["a", "1"], ["f", new File(["file\nbody"], "n.txt", { type: "text/plain" })], ["a", "2"]],
      [
        "--B", 'Content-Disposition: form-data; name="a"', "", "1",
        "--B", 'Content-Disposition: form-data; name="f"; filename="n.txt"', "Content-Type: text/plain", "", "file\nbody",
        "--B", 'Content-Disposition: form-data; name="a"', "", "2",
        "--B--", "",
      ],
    ));

  test("an empty file input still sends its part", () =>
    check(
      [["f", new File([], "", { type: "application/octet-stream" })]],
      ["--B", 'Content-Disposition: form-data; name="f"; filename=""', "Content-Type: application/octet-stream", "", "", "--B--", ""],
    ));

  test("a file without a type is a stream of bytes", () =>
    check(
      [["f", new File(["x"], "n")]],
      ["--B", 'Content-Disposition: form-data; name="f"; filename="n"', "Content-Type: application/octet-stream", "", "x", "--B--", ""],
    ));

  test("names and file names are escaped, values are not", () =>
    check(
      [['a"\n\r%22', '"\n'], ["ü", new File(["x"], 'b"\nc\r\\.txt')]],
      [
        "--B", 'Content-Disposition: form-data; name="a%22%0D%0A%0D%0A%22"', "", '"\r\n',
        "--B", 'Content-Disposition: form-data; name="ü"; filename="b%22%0Ac%0D\\.txt"', "Content-Type: application/octet-stream", "", "x",
        "--B--", "",
      ],
    ));

  test("bytes of files arrive as they are", async () => {
    const every = Uint8Array.from({ length: 256 }, (_, byte) => byte);
    const whole = await bytes(multipart([["f", new File([every], "n")]], "B").pieces);
    const start = text(whole).indexOf("\r\n\r\n") + 4;
    expect([...whole.slice(start, start + 256)]).toEqual([...every]);
  });

  test("every body has a boundary of its own, and names it", () => {
    const [one, other] = [multipart([]), multipart([])];
    expect(one.type).toMatch(/^multipart\/form-data; boundary=----HoldfastFormBoundary[0-9a-f]{32}$/);
    expect(one.type).not.toBe(other.type);
    expect(one.pieces.at(-1)).toBe(`--${one.type?.split("=")[1]}--\r\n`);
  });
});

test("bytes are there at once unless a file or a stream must be read", () => {
  expect(text(bytesNow(["a", Uint8Array.of(98)])!)).toBe("ab");
  expect(bytesNow(["a", new Blob(["b"])])).toBeNull();
  expect(text(bytesNow(["a", new Blob(["b"])], () => Uint8Array.of(99))!)).toBe("ac");
});

test("a stream is read to its end, and must give bytes", async () => {
  const stream = (...chunks: unknown[]) =>
    new ReadableStream({
      start(controller) {
        for (const chunk of chunks) controller.enqueue(chunk);
        controller.close();
      },
    });
  expect(text(await bytes(["<", stream(Uint8Array.of(97), Uint8Array.of(98)), ">"]))).toBe("<ab>");
  await expect(bytes([stream("text")])).rejects.toThrow(TypeError);
});
