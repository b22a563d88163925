/**
 * What a `Request` was made of.
 *
 * A Request built from a FormData or a Blob cannot give its bytes back in every
 * webview, so the body is remembered where it is still known.
 */
import { extract, holdsBlob } from "./body";
import type { Body } from "./encode";

/** Gives the body of a Request; null where the Request itself knows it. */
export type Recall = (request: Request) => Body | null;

/** The part of a window or a worker that this needs. */
interface Realm {
  Request: typeof Request;
}

/** Puts a Request constructor in place that remembers bodies, and gives the way to recall them. */
export function rememberBodies(realm: Realm): Recall {
  const Native = realm.Request;
  const known = new WeakMap<Request, Body>();
  const carry = (from: unknown, to: Request) => {
    const body = known.get(from as Request);
    if (body !== undefined) known.set(to, body);
  };

  const clone = Native.prototype.clone;
  Native.prototype.clone = function (this: Request): Request {
    const copy = clone.call(this);
    carry(this, copy);
    return copy;
  };

  realm.Request = new Proxy(Native, {
    construct(target, args: [RequestInfo | URL, RequestInit?], newTarget): Request {
      const request = Reflect.construct(target, args, newTarget) as Request;
      const body = args[1]?.body ?? null;
      if (body === null) carry(args[0], request);
      else if (holdsBlob(body)) known.set(request, extract(body, request.headers.get("Content-Type"))!);
      return request;
    },
  });
  Native.prototype.constructor = realm.Request;
  return (request) => known.get(request) ?? null;
}
