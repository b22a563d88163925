/**
 * Which addresses are the site's, and where they are inside the app.
 *
 * The site's pages are served under the app's own origin. Absolute addresses of
 * the site that a script holds must lead there too, or they would leave the app.
 */

/** The site as the page sees it. */
export interface Site {
  /** The app's own origin, for example `polls://localhost`. */
  readonly app: string;
  /** The address inside the app, or null when `address` is not the site's. */
  resolve(address: string): URL | null;
  /** The address inside the app, if `address` names the site's real origin; else null. */
  moved(address: string): URL | null;
  /** What a browser would call the page's address. */
  page(): string;
}

/**
 * The site whose real origin is `upstream`, seen from `document`.
 *
 * Returns null where the document has no address that could be compared.
 */
export function siteOf(document: Document, upstream: string): Site | null {
  // A blank frame lives at about:blank, and resolves addresses like its parent.
  const address = () => (document.URL.startsWith("about:") ? document.baseURI : document.URL);
  const home = parse(address(), document.baseURI);
  if (home === null || home.host === "") return null;
  const app = originOf(home);
  const real = parse(upstream, app);
  const realOrigin = real === null ? null : originOf(real);

  const within = (url: URL) => new URL(url.pathname + url.search + url.hash, app);
  const moved = (text: string) => {
    const url = parse(text, document.baseURI);
    return url !== null && originOf(url) === realOrigin && realOrigin !== app ? within(url) : null;
  };
  const resolve = (text: string) => {
    const url = parse(text, document.baseURI);
    return url !== null && originOf(url) === app ? url : moved(text);
  };
  return { app, resolve, moved, page: address };
}

/** `URL.origin` is "null" for schemes that the URL standard does not know. */
function originOf(url: URL): string {
  return `${url.protocol}//${url.host}`;
}

/** The address, or null for what is none. */
export function parse(text: string, base: string): URL | null {
  try {
    return new URL(text, base);
  } catch {
    return null;
  }
}
