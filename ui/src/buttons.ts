/** The submit buttons of the site's POST forms that can do nothing while offline. */

const BUTTONS = "button, input[type=submit], input[type=image]";

type SubmitButton = HTMLButtonElement | HTMLInputElement;

/** Closes submit buttons while offline, and opens exactly those again. */
export class SubmitButtons {
  /** The buttons closed here, with the title each had before. */
  readonly #closed = new Map<SubmitButton, string | null>();
  readonly #arriving: MutationObserver;
  #reason: string | null = null;

  /** `sends`: whether pressing that button would send something to the site that cannot wait. */
  constructor(
    private readonly document: Document,
    private readonly sends: (form: HTMLFormElement, submitter: SubmitButton) => boolean,
  ) {
    this.#arriving = new MutationObserver((records) => {
      for (const { addedNodes } of records) {
        for (const node of addedNodes) if (node instanceof Element) this.#closeWithin(node);
      }
    });
  }

  /** Closes the buttons there are and those that arrive, saying why. */
  close(reason: string): void {
    if (this.#reason === null) this.#arriving.observe(this.document, { childList: true, subtree: true });
    this.#reason = reason;
    this.#closeWithin(this.document.documentElement);
  }

  /** Opens the buttons closed here; others stay as the site wants them. */
  open(): void {
    this.#arriving.disconnect();
    this.#reason = null;
    for (const [button, title] of this.#closed) {
      button.disabled = false;
      button.removeAttribute("aria-disabled");
      if (title === null) button.removeAttribute("title");
      else button.title = title;
    }
    this.#closed.clear();
  }

  #closeWithin(root: Element): void {
    if (root.matches(BUTTONS)) this.#close(root as SubmitButton);
    for (const button of root.querySelectorAll<SubmitButton>(BUTTONS)) this.#close(button);
  }

  #close(button: SubmitButton): void {
    const isSubmit = button.type === "submit" || button.type === "image";
    if (!isSubmit || button.disabled || button.form === null || !this.sends(button.form, button)) return;
    this.#closed.set(button, button.getAttribute("title"));
    button.disabled = true;
    button.setAttribute("aria-disabled", "true");
    button.title = this.#reason ?? "";
  }
}
