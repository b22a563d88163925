/** Workers and event streams: constructors that take the address of something of the site. */
import type { Site } from "./site";

/** The query parameter that asks the app to put the prelude in front of a worker's script. */
const PRELUDE_PARAMETER = "holdfast-worker";

type Constructor = new (address: string | URL, ...rest: unknown[]) => object;

/** Gives another address to construct with, or null to leave it. */
type Change = (address: string) => string | null;

/** Makes workers start with the prelude, and streams of the site come through the app. */
export function installConstructors(realm: typeof globalThis, site: Site, prelude: string): void {
  const blobs = blobWorkers(realm, prelude);
  const worker: Change = (address) => {
    if (address.startsWith("blob:")) return blobs(address);
    const url = site.resolve(address);
    return url === null ? null : withPrelude(url.href);
  };
  wrap(realm, "Worker", worker);
  wrap(realm, "SharedWorker", worker);
  wrap(realm, "EventSource", (address) => site.moved(address)?.href ?? null);
}

/** `address` with the parameter, everything else as it was. */
export function withPrelude(address: string): string {
  const [page = address, ...fragment] = address.split("#");
  const query = `${page}${page.includes("?") ? "&" : "?"}${PRELUDE_PARAMETER}`;
  return [query, ...fragment].join("#");
}

/** Replaces a constructor's first argument by what `change` makes of it. */
export function wrap(realm: typeof globalThis, name: "Worker" | "SharedWorker" | "EventSource", change: Change): void {
  const native = realm[name] as unknown as Constructor | undefined;
  if (native === undefined) return;
  const proxy = new Proxy(native, {
    construct(target, [address, ...rest]: [string | URL, ...unknown[]], newTarget) {
      if (address === undefined) return Reflect.construct(target, [], newTarget) as object;
      return Reflect.construct(target, [change(String(address)) ?? address, ...rest], newTarget) as object;
    },
  });
  (native.prototype as { constructor: unknown }).constructor = proxy;
  Object.defineProperty(realm, name, { value: proxy, writable: true, configurable: true });
}

/**
 * Gives blob addresses of worker scripts another blob, with the prelude in front.
 *
 * The script's blob must be known when the worker starts: scripts like to revoke
 * its address right afterwards.
 */
function blobWorkers({ URL, Blob }: typeof globalThis, prelude: string): Change {
  const scripts = new Map<string, Blob>();
  // The same address is the same SharedWorker, so it must become the same again.
  const prepared = new Map<string, string>();
  const { createObjectURL, revokeObjectURL } = URL;

  URL.createObjectURL = function (object) {
    const address = createObjectURL.call(URL, object);
    if (object instanceof Blob) scripts.set(address, object);
    return address;
  };
  URL.revokeObjectURL = function (address) {
    scripts.delete(address);
    prepared.delete(address);
    revokeObjectURL.call(URL, address);
  };
  return (address) => {
    const script = scripts.get(address);
    if (script === undefined) return null;
    const known = prepared.get(address);
    if (known !== undefined) return known;
    const whole = createObjectURL.call(URL, new Blob([prelude, "\n", script], { type: script.type }));
    prepared.set(address, whole);
    return whole;
  };
}
