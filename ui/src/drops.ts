/** What is dropped on a page that has no place for it leads nowhere: a webview would go to a link or a file. */
import { hearLast } from "./last";

export function installDrops(window: Window & typeof globalThis): void {
  const isFree = (event: DragEvent) => {
    if (event.defaultPrevented) return false;
    const [target] = event.composedPath();
    return !(target instanceof window.Element && takesDrops(target));
  };
  hearLast(window, "dragover", (event) => {
    if (!isFree(event)) return;
    event.preventDefault();
    if (event.dataTransfer) event.dataTransfer.dropEffect = "none";
  });
  hearLast(window, "drop", (event) => {
    if (isFree(event)) event.preventDefault();
  });
}

/** Whether what is dropped there is entered. */
function takesDrops(element: Element): boolean {
  return element.matches("input, textarea") || (element as HTMLElement).isContentEditable;
}
