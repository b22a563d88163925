/**
 * Request bodies, as bytes.
 *
 * A body with a Blob or a File in it crashes WebKitGTK when it meets a custom
 * scheme, so bodies are put together here and travel as bytes.
 */

/** A piece of a body: text (to be UTF-8), bytes, or something that still has to be read. */
export type Piece = string | Uint8Array | Blob | ReadableStream<Uint8Array>;

/** A body and the Content-Type that goes with it. */
export interface Body {
  pieces: Piece[];
  type: string | null;
}

/** A name and a value of a form, in the form's order. */
export type Entry = [name: string, value: string | File];

/** The body of a form with this `enctype`; any other value means `application/x-www-form-urlencoded`. */
export function formBody(entries: Iterable<Entry>, enctype: string): Body {
  switch (enctype.toLowerCase()) {
    case "multipart/form-data":
      return multipart(entries);
    case "text/plain":
      return { pieces: [plainText(entries)], type: "text/plain" };
    default:
      return { pieces: [urlencoded(entries)], type: "application/x-www-form-urlencoded" };
  }
}

/** "The application/x-www-form-urlencoded serializer" (URL §5.2) */
function urlencoded(entries: Iterable<Entry>): string {
  return new URLSearchParams(pairs(entries)).toString();
}

/** "The text/plain encoding algorithm" (HTML §4.10.22.9) */
function plainText(entries: Iterable<Entry>): string {
  return pairs(entries)
    .map(([name, value]) => `${name}=${value}\r\n`)
    .join("");
}

/** "Converting an entry list to a list of name-value pairs" (HTML §4.10.22.6) */
function pairs(entries: Iterable<Entry>): [string, string][] {
  return Array.from(entries, ([name, value]) => [lines(name), lines(typeof value === "string" ? value : value.name)]);
}

/** "The multipart/form-data encoding algorithm" (HTML §4.10.22.8) */
export function multipart(entries: Iterable<Entry>, boundary = newBoundary()): Body {
  const pieces: Piece[] = [];
  for (const [name, value] of entries) {
    const head = `--${boundary}\r\nContent-Disposition: form-data; name="${escaped(lines(name))}"`;
    if (typeof value === "string") {
      // "The parts […] that correspond to non-file fields must not have a `Content-Type` header specified."
      pieces.push(`${head}\r\n\r\n${lines(value)}\r\n`);
    } else {
      const type = value.type === "" ? "application/octet-stream" : value.type;
      pieces.push(`${head}; filename="${escaped(value.name)}"\r\nContent-Type: ${type}\r\n\r\n`, value, "\r\n");
    }
  }
  pieces.push(`--${boundary}--\r\n`);
  return { pieces, type: `multipart/form-data; boundary=${boundary}` };
}

/**
 * "Replace every occurrence of U+000D (CR) not followed by U+000A (LF), and
 * every occurrence of U+000A (LF) not preceded by U+000D (CR) […] by a string
 * consisting of a U+000D (CR) and U+000A (LF)."
 */
function lines(text: string): string {
  return text.replace(/\r\n?|\n/g, "\r\n");
}

/** "[…] escaped by replacing any 0x0A (LF) bytes with the byte sequence `%0A`, 0x0D (CR) with `%0D` and 0x22 (") with `%22`." */
function escaped(text: string): string {
  return text.replace(/[\n\r"]/g, (character) => (character === '"' ? "%22" : character === "\r" ? "%0D" : "%0A"));
}

function newBoundary(): string {
  return `----HoldfastFormBoundary${randomId()}`;
}

/** 128 random bits in hexadecimal digits. */
export function randomId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** All pieces in one, or null if one of them must be waited for. */
export function bytesNow(pieces: readonly Piece[], read?: (blob: Blob) => Uint8Array): Uint8Array | null {
  const chunks: Uint8Array[] = [];
  for (const piece of pieces) {
    if (typeof piece === "string") chunks.push(new TextEncoder().encode(piece));
    else if (ArrayBuffer.isView(piece)) chunks.push(piece);
    else if (read !== undefined && "arrayBuffer" in piece) chunks.push(read(piece));
    else return null;
  }
  return joined(chunks);
}

/** All pieces in one. Rejects when a file cannot be read any more. */
export async function bytes(pieces: readonly Piece[]): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for (const piece of pieces) {
    if (typeof piece === "string") chunks.push(new TextEncoder().encode(piece));
    else if (ArrayBuffer.isView(piece)) chunks.push(piece);
    else if ("arrayBuffer" in piece) chunks.push(new Uint8Array(await piece.arrayBuffer()));
    else await drain(piece, chunks);
  }
  return joined(chunks);
}

async function drain(stream: ReadableStream<Uint8Array>, chunks: Uint8Array[]): Promise<void> {
  const reader = stream.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    // "If chunk is not a Uint8Array object, then […] a TypeError" (Fetch §2.2.4, "incrementally read a body")
    if (!ArrayBuffer.isView(value)) throw new TypeError("A body's stream must give bytes.");
    chunks.push(value);
  }
}

function joined(chunks: readonly Uint8Array[]): Uint8Array {
  const [first] = chunks;
  if (chunks.length === 1 && first !== undefined) return first;
  const whole = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}
