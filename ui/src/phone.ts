/** What pages have on a phone beside what they have everywhere: pulling, swiping, room for the camera. */
import { openDoor } from "./door";
import { makeRoom } from "./insets";
import { installPull } from "./pull";
import { installSwipe } from "./swipe";

/** Put in front of this bundle by the app: the language that the person has chosen (BCP 47). */
declare const __HOLDFAST_LANGUAGE__: string;

/** The Library, which is shown in the same window and is no page to be loaded anew. */
const LIBRARY = /^(?:holdfast-library:|https:\/\/holdfast-library\.)/;

try {
  installSwipe(window);
  if (!LIBRARY.test(location.href)) {
    makeRoom(document);
    installPull(window, __HOLDFAST_LANGUAGE__, {
      reload: () => location.reload(),
      library: () => void openDoor()?.openLibrary(),
    });
  }
} catch (error) {
  console.warn("Holdfast could not prepare this page for a phone.", error);
}
