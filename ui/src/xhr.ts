/**
 * `XMLHttpRequest`, for requests to the site.
 *
 * The webview's own object stays in charge of states, events and `responseType`:
 * a submission goes through the door first, and then the object is opened again
 * as a GET of the answer. What ends without an answer is told by opening and
 * aborting it, with the event renamed.
 */
import { extract, holdsBlob } from "./body";
import { answerAddress, DESTINATION, finalAddress, withoutFragment } from "./response";
import type { Context } from "./submit";

interface Realm {
  XMLHttpRequest: typeof XMLHttpRequest;
  Request: typeof Request;
}

/** One `open()` to the site, until the next. */
interface Call {
  method: string;
  url: URL;
  async: boolean;
  headers: [string, string][];
  /** `held`: sent by the script, not by the webview yet. */
  state: "opened" | "held" | "native";
  uploads: boolean;
  timer?: ReturnType<typeof setTimeout>;
  /** `loadstart` was fired when the script sent, and must not be fired again. */
  started: boolean;
  /** The event to fire instead of the webview's own `abort`. */
  ending: Ending | null;
  finalUrl: string | null;
}

type Ending = "abort" | "error" | "timeout";

/** Replaces the methods of `XMLHttpRequest` where the site is concerned. */
export function installXhr(realm: Realm, { site, cookies, submit }: Context): void {
  const proto = realm.XMLHttpRequest.prototype;
  const native = {
    open: proto.open as (this: XMLHttpRequest, ...args: unknown[]) => void,
    setRequestHeader: proto.setRequestHeader,
    send: proto.send,
    abort: proto.abort,
    responseURL: Object.getOwnPropertyDescriptor(proto, "responseURL")?.get,
  };
  const calls = new WeakMap<XMLHttpRequest, Call>();
  const heard = new WeakSet<XMLHttpRequest>();

  // Optional arguments, because the webview tells two arguments from five.
  proto.open = function (this: XMLHttpRequest, method: string, address: string | URL, ...rest: unknown[]) {
    const url = site.resolve(String(address));
    const target = url !== null && site.moved(String(address)) !== null ? url.href : address;
    native.open.call(this, method, target, ...rest);
    drop(calls.get(this));
    calls.delete(this);
    if (url === null) return;
    calls.set(this, {
      method: /^(delete|get|head|options|post|put)$/i.test(method) ? method.toUpperCase() : String(method),
      url,
      async: rest.length === 0 || Boolean(rest[0]),
      headers: [],
      state: "opened",
      uploads: false,
      started: false,
      ending: null,
      finalUrl: null,
    });
    hear(this);
  } as typeof proto.open;

  proto.setRequestHeader = function (name, value) {
    const call = calls.get(this);
    if (call?.state === "held") throw invalidState();
    native.setRequestHeader.call(this, name, value);
    call?.headers.push([name, value]);
  };

  proto.send = function (body = null) {
    const call = calls.get(this);
    if (call?.state === "held") throw invalidState();
    if (call === undefined || this.readyState !== 1) return native.send.call(this, body);
    const reads = call.method === "GET" || call.method === "HEAD";
    if (!call.async && !reads && holdsBlob(body)) {
      throw new DOMException("A synchronous request cannot send files.", "NetworkError");
    }
    const accepts = call.headers.some(([name]) => name.toLowerCase() === "accept");
    if (reads && accepts) native.setRequestHeader.call(this, DESTINATION, "data");
    const writes = cookies.settled();
    if (!call.async || (reads && writes === null)) {
      call.state = "native";
      return native.send.call(this, body);
    }
    call.state = "held";
    if (this.timeout > 0) call.timer = setTimeout(() => end(this, call, "timeout"), this.timeout);
    call.started = true;
    fire(this, "loadstart");
    if (reads) void writes?.then(() => deliver(this, call, null));
    else sendBody(this, call, body);
  };

  proto.abort = function () {
    const call = calls.get(this);
    if (call?.state === "held") end(this, call, "abort");
    else native.abort.call(this);
  };

  Object.defineProperty(proto, "responseURL", {
    configurable: true,
    enumerable: true,
    get(this: XMLHttpRequest): string {
      const url = native.responseURL?.call(this) as string;
      return url === "" ? url : (calls.get(this)?.finalUrl ?? url);
    },
  });

  function sendBody(xhr: XMLHttpRequest, call: Call, body: Document | XMLHttpRequestBodyInit | null): void {
    const { headers } = new realm.Request(call.url.href, { method: call.method, headers: call.headers });
    const extracted = extract(body, headers.get("Content-Type"));
    const declared = headers.get("Content-Type");
    if (declared === null && extracted?.type != null) headers.set("Content-Type", extracted.type);
    else if (declared !== null && isText(body)) headers.set("Content-Type", inUtf8(declared));
    const pieces = extracted?.pieces ?? [];
    if (extracted !== null) {
      call.uploads = true;
      fire(xhr.upload, "loadstart");
    }
    if (!isCurrent(xhr, call)) return;
    const isWanted = () => isCurrent(xhr, call);
    const request = { method: call.method, url: call.url.href, headers: [...headers], mode: "fetch" as const, pieces };
    void submit({ ...request, isWanted }).then((answer) => {
      if (!isCurrent(xhr, call)) return;
      if (answer.kind !== "answer") return end(xhr, call, "error");
      const size = pieces.reduce((sum, piece) => sum + sizeOf(piece), 0);
      if (call.uploads) for (const type of ["progress", "load", "loadend"]) fire(xhr.upload, type, size);
      if (!isCurrent(xhr, call)) return;
      call.finalUrl = withoutFragment(new URL(answer.url, site.app));
      deliver(xhr, call, answerAddress(site, answer.id));
    });
  }

  /** Lets the webview go on: with the request as it was opened, or with the answer's address. */
  function deliver(xhr: XMLHttpRequest, call: Call, address: string | null): void {
    if (!isCurrent(xhr, call)) return;
    clearTimeout(call.timer);
    call.state = "native";
    if (address !== null) native.open.call(xhr, "GET", address, true);
    native.send.call(xhr, null);
  }

  function end(xhr: XMLHttpRequest, call: Call, ending: Ending): void {
    if (!isCurrent(xhr, call)) return;
    clearTimeout(call.timer);
    call.state = "native";
    call.ending = ending;
    if (call.uploads) for (const type of [ending, "loadend"]) fire(xhr.upload, type);
    // An address of the app, because a policy of the page may forbid any other.
    native.open.call(xhr, "GET", answerAddress(site, "none"), true);
    native.send.call(xhr, null);
    native.abort.call(xhr);
    call.ending = null;
  }

  function isCurrent(xhr: XMLHttpRequest, call: Call): boolean {
    return calls.get(xhr) === call && call.state === "held";
  }

  function drop(call: Call | undefined): void {
    if (call !== undefined) clearTimeout(call.timer);
  }

  /** Hears the webview's events before the script does: capturing listeners come first. */
  function hear(xhr: XMLHttpRequest): void {
    if (heard.has(xhr)) return;
    heard.add(xhr);
    const first = { capture: true };
    xhr.addEventListener("readystatechange", () => received(xhr), first);
    xhr.addEventListener("loadstart", (event) => {
      const call = calls.get(xhr);
      if (call?.state === "native" && call.started) event.stopImmediatePropagation();
    }, first);
    xhr.addEventListener("abort", (event) => {
      const ending = calls.get(xhr)?.ending ?? "abort";
      if (ending === "abort") return;
      event.stopImmediatePropagation();
      fire(xhr, ending);
    }, first);
  }

  function received(xhr: XMLHttpRequest): void {
    const call = calls.get(xhr);
    if (call?.state !== "native" || xhr.readyState < 2 || call.ending !== null) return;
    const header = (name: string) => xhr.getResponseHeader(name);
    if (xhr.readyState === 2 || !call.async) cookies.take(header);
    call.finalUrl ??= finalAddress(site, header);
  }
}

function fire(target: EventTarget, type: string, size = 0): void {
  target.dispatchEvent(new ProgressEvent(type, { lengthComputable: size > 0, loaded: size, total: size }));
}

function invalidState(): DOMException {
  return new DOMException("The request was sent already.", "InvalidStateError");
}

function isText(body: unknown): boolean {
  return typeof body === "string" || (typeof body === "object" && body !== null && "documentElement" in body);
}

/** "Set all the `charset` parameters whose value is not a case-insensitive match for encoding […] to encoding" */
function inUtf8(type: string): string {
  return type.replace(/(;\s*charset=)("?)(?!utf-8\2\s*(?:;|$))[^;"]*\2/gi, "$1UTF-8");
}

function sizeOf(piece: unknown): number {
  if (typeof piece === "string") return new TextEncoder().encode(piece).length;
  return (piece as Partial<Uint8Array>).length ?? (piece as Partial<Blob>).size ?? 0;
}
