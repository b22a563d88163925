/** The window that shows what the device holds. */
import { openDoor } from "./library/door";
import { Library } from "./library/frame";
import { LibrarySpeech } from "./library/speech";

const { documentElement: root, body } = document;
// The app writes the system's language there.
const tag = root.lang;
const speech = new LibrarySpeech(tag);
root.lang = speech.language;
document.title = speech.say("library");
const library = new Library();
library.door = openDoor();
library.language = tag;
body.append(library);
