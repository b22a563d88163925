/** What the person did to the fields of a page, and how to find them in another version of it. */

export type Field = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;

const FIELDS = "input, textarea, select";

/** Every field of `root`, with a key that is the same in every version of the page. */
export function fieldsOf(root: ParentNode): Map<string, Field> {
  const fields = new Map<string, Field>();
  for (const field of root.querySelectorAll<Field>(FIELDS)) {
    const choice = isChoice(field) ? field.getAttribute("value") : null;
    const form = field.form?.getAttribute("action") ?? "";
    const key = JSON.stringify([form, field.localName, field.type, field.name, choice ?? ""]);
    let count = 0;
    while (fields.has(`${key}${count}`)) count++;
    fields.set(`${key}${count}`, field);
  }
  return fields;
}

/** Whether the person (or a script) changed what the site sent. */
export function isChanged(field: Field): boolean {
  if (isSelect(field)) return [...field.options].some((option) => option.selected !== isDefault(field, option));
  if (isChoice(field)) return field.checked !== field.defaultChecked;
  if (isFile(field)) return (field.files?.length ?? 0) > 0;
  // Of those, the value is what the site sent.
  if (["hidden", "submit", "button", "reset", "image"].includes(field.type)) return false;
  return field.value !== sanitized(field);
}

/** The fields whose state hangs on that of `field`: of radio buttons, one is chosen. */
export function groupOf(field: Field, all: Iterable<Field>): Field[] {
  if (field.type !== "radio" || field.name === "") return [field];
  return [...all].filter((other) => other.type === "radio" && other.name === field.name && other.form === field.form);
}

/** Puts back what the person entered, should anything have changed it. */
export function keeper(field: Field): () => void {
  if (isSelect(field)) {
    const chosen = new Set([...field.selectedOptions].map((option) => option.value));
    return () => {
      for (const option of field.options) {
        const wanted = chosen.has(option.value);
        if (option.selected !== wanted) option.selected = wanted;
      }
    };
  }
  if (isChoice(field)) {
    const { checked } = field;
    return () => {
      if (field.checked !== checked) field.checked = checked;
    };
  }
  if (isFile(field)) return () => {};
  const { value } = field;
  return () => {
    if (field.value !== value) field.value = value;
  };
}

/** The attributes that hold what the person entered. The value of a choice says which one it is. */
export function entered(field: Field): readonly string[] {
  return isSelect(field) ? [] : isChoice(field) ? ["checked"] : ["value"];
}

function isChoice(field: Field): field is HTMLInputElement {
  return field.type === "radio" || field.type === "checkbox";
}

function isFile(field: Field): field is HTMLInputElement {
  return field.type === "file";
}

function isSelect(field: Field): field is HTMLSelectElement {
  return field.localName === "select";
}

/** A list of which one entry is always chosen begins with the first that can be. */
function isDefault(select: HTMLSelectElement, option: HTMLOptionElement): boolean {
  if (select.multiple || select.size > 1) return option.defaultSelected;
  const options = [...select.options];
  const wanted = options.filter((other) => other.defaultSelected).at(-1);
  return option === (wanted ?? options.find((other) => !other.disabled));
}

/** What the field made of the value that the site sent: a date that is none is empty. */
function sanitized(field: HTMLInputElement | HTMLTextAreaElement): string {
  const copy = field.cloneNode(true) as HTMLInputElement | HTMLTextAreaElement;
  copy.value = field.defaultValue;
  return copy.value;
}
