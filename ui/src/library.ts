/** The page that shows what the device holds. */
import { outliveThePage } from "./leaving";
import { openDoor } from "./library/door";
import { Library } from "./library/frame";

// What could still be taken back is done when the page is left, also without a window to close.
outliveThePage(window);

const library = new Library();
// Where it shares its window with the site, the app gives it a key, and there is a way back.
const key = document.documentElement.dataset["key"] || null;
library.door = openDoor(key);
library.hasWayBack = key !== null;
// The app writes the system's language there.
library.language = document.documentElement.lang;
library.copies = document.documentElement.dataset["copies"] ?? null;
document.body.append(library);
