/** Links that download: what they lead to is saved by the app, which keeps what a page has made as well. */
import { download } from "./door";
import { randomId } from "./encode";
import { hearLast } from "./last";
import type { Site } from "./site";

/** Takes over what `<a download>` would do. */
export function installDownloads(window: Window & typeof globalThis, site: Site): void {
  const blobs = rememberBlobs(window);
  const follow = (event: Event) => {
    if (event.defaultPrevented || (event as MouseEvent).button > 0) return;
    for (const place of event.composedPath()) {
      if (!isLink(place)) continue;
      if (place.hasAttribute("download") && take(place.href, place.download)) {
        event.preventDefault();
        if (!event.cancelable) withhold(place);
      }
      return;
    }
  };
  hearLast(window, "click", follow);

  /** What an event that cannot be prevented would lead to leads nowhere without its address. */
  let withheld: (() => void) | null = null;
  const withhold = (link: HTMLAnchorElement | HTMLAreaElement) => {
    const address = link.getAttribute("href") ?? "";
    link.removeAttribute("href");
    withheld = () => link.setAttribute("href", address);
  };

  // Scripts like to click on links that are in no document, where nobody else hears of it.
  const { prototype } = window.HTMLAnchorElement;
  const { click, dispatchEvent } = prototype;
  const watch = (link: HTMLAnchorElement) => link.addEventListener("click", follow, { once: true });
  prototype.click = function () {
    if (!this.isConnected) watch(this);
    click.call(this);
  };
  prototype.dispatchEvent = function (event) {
    if (event.type === "click" && !(this.isConnected && event.bubbles)) watch(this);
    try {
      return dispatchEvent.call(this, event);
    } finally {
      withheld?.();
      withheld = null;
    }
  };

  /** Whether it is the app's to save. */
  function take(address: string, name: string): boolean {
    const { protocol } = new URL(address, window.document.baseURI);
    if (protocol === "data:") void save(name, dataOf(address));
    else if (protocol === "blob:") {
      const blob = blobs(address);
      // What another frame or a worker has made is found by its address only.
      void save(name, blob ?? window.fetch(address).then((response) => response.blob()));
    } else {
      const url = site.resolve(address);
      if (url === null) return false;
      send({ url: url.href, name }, new Uint8Array());
    }
    return true;
  }

  async function save(name: string, made: Blob | Promise<Blob> | null): Promise<void> {
    try {
      const blob = await made;
      if (blob !== null) send({ name, type: blob.type }, new Uint8Array(await blob.arrayBuffer()));
    } catch (error) {
      console.warn("Holdfast could not save what this page has made.", error);
    }
  }

  function send(wanted: { url?: string; name: string; type?: string }, bytes: Uint8Array): void {
    download({ ...wanted, id: randomId(), page: site.page() }, bytes).catch(console.warn);
  }
}

/** Not by its constructor: a link that another frame has made has that of the other one. */
function isLink(place: EventTarget): place is HTMLAnchorElement | HTMLAreaElement {
  const { localName, href } = place as Partial<HTMLAnchorElement>;
  return (localName === "a" || localName === "area") && typeof href === "string";
}

/** Where the top frame has the blobs of all. */
const BLOBS = Symbol.for("holdfast-blobs");

/** The blobs that have an address. Scripts revoke it right after the click, and some pages forbid to fetch it. */
function rememberBlobs({ URL, Blob, top }: Window & typeof globalThis): (address: string) => Blob | null {
  const shared = top as unknown as { [BLOBS]?: Map<string, Blob> };
  if (shared[BLOBS] === undefined) Object.defineProperty(shared, BLOBS, { value: new Map() });
  const blobs = shared[BLOBS] as unknown as Map<string, Blob>;
  const { createObjectURL, revokeObjectURL } = URL;
  URL.createObjectURL = function (object) {
    const address = createObjectURL.call(URL, object);
    if (object instanceof Blob) blobs.set(address, object);
    return address;
  };
  URL.revokeObjectURL = function (address) {
    blobs.delete(address);
    revokeObjectURL.call(URL, address);
  };
  return (address) => blobs.get(address.split("#", 1)[0] ?? "") ?? null;
}

/** What a `data:` address holds, or null for one that holds nothing (RFC 2397). A page's policy may forbid to fetch it. */
export function dataOf(address: string): Blob | null {
  const [head, encoded] = split(address.slice("data:".length));
  if (encoded === null) return null;
  const type = head.replace(/;\s*base64\s*$/i, "");
  const text = percentDecoded(encoded.split("#", 1)[0] ?? "");
  if (type === head) return new Blob([text], { type });
  try {
    // As many arguments as a large picture has bytes no function takes.
    const decoded = atob(new TextDecoder("latin1").decode(text).replace(/\s/g, ""));
    return new Blob([Uint8Array.from(decoded, (character) => character.charCodeAt(0))], { type });
  } catch {
    return null;
  }
}

function split(text: string): [string, string | null] {
  const comma = text.indexOf(",");
  return comma < 0 ? [text, null] : [text.slice(0, comma), text.slice(comma + 1)];
}

function percentDecoded(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new TextEncoder().encode(text);
  const decoded = new Uint8Array(bytes.length);
  let length = 0;
  for (let at = 0; at < bytes.length; at++) {
    const hex = bytes[at] === 0x25 ? String.fromCharCode(bytes[at + 1] ?? 0, bytes[at + 2] ?? 0) : "";
    const isEncoded = /^[\da-f]{2}$/i.test(hex);
    decoded[length++] = isEncoded ? parseInt(hex, 16) : (bytes[at] ?? 0);
    if (isEncoded) at += 2;
  }
  return decoded.slice(0, length);
}
