import type { Door } from "./door";

/** The keys and mouse buttons that browsers have for going back, forward and loading anew, and the app's own. */

/** Acts on them where the site does not. `save` begins to save the page, and says whether it may be saved. */
export function installKeys(window: Window, door: Pick<Door, "pastTheStore" | "openLibrary">, save: () => boolean): void {
  const { document, history, location } = window;
  window.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || !event.isTrusted) return;
    const act = actionOf(event, isEditing(document.activeElement));
    if (act === null || (act === "save" && !save())) return;
    event.preventDefault();
    if (act === "reload") location.reload();
    // Without an answer it is still a reload.
    else if (act === "hard-reload") void door.pastTheStore().finally(() => location.reload());
    else if (act === "library") void door.openLibrary();
    else if (act !== "save") history.go(act);
  });
  window.addEventListener("mouseup", ({ button, defaultPrevented }) => {
    if (defaultPrevented || (button !== 3 && button !== 4)) return;
    history.go(button === 3 ? -1 : 1);
  });
}

type Keys = Pick<KeyboardEvent, "key" | "altKey" | "ctrlKey" | "metaKey" | "shiftKey">;

/** What a key does: load anew, do so past everything that is stored, open the Library, save the page, or go this many pages. */
export function actionOf(
  { key, altKey, ctrlKey, metaKey, shiftKey }: Keys,
  isEditing: boolean,
): "reload" | "hard-reload" | "library" | "save" | number | null {
  const only = { alt: altKey && !ctrlKey && !metaKey, command: (ctrlKey || metaKey) && !altKey };
  if (key === "F5" && !altKey && !metaKey) return ctrlKey || shiftKey ? "hard-reload" : "reload";
  if (only.command && key.toLowerCase() === "r") return shiftKey ? "hard-reload" : "reload";
  if (shiftKey) return null;
  if (only.command && key.toLowerCase() === "l") return "library";
  if (only.command && key.toLowerCase() === "s") return "save";
  if (metaKey && only.command && key === "[") return -1;
  if (metaKey && only.command && key === "]") return 1;
  // On a Mac the arrows with Option move through a text.
  if (only.alt && !isEditing && key === "ArrowLeft") return -1;
  if (only.alt && !isEditing && key === "ArrowRight") return 1;
  return null;
}

function isEditing(element: Element | null): boolean {
  return element !== null && (element.matches("input, textarea, select") || (element as HTMLElement).isContentEditable);
}
