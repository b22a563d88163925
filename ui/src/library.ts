/** The window that shows what the device holds. */
import { openDoor } from "./library/door";
import { Library } from "./library/frame";

const library = new Library();
library.door = openDoor();
// The app writes the system's language there.
library.language = document.documentElement.lang;
library.copies = document.documentElement.dataset["copies"] ?? null;
document.body.append(library);
