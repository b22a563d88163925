/** What the person saw beside what a form sends. */

/** One choice: the field's name and value, and the text that stood beside it. */
export interface Label {
  name: string;
  value: string;
  text: string;
}

/** The choices that `form` sends: radio buttons, check boxes and options that have a text. */
export function labelsOf(form: HTMLFormElement): Label[] {
  const labels: Label[] = [];
  for (const field of form.elements as Iterable<Element> & HTMLFormControlsCollection) {
    // What is disabled, by itself or by its fieldset, is not sent.
    if (field.matches(":disabled")) continue;
    const { name, options, checked, value, labels: found } = field as HTMLInputElement & HTMLSelectElement;
    const add = (chosen: string, text: string | null | undefined) => {
      const seen = (text ?? "").replace(/\s+/g, " ").trim();
      if (name !== "" && seen !== "") labels.push({ name, value: chosen, text: seen });
    };
    if (field.matches("[type=radio], [type=checkbox]")) {
      if (checked) add(value, found?.[0]?.textContent);
    } else if (field.localName === "select") {
      for (const option of options) if (option.selected && !option.disabled) add(option.value, option.text);
    }
  }
  return labels;
}
