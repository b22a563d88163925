import { onlyTouch } from "./touch";

/** How near to an edge a swipe begins, and how far it goes at least. */
export const EDGE = 24;
export const FAR = 80;

/**
 * Goes back, or forward again, when a finger is drawn in from an edge of the screen, as browsers on
 * phones do. Where the system has that gesture itself, the page never sees it.
 */
export function installSwipe(window: Window): void {
  let begun: { x: number; y: number; by: -1 | 1 } | null = null;
  window.addEventListener(
    "touchstart",
    (event) => {
      begun = null;
      const touch = onlyTouch(event);
      if (touch === null) return;
      const { clientX: x, clientY: y } = touch;
      if (x <= EDGE) begun = { x, y, by: -1 };
      else if (x >= window.innerWidth - EDGE) begun = { x, y, by: 1 };
    },
    { passive: true },
  );
  window.addEventListener("touchcancel", () => (begun = null));
  window.addEventListener("touchend", (event) => {
    const swipe = begun;
    begun = null;
    const touch = event.changedTouches[0];
    if (swipe === null || touch === undefined || event.touches.length > 0 || event.defaultPrevented) return;
    const inwards = (touch.clientX - swipe.x) * -swipe.by;
    if (inwards < FAR || Math.abs(touch.clientY - swipe.y) > inwards / 2) return;
    window.history.go(swipe.by);
  });
}
