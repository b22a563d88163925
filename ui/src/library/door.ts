/**
 * The only way out of the Library: Tauri's commands.
 *
 * No other module of it talks to Tauri, so that tests can put another door in its place.
 */
import { Channel, invoke } from "@tauri-apps/api/core";
import type { Imported, KeptAnswer, Shelves } from "../app-types";

/** The commands that the Library may call, and nobody else. Each rejects if it cannot be done. */
export interface Door {
  /** What there is; from then on `listener` hears whenever that changes. */
  opened(listener: (shelves: Shelves) => void): Promise<Shelves>;
  send(key: string): Promise<void>;
  /** How many are being sent now. */
  sendAll(): Promise<number>;
  discard(key: string): Promise<void>;
  /** Opens the page of the form, filled in, in the window of the site. */
  edit(key: string): Promise<void>;
  /** Opens the page where one signs in, in the window of the site. */
  signIn(key: string): Promise<void>;
  /** What the site answered last, if it is kept. */
  answer(key: string): Promise<KeptAnswer | null>;
  /** Writes those into a file: where it is. */
  exportTo(keys: string[]): Promise<string>;
  importFrom(text: string): Promise<Imported>;
}

export function openDoor(): Door {
  return {
    opened: (listener) => invoke("library_opened", { channel: new Channel<Shelves>(listener) }),
    send: (key) => invoke("send_waiting", { key }),
    sendAll: () => invoke("send_all_waiting"),
    discard: (key) => invoke("discard_waiting", { key }),
    edit: (key) => invoke("edit_waiting", { key }),
    signIn: (key) => invoke("sign_in_for_waiting", { key }),
    answer: (key) => invoke("answer_to_waiting", { key }),
    exportTo: (keys) => invoke("export_waiting", { keys }),
    importFrom: (text) => invoke("import_waiting", { text }),
  };
}
