/**
 * What changes an open page into its newer version, as a bundle of its own.
 *
 * Few pages need it, so the app runs it in the window when one asks. It says that
 * it is there in an event, because it cannot return anything.
 */
import { patch } from "./morph";
import { PATCH } from "./patching";

window.dispatchEvent(new CustomEvent(PATCH, { detail: patch }));
