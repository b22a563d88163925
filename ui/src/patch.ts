/** What changes an open page into its newer version, as a part of its own. */
import { patch } from "./morph";
import { bring } from "./parts";

bring("patch", patch);
