/** Links that name the site by its real address. */
import type { Site } from "./site";

/** Turns a link to the site's real address into one within the app when it is followed. */
export function installLinks(window: Window, site: Site): void {
  window.addEventListener("click", (event) => {
    if (event.defaultPrevented) return;
    for (const place of event.composedPath()) {
      if (!(place instanceof HTMLAnchorElement || place instanceof HTMLAreaElement)) continue;
      const moved = place.href === "" ? null : site.moved(place.href);
      if (moved !== null) place.href = moved.href;
      return;
    }
  });
}
