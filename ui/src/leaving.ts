/** What a page still sends while it goes away. */

/** Where Tauri's commands are, on any platform. */
const COMMANDS = /^(?:ipc:\/\/|https?:\/\/ipc\.)localhost\//;

/**
 * Lets commands outlive the page that gives them.
 *
 * Once a page goes away the webview drops every request that is not marked to
 * outlive it, and Tauri marks none. All that are marked may have 64 KiB
 * together, so before that none is.
 */
export function outliveThePage(realm: Window & typeof globalThis): void {
  const native = realm.fetch.bind(realm);
  let isLeaving = false;
  realm.addEventListener("pagehide", () => (isLeaving = true), { capture: true });
  realm.addEventListener("pageshow", () => (isLeaving = false), { capture: true });
  realm.fetch = (input, init) =>
    native(input, isLeaving && COMMANDS.test(String(input)) ? { ...init, keepalive: true } : init);
}
