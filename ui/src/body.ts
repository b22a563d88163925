/** What a script hands to `fetch`, `send` or `sendBeacon`, as a body. */
import { multipart, type Body, type Entry } from "./encode";

/**
 * "Extract a body" (Fetch §2.2.5), or null for no body.
 *
 * Objects are told apart by their class string, not by `instanceof`, because a
 * frame may hand over an object of its parent.
 *
 * `declared` is the Content-Type that the script or the webview has set already.
 */
export function extract(body: unknown, declared: string | null = null): Body | null {
  if (body === null || body === undefined) return null;
  if (ArrayBuffer.isView(body)) return buffer(body.buffer, body.byteOffset, body.byteLength);
  switch (className(body)) {
    case "Blob":
    case "File":
      return { pieces: [body as Blob], type: (body as Blob).type || null };
    case "ArrayBuffer":
    case "SharedArrayBuffer":
      return buffer(body as ArrayBuffer, 0, (body as ArrayBuffer).byteLength);
    case "FormData":
      return multipart((body as FormData).entries() as Iterable<Entry>, boundaryOf(declared));
    case "URLSearchParams":
      return { pieces: [String(body)], type: "application/x-www-form-urlencoded;charset=UTF-8" };
    case "ReadableStream":
      return { pieces: [body as ReadableStream<Uint8Array>], type: null };
    case "Document":
    case "HTMLDocument":
    case "XMLDocument":
      return markup(body as Document);
    default:
      return { pieces: [String(body)], type: "text/plain;charset=UTF-8" };
  }
}

/** Whether the webview would crash on this body. */
export function holdsBlob(body: unknown): boolean {
  return ["Blob", "File", "FormData"].includes(className(body));
}

export function className(value: unknown): string {
  return Object.prototype.toString.call(value).slice(8, -1);
}

/** A copy: "a copy of the bytes held by object", which the script may change later. */
function buffer(source: ArrayBufferLike, offset: number, length: number): Body {
  return { pieces: [new Uint8Array(source, offset, length).slice()], type: null };
}

/** "[Serialize] body, […] converted, and UTF-8 encoded" (XHR §3.5.6) */
function markup(source: Document): Body {
  const xml = new XMLSerializer();
  if (source.contentType !== "text/html") {
    return { pieces: [xml.serializeToString(source)], type: "application/xml;charset=UTF-8" };
  }
  const nodes = Array.from(source.childNodes, (node) =>
    node === source.documentElement ? source.documentElement.outerHTML : xml.serializeToString(node),
  );
  return { pieces: nodes, type: "text/html;charset=UTF-8" };
}

/** A `Request` announces the boundary before its body is put together. */
function boundaryOf(type: string | null): string | undefined {
  return type === null ? undefined : /^multipart\/form-data;.*boundary="?([^\s;"]+)/i.exec(type)?.[1];
}
