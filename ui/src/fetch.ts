/** `fetch`, for requests to the site. */
import { className, extract } from "./body";
import type { Body } from "./encode";
import type { Recall } from "./request";
import { answerAddress, browserResponse, DESTINATION, REDIRECT } from "./response";
import type { Context } from "./submit";

interface Realm {
  fetch: typeof fetch;
  Request: typeof Request;
}

/**
 * Replaces `fetch`: reading goes to the webview, everything else to the door.
 *
 * Requests to other sites are left alone.
 */
export function installFetch(realm: Realm, { site, cookies, submit }: Context, recall: Recall): void {
  const native = realm.fetch.bind(realm);
  const { Request } = realm;

  // A default argument, because fetch.length is 1.
  realm.fetch = async function fetch(input: RequestInfo | URL, init: RequestInit | undefined = undefined) {
    const source = className(input) === "Request" ? (input as Request) : null;
    const url = site.resolve(source?.url ?? String(input));
    if (url === null) return native(input, init);
    const method = normalized(init?.method ?? source?.method ?? "GET");
    const mode = init?.redirect ?? source?.redirect ?? "follow";
    if (method === "GET" || method === "HEAD") return read(input, init, source, url, mode);
    return send(init, source, url, method, mode);
  };

  async function read(
    input: RequestInfo | URL,
    init: RequestInit | undefined,
    source: Request | null,
    url: URL,
    mode: RequestRedirect,
  ): Promise<Response> {
    const writes = cookies.settled();
    if (writes !== null) await writes;
    const moved = site.moved(source?.url ?? String(input)) !== null;
    const accepts = new Headers(init?.headers ?? source?.headers).has("Accept");
    const response = await (moved || accepts || mode !== "follow" ? native(rebuilt(source, init, url, mode)) : native(input, init));
    return browserResponse(response, { url, mode, redirected: response.redirected }, site, cookies);
  }

  function rebuilt(source: Request | null, init: RequestInit | undefined, url: URL, mode: RequestRedirect): Request {
    const base = source === null ? url.href : new Request(url.href, source);
    const request = new Request(base, init);
    request.headers.set(DESTINATION, "data");
    if (mode !== "follow") request.headers.set(REDIRECT, mode);
    return request;
  }

  async function send(
    init: RequestInit | undefined,
    source: Request | null,
    url: URL,
    method: string,
    mode: RequestRedirect,
  ): Promise<Response> {
    const signal = init?.signal === undefined ? source?.signal : init.signal;
    signal?.throwIfAborted();
    // The webview's own Request checks the method and drops headers that scripts may not set.
    const { headers } = new Request(url.href, { method, headers: init?.headers ?? source?.headers });
    const body = await bodyOf(init, source, headers.get("Content-Type"));
    signal?.throwIfAborted();
    if (body?.type != null && !headers.has("Content-Type")) headers.set("Content-Type", body.type);
    if (mode !== "follow") headers.set(REDIRECT, mode);

    const isWanted = () => signal?.aborted !== true;
    const pieces = body?.pieces ?? [];
    const submitted = submit({ method, url: url.href, headers: [...headers], mode: "fetch", pieces, isWanted });
    const answer = await unlessAborted(signal, submitted);
    if (answer.kind === "unsent") throw new TypeError(answer.message);
    if (answer.kind !== "answer") throw new TypeError("The request was redirected.");
    const response = await native(answerAddress(site, answer.id), { signal });
    const asked = { url: new URL(answer.url, site.app), mode, redirected: answer.redirected };
    return browserResponse(response, asked, site, cookies);
  }

  async function bodyOf(init: RequestInit | undefined, source: Request | null, type: string | null): Promise<Body | null> {
    const given = extract(init?.body, type);
    if (given !== null || source === null) return given;
    if (source.bodyUsed) throw new TypeError("The request's body was used already.");
    return recall(source) ?? { pieces: [new Uint8Array(await source.arrayBuffer())], type: null };
  }
}

/** "To normalize a method, if it is a byte-case-insensitive match for […], byte-uppercase it" (Fetch §2.2.1) */
function normalized(method: string): string {
  const upper = method.toUpperCase();
  return ["DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"].includes(upper) ? upper : method;
}

/** Rejects as soon as the script gives up; what is under way may still arrive. */
function unlessAborted<T>(signal: AbortSignal | null | undefined, work: Promise<T>): Promise<T> {
  if (!signal) return work;
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason as Error);
    signal.addEventListener("abort", abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}
