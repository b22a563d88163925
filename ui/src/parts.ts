/** Parts of the in-page bundle that few pages need: the app runs one in the window when a page asks. */
import type { Door } from "./door";

export type Part = "patch" | "outbox" | "saving" | "cause" | "find";

/** How long to wait for a part: the person is told otherwise then. */
const LOADING_MS = 5_000;

/** Loads a part: what it brought, or null if it does not come. */
export function loadPart<Brought>(window: Window, door: Pick<Door, "loadPart">, part: Part): Promise<Brought | null> {
  // The app runs it in the top frame; that of a frame serves its frames too.
  const top = window.top ?? window;
  return new Promise((resolve) => {
    const over = setTimeout(() => done(null), LOADING_MS);
    const arrived = (event: Event) => done((event as CustomEvent<Brought>).detail);
    const done = (brought: Brought | null) => {
      clearTimeout(over);
      top.removeEventListener(eventOf(part), arrived);
      resolve(brought);
    };
    top.addEventListener(eventOf(part), arrived);
    door.loadPart(part).catch(() => done(null));
  });
}

/** Loads a part that works within the page when it is first asked for, and again only if it did not come (null). */
export function openWhenNeeded<Page extends { window: Window }, Opened>(
  door: Pick<Door, "loadPart">,
  part: Part,
  surroundings: () => Promise<Page>,
): () => Promise<Opened | null> {
  let opened: Promise<Opened | null> | null = null;
  const open = async () => {
    const page = await surroundings();
    const brought = await loadPart<(page: Page) => Opened>(page.window, door, part);
    if (brought === null) opened = null;
    return brought && brought(page);
  };
  return () => (opened ??= open());
}

/** What a part does when it runs: it says that it is there in an event, because it cannot return anything. */
export function bring(part: Part, brought: unknown): void {
  window.dispatchEvent(new CustomEvent(eventOf(part), { detail: brought }));
}

function eventOf(part: Part): string {
  return `holdfast-${part}`;
}
