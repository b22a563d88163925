/** The way of every request with a body: through a command, not through the webview's protocol. */
import type { Cookies } from "./cookies";
import type { Answer, Door, SeenForm, Submission } from "./door";
import { bytes, bytesNow, randomId, type Piece } from "./encode";
import type { Site } from "./site";

/** What the pieces of the shim share. */
export interface Context {
  readonly site: Site;
  readonly cookies: Cookies;
  submit(request: Outgoing): Promise<Answer>;
}

/** A request with a body; the rest of a {@link Submission} is the same for all. */
export interface Outgoing extends Pick<Submission, "method" | "url" | "headers" | "mode"> {
  pieces: readonly Piece[];
  form?: SeenForm | undefined;
  /** Asked once more when what had to be waited for is there. */
  isWanted?(): boolean;
}

/**
 * Sends submissions through `door`, each after the cookies that were set before it.
 *
 * The result never rejects: what goes wrong is an answer of its own.
 */
export function submitter(door: Door, site: Site, cookies: Cookies): Context["submit"] {
  return (request) => {
    const writes = cookies.settled();
    const ready = bytesNow(request.pieces);
    // Within this turn if possible: a beacon of a page that goes away has no other.
    const sent = writes === null && ready !== null ? hand(request, ready) : later(request, writes, ready);
    return sent.catch((reason: unknown) => ({ kind: "unsent", because: "refused", message: String(reason) }));
  };

  async function hand({ method, url, headers, mode, form }: Outgoing, body: Uint8Array): Promise<Answer> {
    return door.submit({ id: randomId(), method, url, headers, mode, page: site.page(), form }, body);
  }

  async function later(request: Outgoing, writes: Promise<void> | null, ready: Uint8Array | null): Promise<Answer> {
    const body = ready ?? (await bytes(request.pieces));
    await writes;
    if (request.isWanted?.() === false) throw new Error("given up");
    return hand(request, body);
  }
}
