/** The places of the Library, in the order of the way to them. */
import { html, type TemplateResult } from "lit";
import type { Choosable, Settings, Shelves } from "../app-types";
import "./activity";
import type { Door } from "./door";
import type { Later } from "./later";
import "./saved";
import "./settings";
import type { LibrarySpeech } from "./speech";
import "./storage";
import "./waiting";
import type { LibraryWord } from "./words";

/** What the places draw from. */
export interface Holdings {
  door: Door;
  speech: LibrarySpeech;
  shelves: Shelves;
  /** Where the copies of saved pages are, with `{key}` for which. */
  copies: string | null;
  /** `null` if they cannot be read. */
  settings: Choosable | null;
  /** Has the app keep something of them; rejects if it cannot. */
  change(part: Partial<Settings>): Promise<void>;
  /** Asks for them once more. */
  read(): Promise<void>;
  later: Later;
}

/** One place of the Library. */
export interface Place {
  name: LibraryWord;
  /** For those that see, beside the name. */
  sign: string;
  draw(holdings: Holdings): TemplateResult;
}

export const PLACES: readonly Place[] = [
  {
    name: "saved",
    sign: "↓",
    draw: ({ door, speech, shelves, copies, later }) =>
      html`<holdfast-saved
        .door=${door}
        .speech=${speech}
        .shelves=${shelves}
        .copies=${copies}
        .later=${later}
        .targets=${later.targets}
      ></holdfast-saved>`,
  },
  {
    name: "waiting",
    sign: "⇡",
    draw: ({ door, speech, shelves }) =>
      html`<holdfast-waiting .door=${door} .speech=${speech} .shelves=${shelves}></holdfast-waiting>`,
  },
  {
    name: "storage",
    sign: "◔",
    draw: ({ door, speech, later }) =>
      html`<holdfast-storage .door=${door} .speech=${speech} .later=${later} .targets=${later.targets}></holdfast-storage>`,
  },
  {
    name: "activity",
    sign: "≡",
    draw: ({ door, speech }) => html`<holdfast-activity .door=${door} .speech=${speech}></holdfast-activity>`,
  },
  {
    name: "settings",
    sign: "⚙",
    draw: ({ door, speech, settings, change, read }) =>
      html`<holdfast-settings .door=${door} .speech=${speech} .settings=${settings} .change=${change} .read=${read}></holdfast-settings>`,
  },
];
