/** Says for a while that the page was restarted: what was entered is gone, and nobody did that. */
import { Bar } from "./bar";
import { languageFor, pageWords, restartedWords } from "./words";

/** Put in front of this by the app. */
declare const __HOLDFAST__: { language: string };

/** How long it is said. */
const SAID_MS = 10_000;

const language = languageFor(__HOLDFAST__.language);
const label = pageWords.dismiss[language];
const bar = new Bar(document, { reload: () => window.location.reload(), dismiss: end });
const notice = { state: "restarted", text: restartedWords.restarted[language], reload: null, ages: false } as const;
bar.show(notice, [], language, label);
setTimeout(end, SAID_MS);

function end(): void {
  bar.show(null, [], language, label);
}
