/** Finds words in the page, as a part of its own. */
import { openFindBar } from "./find-bar";
import { bring } from "./parts";

/** The language that the person has chosen, put in front of a part by the app. */
declare const __HOLDFAST__: { language: string };

bring("find", openFindBar(window, __HOLDFAST__.language));
