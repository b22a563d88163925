/** What the app says about a response in its headers, made true for scripts. */
import type { Cookies } from "./cookies";
import type { Site } from "./site";

/** The final address of a request whose redirects the engine followed; percent-encoded. */
const LOCATION = "Holdfast-Location";
/** Asks the engine not to follow redirects. */
export const REDIRECT = "Holdfast-Redirect";

/** Says that a script asks, although it accepts pages: only the webview knows, and it does not tell the app. */
export const DESTINATION = "Holdfast-Destination";

/** Where an answer waits that a submission announced. */
export function answerAddress(site: Site, id: string): string {
  return `${site.app}/.holdfast/answer/${id}`;
}

/** The final address that the headers name, without its fragment; null if they name none. */
export function finalAddress(site: Site, header: (name: string) => string | null): string | null {
  const location = header(LOCATION);
  if (location === null) return null;
  try {
    return withoutFragment(new URL(decodeURIComponent(location), site.app));
  } catch {
    return null;
  }
}

/** "The url getter steps are to return […] this's response's URL, serialized with exclude fragment set to true" */
export function withoutFragment(url: URL): string {
  return url.href.slice(0, url.href.length - url.hash.length);
}

/** How a script asked for a response. */
export interface Asked {
  /** The address before any redirect. */
  url: URL;
  mode: RequestRedirect;
  redirected: boolean;
}

/**
 * The response as `fetch` would give it in a browser.
 *
 * # Throws
 *
 * TypeError for a redirect that the script did not want.
 */
export function browserResponse(response: Response, asked: Asked, site: Site, cookies: Cookies): Response {
  const header = (name: string) => response.headers.get(name);
  cookies.take(header);
  if (asked.mode !== "follow" && [301, 302, 303, 307, 308].includes(response.status)) {
    if (asked.mode === "error") throw new TypeError("The request was redirected.");
    return opaqueRedirect(withoutFragment(asked.url));
  }
  const target = asked.mode === "follow" ? finalAddress(site, header) : null;
  return dressed(response, target ?? withoutFragment(asked.url), asked.redirected || target !== null);
}

/** "An opaque-redirect filtered response": status 0, no headers, no body. */
function opaqueRedirect(url: string): Response {
  return Object.defineProperties(dressed(Response.error(), url, false), { type: { value: "opaqueredirect" } });
}

/** Gives the response, and every clone of it, this address. */
function dressed(response: Response, url: string, redirected: boolean): Response {
  if (response.url === url && response.redirected === redirected) return response;
  const clone = response.clone;
  return Object.defineProperties(response, {
    url: { value: url, configurable: true },
    redirected: { value: redirected, configurable: true },
    clone: { value: () => dressed(clone.call(response), url, redirected), configurable: true },
  });
}
