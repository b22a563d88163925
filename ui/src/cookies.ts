/**
 * `document.cookie`, with the cookies in the app's own jar.
 *
 * The webview keeps no cookies for the app's origin: there `document.cookie` is
 * always empty and setting it does nothing.
 */
import type { Door } from "./door";
import type { Facts } from "./facts";
import type { Site } from "./site";

/** Tells the page which cookies a response changed; percent-encoded. */
const CHANGED = "Holdfast-Cookies";

/** An answer of the jar that gets lost must not hold up the page's requests for ever. */
const WRITE_LIMIT_MS = 3_000;

/** The cookies of one page that scripts may see. */
export class Cookies {
  #known: string | null = null;
  #writes: Promise<void> | null = null;
  #turn = 0;

  constructor(
    private readonly facts: Facts,
    private readonly door: Door,
    private readonly site: Site,
  ) {}

  get(): string {
    return this.#known ?? this.facts.get()?.cookies ?? "";
  }

  /**
   * Shows the cookie at once, as scripts expect, and then what the jar says:
   * only it knows what the site has set and what a cookie's attributes allow.
   */
  set(cookie: string): void {
    this.#known = withCookie(this.get(), cookie, pathOf(this.site), Date.now());
    this.#write(cookie);
  }

  /**
   * Asks the jar what holds now.
   *
   * A cookie with neither name nor value is no cookie ("abort these steps and
   * ignore the set-cookie-string entirely", RFC 6265bis §5.6), so setting it
   * changes nothing and gives the present value.
   */
  refresh(): void {
    this.#write("");
  }

  /** Takes over what a response says about the cookies. */
  take(header: (name: string) => string | null): void {
    const value = header(CHANGED);
    if (value !== null) this.#known = decoded(value);
  }

  /** Resolves when the jar has every cookie set so far; null when it has. */
  settled(): Promise<void> | null {
    return this.#writes;
  }

  #write(cookie: string): void {
    const turn = ++this.#turn;
    const write = async () => {
      try {
        const value = await within(WRITE_LIMIT_MS, this.door.setCookie(cookie, this.site.page()));
        if (turn === this.#turn) this.#known = value;
      } catch {
        // The jar did not take it; the next answer puts right what scripts see.
      }
    };
    // The first call goes out within this turn: the script may navigate next.
    const written = this.#writes === null ? write() : this.#writes.then(write);
    this.#writes = written.then(() => {
      if (turn === this.#turn) this.#writes = null;
    });
  }
}

async function within<T>(limitMs: number, work: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${limitMs} ms`)), limitMs);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

/** Gives `document` the cookies; documents that scripts create keep none. */
export function defineCookie(document: Document, cookies: Cookies): void {
  // The webview's CookieStore shows a jar that is always empty. Sites that find none use document.cookie.
  if (document.defaultView !== null) Reflect.deleteProperty(document.defaultView, "cookieStore");
  const native = Object.getOwnPropertyDescriptor(Document.prototype, "cookie");
  Object.defineProperty(Document.prototype, "cookie", {
    configurable: true,
    enumerable: true,
    get(this: Document): string {
      return this === document ? cookies.get() : (native?.get?.call(this) as string);
    },
    set(this: Document, cookie: string) {
      if (this === document) cookies.set(String(cookie));
      else native?.set?.call(this, cookie);
    },
  });
}

/**
 * What `document.cookie` shows after `cookie` was set on a page at `path`.
 *
 * Follows RFC 6265bis §5.6 as far as a page can: it does not know the paths and
 * domains of the cookies it sees.
 */
export function withCookie(current: string, cookie: string, path: string, now: number): string {
  if (/[\0-\x08\n-\x1f\x7f]/.test(cookie)) return current;
  const [pair = "", ...attributes] = cookie.split(";");
  const [name, value] = split(pair);
  if (name === "" && value === "") return current;
  if (name.length + value.length > 4096) return current;

  let maxAge: number | null = null;
  let expires: number | null = null;
  for (const attribute of attributes) {
    const [key, setting] = attribute.includes("=") ? split(attribute) : [attribute.trim(), ""];
    switch (key.toLowerCase()) {
      case "httponly":
        return current;
      case "max-age":
        if (/^-?\d+$/.test(setting)) maxAge = Number(setting);
        break;
      case "expires":
        expires = Date.parse(setting);
        break;
      case "path":
        if (setting.startsWith("/") && !matches(path, setting)) return current;
        break;
    }
  }
  // "If a cookie has both the Max-Age and the Expires attribute, the Max-Age attribute has precedence" (§4.1.2.2)
  const gone = maxAge === null ? expires !== null && expires <= now : maxAge <= 0;
  return replaced(current, name, gone ? null : value);
}

function replaced(current: string, name: string, value: string | null): string {
  const shown = value === null ? [] : [name === "" ? value : `${name}=${value}`];
  const others = current === "" ? [] : current.split("; ");
  const at = others.findIndex((other) => split(other)[0] === name);
  if (at < 0) others.push(...shown);
  else others.splice(at, 1, ...shown);
  return others.join("; ");
}

/** "If the name-value-pair string lacks a %x3D ("=") character, then the name string is empty" (§5.6) */
function split(pair: string): [name: string, value: string] {
  const at = pair.indexOf("=");
  return at < 0 ? ["", pair.trim()] : [pair.slice(0, at).trim(), pair.slice(at + 1).trim()];
}

/** "path-match" of RFC 6265bis §5.1.4. */
function matches(path: string, cookiePath: string): boolean {
  if (path === cookiePath) return true;
  return path.startsWith(cookiePath) && (cookiePath.endsWith("/") || path[cookiePath.length] === "/");
}

function pathOf(site: Site): string {
  return new URL(site.page()).pathname;
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
