/**
 * The prelude of workers: the app puts it in front of their scripts.
 *
 * A request whose body holds a Blob crashes WebKitGTK from a worker too. A
 * worker can read files while it waits, so their bytes are sent instead.
 */
import { extract, holdsBlob } from "./body";
import { bytesNow, type Body } from "./encode";
import { rememberBodies } from "./request";
import { withPrelude, wrap } from "./workers";

declare class FileReaderSync {
  readAsArrayBuffer(blob: Blob): ArrayBuffer;
}

const recall = rememberBodies(self);
replaceFetch();
replaceXhr();
wrap(self, "Worker", (address) => {
  const url = new URL(address, self.location.href);
  return url.protocol === self.location.protocol && url.host === self.location.host ? withPrelude(url.href) : null;
});

function replaceFetch(): void {
  const native = self.fetch.bind(self);
  self.fetch = async function fetch(input: RequestInfo | URL, init: RequestInit | undefined = undefined) {
    const source = input instanceof Request ? input : null;
    const headers = new Headers(init?.headers ?? source?.headers);
    const given = init?.body ?? null;
    const body = given === null && source !== null ? recall(source) : holdsBlob(given) ? extract(given, headers.get("Content-Type")) : null;
    if (body === null) return native(input, init);
    if (body.type !== null && !headers.has("Content-Type")) headers.set("Content-Type", body.type);
    const settings = source === null ? {} : settingsOf(source);
    return native(source?.url ?? input, { ...settings, ...init, headers, body: read(body) });
  };
}

function settingsOf(request: Request): RequestInit {
  const { method, mode, credentials, cache, redirect, referrer, referrerPolicy, integrity, keepalive, signal } = request;
  return { method, mode, credentials, cache, redirect, referrer, referrerPolicy, integrity, keepalive, signal };
}

function replaceXhr(): void {
  const proto = XMLHttpRequest.prototype;
  const { open, setRequestHeader, send } = proto;
  const typed = new WeakSet<XMLHttpRequest>();
  proto.open = function (this: XMLHttpRequest, ...args: unknown[]) {
    typed.delete(this);
    (open as (...args: unknown[]) => void).call(this, ...args);
  } as typeof open;
  proto.setRequestHeader = function (name, value) {
    setRequestHeader.call(this, name, value);
    if (name.toLowerCase() === "content-type") typed.add(this);
  };
  proto.send = function (body = null) {
    if (!holdsBlob(body)) return send.call(this, body);
    const { pieces, type } = extract(body) as Body;
    if (type !== null && !typed.has(this)) setRequestHeader.call(this, "Content-Type", type);
    return send.call(this, read({ pieces, type }));
  };
}

function read({ pieces }: Body): Uint8Array<ArrayBuffer> {
  const files = new FileReaderSync();
  return bytesNow(pieces, (blob) => new Uint8Array(files.readAsArrayBuffer(blob))) as Uint8Array<ArrayBuffer>;
}
