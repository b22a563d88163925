/** The window that is shown when the site profile cannot be read. */
import { show, type Problem } from "./problems";

/** The page's first script holds it; the app puts the values there. */
declare const holdfast: { problems: Problem[]; language: string };

show(document, holdfast.problems, holdfast.language);
