/** Stand-ins for what is outside the Library. */
import type { Activity, AppVersion, Choosable, Imported, KeptAnswer, Obstacle, SavedPage, Settings, Shelves, Storage, Waiting } from "../../src/app-types";
import type { Clearable, Door } from "../../src/library/door";

export const NOW = Date.UTC(2026, 4, 20, 16, 5);

/** A vote for “Yes” that waits, except for `item`. */
export function vote(item: Partial<Waiting> = {}): Waiting {
  return {
    key: "1", kind: "vote", isOwn: true, choice: "Yes", title: "Is the sky blue?", state: "queued", createdAtMs: NOW - 60_000,
    nextTryAtMs: null, bytes: 1_250, hasAnswer: false, canEdit: true, canSignIn: false, ...item,
  };
}

/** A page saved an hour ago, with all it needs, except for `page`. */
export function saved(page: Partial<SavedPage> = {}): SavedPage {
  return {
    key: "s1", path: "/polls/1/", title: "Is the sky blue?", state: "complete", progress: null, savedAtMs: NOW - 3_600_000,
    bytes: 250_000, items: 12, missing: [], why: null,
    copies: [{ number: 1, savedAtMs: NOW - 3_600_000, bytes: 250_000, isShown: true }], ...page,
  };
}

export const SETTINGS: Settings = {
  language: "system", notifications: true, mutedKinds: [], quietHours: null, refreshEvery: "6h", startAtLogin: false,
  refreshesOnMetered: false, syncsOnLowBattery: false, keepsRunning: true,
};

/** A site that has news, and a system with a tray. */
export const CHOOSABLE: Choosable = {
  ...SETTINGS, quietHours: { from: "22:00", to: "07:00" }, mutedKinds: ["result"], kinds: [{ name: "poll", label: "New polls" }, { name: "result", label: "Results" }], canKeepRunning: true,
};

/** A device with room, except for `storage`. */
export function storage(storage: Partial<Storage> = {}): Storage {
  return {
    bytes: 40_000_000, quota: 100_000_000,
    kinds: [
      { kind: "saved", entries: 24, bytes: 10_000_000, isKeptSafe: true },
      { kind: "app", entries: 30, bytes: 5_000_000, isKeptSafe: true },
      { kind: "pages", entries: 100, bytes: 12_000_000, isKeptSafe: false },
      { kind: "images", entries: 200, bytes: 8_000_000, isKeptSafe: false },
      { kind: "other", entries: 9, bytes: 4_990_000, isKeptSafe: false },
      { kind: "unsent", entries: 2, bytes: 10_000, isKeptSafe: true },
    ],
    routes: [
      { route: "pages", entries: 100, bytes: 12_000_000 },
      { route: "static", entries: 209, bytes: 12_990_000 },
    ],
    isPersistent: true, evictableBytes: 24_990_000, ...storage,
  };
}

/** Nothing has happened yet, except for `activity`. */
export function activity(activity: Partial<Activity> = {}): Activity {
  return { requests: [], connection: [], syncs: [], downloads: [], install: { version: "3", isComplete: true, failure: null }, traffic: [], ...activity };
}

/** A door that answers as told and remembers what went through it. */
export class FakeDoor implements Door {
  calls: unknown[][] = [];
  /** What was only looked at. */
  looks: string[] = [];
  stored = storage();
  happened = activity();
  chosen: Choosable = { ...SETTINGS, kinds: [], canKeepRunning: false };
  app: AppVersion = { version: "1.2.3", state: "off", next: null };
  /** What it is after somebody has looked for a newer one. */
  found: AppVersion = { version: "1.2.3", state: "newest", next: null };
  obstacle: Obstacle | null = null;
  listener: (shelves: Shelves) => void = () => {};
  kept: KeptAnswer | null = { isPage: true, text: "<h1>No</h1>" };
  /** What is to fail. */
  broken: string | null = null;

  constructor(public shelves: Shelves) {}

  opened(listener: (shelves: Shelves) => void): Promise<Shelves> {
    this.listener = listener;
    return this.#do(["opened"], this.shelves);
  }
  left(): Promise<void> {
    return this.#do(["left"], undefined);
  }
  send(key: string): Promise<void> {
    return this.#do(["send", key], undefined);
  }
  sendAll(): Promise<number> {
    return this.#do(["sendAll"], 2);
  }
  discard(key: string): Promise<void> {
    return this.#do(["discard", key], undefined);
  }
  edit(key: string): Promise<void> {
    return this.#do(["edit", key], undefined);
  }
  signIn(key: string): Promise<void> {
    return this.#do(["signIn", key], undefined);
  }
  answer(key: string): Promise<KeptAnswer | null> {
    return this.#do(["answer", key], this.kept);
  }
  exportTo(keys: string[]): Promise<string> {
    return this.#do(["exportTo", ...keys], "/home/a/Downloads/Polls.holdfast");
  }
  importFrom(text: string): Promise<Imported> {
    return this.#do(["importFrom", text], { new: 1, known: 0 });
  }
  openSaved(key: string): Promise<void> {
    return this.#do(["openSaved", key], undefined);
  }
  refreshSaved(key: string): Promise<void> {
    return this.#do(["refreshSaved", key], undefined);
  }
  cancelSaving(key: string): Promise<void> {
    return this.#do(["cancelSaving", key], undefined);
  }
  removeSaved(key: string): Promise<void> {
    return this.#do(["removeSaved", key], undefined);
  }
  showCopy(key: string, number: number): Promise<void> {
    return this.#do(["showCopy", key, number], undefined);
  }
  storage(): Promise<Storage> {
    return this.#look("storage", this.stored);
  }
  clearStored(kind: Clearable): Promise<Storage> {
    const kinds = this.stored.kinds.map((stock) => (stock.kind === kind ? { ...stock, entries: 0, bytes: 0 } : stock));
    return this.#do(["clearStored", kind], { ...this.stored, kinds });
  }
  activity(): Promise<Activity> {
    return this.#look("activity", this.happened);
  }
  syncNow(): Promise<void> {
    return this.#do(["syncNow"], undefined);
  }
  settings(): Promise<Choosable> {
    return this.#look("settings", this.chosen);
  }
  changeSettings(settings: Settings): Promise<Choosable> {
    return this.#do(["changeSettings", settings], { ...this.chosen, ...settings });
  }
  updates(): Promise<AppVersion> {
    return this.#look("updates", this.app);
  }
  lookForUpdate(): Promise<AppVersion> {
    return this.#do(["lookForUpdate"], this.found);
  }
  installUpdate(): Promise<Obstacle | null> {
    return this.#do(["installUpdate"], this.obstacle);
  }

  #look<Value>(what: string, value: Value): Promise<Value> {
    this.looks.push(what);
    return what === this.broken ? Promise.reject(new Error("no")) : Promise.resolve(value);
  }

  #do<Value>(call: unknown[], value: Value): Promise<Value> {
    this.calls.push(call);
    return call[0] === this.broken ? Promise.reject(new Error("no")) : Promise.resolve(value);
  }
}
