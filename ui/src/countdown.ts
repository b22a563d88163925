/**
 * Says over the page of a public terminal that the session ends soon. The app runs it once a
 * second, and once more when there is nothing to say any more.
 */
import { attachShadow, button, dressing } from "./bar";
import STYLE from "./countdown.css?raw";
import { countdownWords, fill, languageFor } from "./words";

/** Put in front of this by the app. */
declare const __HOLDFAST__: { seconds: number | null; language: string };

/** The element over the page. */
const COUNTDOWN = "holdfast-countdown";

say(__HOLDFAST__.seconds, __HOLDFAST__.language);

function say(seconds: number | null, tag: string): void {
  const shown = document.querySelector(COUNTDOWN);
  if (seconds === null) return shown?.remove();
  const host = shown ?? build(tag);
  const language = languageFor(tag);
  const words = seconds === 1 ? countdownWords.second : countdownWords.seconds;
  const text = host.shadowRoot?.querySelector("p");
  if (text) text.textContent = fill(words[language], { n: seconds.toLocaleString(language) });
}

function build(tag: string): Element {
  const language = languageFor(tag);
  const host = document.createElement(COUNTDOWN);
  host.lang = language;
  const root = attachShadow.call(host, { mode: "open" });
  root.append(...dressing(document, root, STYLE));
  const box = root.appendChild(document.createElement("div"));
  box.setAttribute("role", "alertdialog");
  box.setAttribute("aria-labelledby", "said");
  const text = box.appendChild(document.createElement("p"));
  text.id = "said";
  // That it is pressed, or anything else, the app sees by itself; until it says so, it is gone.
  const stay = box.appendChild(button(document, () => host.remove()));
  stay.textContent = countdownWords.stay[language];
  document.documentElement.append(host);
  return host;
}
