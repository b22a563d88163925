/** The control that saves the page, as a part of its own. */
import { openControl } from "./control";
import { bring } from "./parts";

bring("saving", openControl);
