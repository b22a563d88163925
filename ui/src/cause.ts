/** Says why the site cannot be reached, as a part of its own. */
import { explain } from "./explain";
import { bring } from "./parts";

bring("cause", () => explain);
