/**
 * The only way out of the Library: Tauri's commands.
 *
 * No other module of it talks to Tauri, so that tests can put another door in its place.
 */
import { Channel, invoke as tauriInvoke, type InvokeArgs } from "@tauri-apps/api/core";
import type { Activity, AppVersion, Choosable, Imported, KeptAnswer, Obstacle, Settings, Shelves, StockKind, Storage } from "../app-types";

/** What can be cleared at once. */
export type Clearable = Extract<StockKind, "pages" | "images" | "other">;

/** The commands that the Library may call, and nobody else. Each rejects if it cannot be done. */
export interface Door {
  /** What there is; from then on `listener` hears whenever that changes. */
  opened(listener: (shelves: Shelves) => void): Promise<Shelves>;
  /** Says that nothing is left to do: the window, which was closed, goes. */
  left(): Promise<void>;
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
  /** Opens a saved page in the window of the site. */
  openSaved(key: string): Promise<void>;
  /** Begins to fetch a saved page anew; how that goes comes with what the listener hears. */
  refreshSaved(key: string): Promise<void>;
  /** Ends the saving or refreshing of a page; the copies it has stay. */
  cancelSaving(key: string): Promise<void>;
  removeSaved(key: string): Promise<void>;
  /** Has another copy shown, until the page is refreshed. */
  showCopy(key: string, number: number): Promise<void>;
  /** What the device holds now. */
  storage(): Promise<Storage>;
  /** Clears a kind: what the device holds then. */
  clearStored(kind: Clearable): Promise<Storage>;
  /** What has happened lately. */
  activity(): Promise<Activity>;
  /** Fetches now what is fetched by itself otherwise. */
  syncNow(): Promise<void>;
  settings(): Promise<Choosable>;
  /** Keeps them: what they are then. */
  changeSettings(settings: Settings): Promise<Choosable>;
  /** Which version the app is, and how far a newer one is. */
  updates(): Promise<AppVersion>;
  /** Looks for a newer one and fetches it: how far that is then. */
  lookForUpdate(): Promise<AppVersion>;
  /** Installs it and starts the app anew, or says what is in the way. */
  installUpdate(): Promise<Obstacle | null>;
}

/** `key` shows that a command is the Library's, where its window does not. */
export function openDoor(key: string | null): Door {
  const options = key === null ? undefined : { headers: { "holdfast-library": key } };
  const invoke = <Answer>(command: string, args?: InvokeArgs) => tauriInvoke<Answer>(command, args, options);
  return {
    opened: (listener) => invoke("library_opened", { channel: new Channel<Shelves>(listener) }),
    left: () => invoke("library_left"),
    send: (key) => invoke("send_waiting", { key }),
    sendAll: () => invoke("send_all_waiting"),
    discard: (key) => invoke("discard_waiting", { key }),
    edit: (key) => invoke("edit_waiting", { key }),
    signIn: (key) => invoke("sign_in_for_waiting", { key }),
    answer: (key) => invoke("answer_to_waiting", { key }),
    exportTo: (keys) => invoke("export_waiting", { keys }),
    importFrom: (text) => invoke("import_waiting", { text }),
    openSaved: (key) => invoke("open_saved", { key }),
    refreshSaved: (key) => invoke("refresh_saved", { key }),
    cancelSaving: (key) => invoke("cancel_saving", { key }),
    removeSaved: (key) => invoke("remove_saved", { key }),
    showCopy: (key, number) => invoke("show_copy", { key, number }),
    storage: () => invoke("storage"),
    clearStored: (kind) => invoke("clear_stored", { kind }),
    activity: () => invoke("activity"),
    syncNow: () => invoke("sync_now"),
    settings: () => invoke("settings"),
    changeSettings: (settings) => invoke("change_settings", { settings }),
    updates: () => invoke("updates"),
    lookForUpdate: () => invoke("look_for_update"),
    installUpdate: () => invoke("install_update"),
  };
}
