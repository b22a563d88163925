/** Puts what a person entered once into the form that it was entered in. */
import type { Draft } from "./app-types";

type Field = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;

/** What came of it. */
export interface Filled {
  /** The form, or null if the page has it no more. */
  form: HTMLFormElement | null;
  /** Whether everything that a person can enter had its place. */
  isWhole: boolean;
}

/** A person does not enter these; what is in them is the site's, or cannot be put there. */
const NOT_ENTERED = new Set(["hidden", "file", "password", "submit", "button", "reset", "image"]);

/** Fills in the form of `draft` once the page is there, and scrolls to it. */
export async function fillIn(document: Document, draft: Draft): Promise<Filled> {
  await parsed(document);
  const form = find(document, draft);
  if (form === null) return { form, isWhole: false };
  const waiting = new Map<string, string[]>();
  for (const [name, value] of draft.fields) waiting.set(name, [...(waiting.get(name) ?? []), value]);
  let isWhole = true;
  const byName = grouped(fieldsOf(form));
  for (const [name, fields] of byName) {
    const values = waiting.get(name) ?? [];
    for (const field of fields) put(field, values);
    if (values.length > 0) isWhole = false;
  }
  const first = fieldsOf(form)[0] ?? form;
  first.scrollIntoView?.({ block: "center" });
  return { form, isWhole };
}

/** The form that sends there and has most of the fields. */
function find(document: Document, draft: Draft): HTMLFormElement | null {
  const names = new Set(draft.fields.map(([name]) => name));
  const score = (form: HTMLFormElement) => {
    const known = Array.from(form.elements, (field) => (field as Field).name);
    return [...names].filter((name) => known.includes(name)).length;
  };
  const candidates = [...document.forms].filter((form) => form.method === "post" && sendsTo(form) === draft.action);
  candidates.sort((one, other) => score(other) - score(one));
  const [best] = candidates;
  return best !== undefined && (names.size === 0 || score(best) > 0) ? best : null;
}

/** "If action is the empty string, let action be the URL of the form document" (HTML §4.10.22.3); a field may be called `action`. */
function sendsTo(form: HTMLFormElement): string {
  const action = form.getAttribute("action") ?? "";
  const url = new URL(action === "" ? form.ownerDocument.URL : action, form.baseURI);
  return url.pathname + url.search;
}

function fieldsOf(form: HTMLFormElement): Field[] {
  const fields = Array.from(form.elements).filter((field) => field.matches("input, textarea, select")) as Field[];
  return fields.filter((field) => field.name !== "" && !NOT_ENTERED.has(field.type));
}

function grouped(fields: readonly Field[]): Map<string, Field[]> {
  const groups = new Map<string, Field[]>();
  for (const field of fields) groups.set(field.name, [...(groups.get(field.name) ?? []), field]);
  return groups;
}

/** Gives the field what is its own of `values`, and takes it out of there. */
function put(field: Field, values: string[]): void {
  const take = (value: string) => {
    const at = values.indexOf(value);
    return at >= 0 && values.splice(at, 1).length > 0;
  };
  if (field.localName === "select") {
    const { options } = field as HTMLSelectElement;
    const wanted = Array.from(options, (option) => take(option.value));
    // A list of which one must be chosen keeps its own where there is nothing to choose.
    if (!wanted.includes(true) && !(field as HTMLSelectElement).multiple) return;
    for (const [at, option] of Array.from(options).entries()) option.selected = wanted[at] ?? false;
  } else if (field.type === "radio" || field.type === "checkbox") {
    (field as HTMLInputElement).checked = take(field.value);
  } else {
    const [value] = values.splice(0, 1);
    // What was sent has the line breaks of a form, not those of a field.
    if (value !== undefined) field.value = value.replace(/\r\n/g, "\n");
  }
  // The site may want to know, as if it had been entered now.
  for (const type of ["input", "change"]) field.dispatchEvent(new Event(type, { bubbles: true }));
}

function parsed(document: Document): Promise<unknown> {
  if (document.readyState !== "loading") return Promise.resolve();
  return new Promise((resolve) => document.addEventListener("DOMContentLoaded", resolve, { once: true }));
}
