import { beforeEach, expect, test, vi } from "vitest";
import { text } from "./fakes";

/** What reached the webview: address, headers and body. */
let asked: { input: unknown; type: string | null; body: unknown; init?: RequestInit | undefined }[];

class Xhr {
  type: string | null = null;
  open(): void {
    this.type = null;
  }
  setRequestHeader(name: string, value: string): void {
    if (name.toLowerCase() === "content-type") this.type = value;
  }
  send(body: unknown = null): void {
    asked.push({ input: "xhr", type: this.type, body });
  }
}

/** Reads what {@link beforeEach} has put in, because files can be read at once in workers only. */
class Reader {
  readAsArrayBuffer(blob: Blob): ArrayBuffer {
    return new TextEncoder().encode(`<${blob.size} bytes>`).buffer as ArrayBuffer;
  }
}

let self: { fetch: typeof fetch; Request: typeof Request; Worker: unknown };

beforeEach(async () => {
  asked = [];
  const native = (input: unknown, init?: RequestInit) => {
    asked.push({ input, type: new Headers(init?.headers).get("Content-Type"), body: init?.body, init });
    return Promise.resolve(new Response());
  };
  class Worker {
    constructor(readonly address: string) {}
  }
  self = { fetch: native, Request: class extends Request {}, Worker, location: new URL("polls://localhost/js/w.js") } as never;
  vi.stubGlobal("self", self);
  vi.stubGlobal("XMLHttpRequest", class extends Xhr {});
  vi.stubGlobal("FileReaderSync", Reader);
  vi.resetModules();
  await import("../src/worker");
});

const sent = () => asked.at(-1)!;
const form = () => {
  const data = new FormData();
  data.append("f", new File(["abc"], "n.txt"));
  return data;
};

test("fetch sends the bytes of files, and everything else as it is", async () => {
  const check = async (body: BodyInit, type: string | RegExp | null, expected: string | RegExp) => {
    await self.fetch("/x", { method: "POST", body, headers: { "X-A": "1" } });
    expect(sent().body).toBeInstanceOf(Uint8Array);
    if (type === null) expect(sent().type).toBeNull();
    else expect(sent().type).toMatch(type);
    expect(text(sent().body as Uint8Array)).toMatch(expected);
    expect([sent().init?.method, new Headers(sent().init?.headers).get("X-A")]).toEqual(["POST", "1"]);
  };
  await check(new Blob(["abc"], { type: "image/png" }), /^image\/png$/, /^<3 bytes>$/);
  await check(new Blob(["abc"]), null, /^<3 bytes>$/);
  await check(form(), /^multipart\/form-data; boundary=/, /filename="n.txt"\r\nContent-Type: [^\r]+\r\n\r\n<3 bytes>\r\n/);

  const init = { method: "POST", body: "text" };
  await self.fetch("/x", init);
  expect(sent().init).toBe(init);
});

test("a Request made of files is taken apart", async () => {
  const request = new self.Request("https://polls.localhost/x", { method: "PUT", body: form(), headers: { "X-A": "1" } });
  await self.fetch(request);
  expect([sent().input, sent().init?.method]).toEqual(["https://polls.localhost/x", "PUT"]);
  const boundary = /boundary=(.+)$/.exec(sent().type!)![1];
  expect(text(sent().body as Uint8Array)).toContain(`--${boundary}--`);
});

test("XMLHttpRequest sends the bytes of files, with their type unless the script says another", () => {
  const check = (declared: string | null, body: XMLHttpRequestBodyInit, type: string | null) => {
    const xhr = new XMLHttpRequest();
    xhr.open("POST", "/x");
    if (declared !== null) xhr.setRequestHeader("Content-Type", declared);
    xhr.send(body);
    expect(sent().type).toBe(type);
  };
  check(null, new Blob(["abc"], { type: "image/png" }), "image/png");
  expect(text(sent().body as Uint8Array)).toBe("<3 bytes>");
  check("a/b", new Blob(["abc"], { type: "image/png" }), "a/b");
  check(null, new Blob(["abc"]), null);
  check(null, "text", null);
  expect(sent().body).toBe("text");
});

test("a worker's own workers of the site start with the prelude too", () => {
  const address = (given: string) => {
    const Nested = self.Worker as new (address: string) => { address: string };
    return new Nested(given).address;
  };
  expect(address("inner.js")).toBe("polls://localhost/js/inner.js?holdfast-worker");
  expect(address("https://example.org/inner.js")).toBe("https://example.org/inner.js");
});
