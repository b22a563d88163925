/** What a page says of what waits to be sent, as a part of its own. */
import { openNotes } from "./notes";
import { bring } from "./parts";

bring("outbox", openNotes);
