/** Where fingers are. */

/** The only finger on the screen; null while there are others, or none. */
export function onlyTouch(event: TouchEvent): Touch | null {
  return event.touches.length === 1 ? (event.touches[0] ?? null) : null;
}
