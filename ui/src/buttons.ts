/** The submit buttons of the site's POST forms that can do nothing while offline. */

const BUTTONS = "button, input[type=submit], input[type=image]";

type SubmitButton = HTMLButtonElement | HTMLInputElement;

/** Closes submit buttons while offline, and opens exactly those again. */
export class SubmitButtons {
  /** The buttons closed here, with the title each had before. */
  readonly #closed = new Map<SubmitButton, string | null>();
  readonly #arriving: MutationObserver;
  #reason = "";

  /** `sends`: whether pressing that button would send something to the site that cannot wait. */
  constructor(
    private readonly document: Document,
    private readonly sends: (form: HTMLFormElement, submitter: SubmitButton) => boolean,
  ) {
    this.#arriving = new MutationObserver((records) => {
      for (const { target, addedNodes } of records) {
        // A script of the page that begins late may open its button.
        this.#close(target as SubmitButton);
        for (const node of addedNodes) if (node instanceof Element) this.#closeWithin(node);
      }
    });
  }

  /** Closes the buttons there are and those that arrive, saying why. */
  close(reason: string): void {
    this.#arriving.observe(this.document, { childList: true, subtree: true, attributeFilter: ["disabled"] });
    this.#reason = reason;
    this.#closeWithin(this.document.documentElement);
  }

  /** Opens the buttons closed here; others stay as the site wants them. */
  open(): void {
    this.#arriving.disconnect();
    for (const [button, title] of this.#closed) {
      button.disabled = false;
      button.ariaDisabled = null;
      if (title === null) button.removeAttribute("title");
      else button.title = title;
    }
    this.#closed.clear();
  }

  #closeWithin(root: Element): void {
    this.#close(root as SubmitButton);
    for (const button of root.querySelectorAll<SubmitButton>(BUTTONS)) this.#close(button);
  }

  /** Closes it if it is one. */
  #close(button: SubmitButton): void {
    const isSubmit = button.type === "submit" || button.type === "image";
    if (!isSubmit || button.disabled || button.form === null || !this.sends(button.form, button)) return;
    if (!this.#closed.has(button)) this.#closed.set(button, button.getAttribute("title"));
    button.disabled = true;
    button.ariaDisabled = "true";
    button.title = this.#reason;
  }
}
