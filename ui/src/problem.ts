/** The window that is shown when the site cannot be opened. */
import { show, type Matter, type Problem } from "./problems";

/** The page's first script holds it; the app puts the values there. */
declare const holdfast: { problems: Problem[]; matter: Matter; language: string };

show(document, holdfast.problems, holdfast.language, holdfast.matter);
