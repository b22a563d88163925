import { describe, expect, it } from "vitest";
import { actionOf } from "../src/keys";

const plain = { altKey: false, ctrlKey: false, metaKey: false, shiftKey: false };

describe("keys", () => {
  it.each([
    ["F5", {}, false, "reload"],
    ["r", { ctrlKey: true }, true, "reload"],
    ["R", { metaKey: true }, false, "reload"],
    ["R", { ctrlKey: true, shiftKey: true }, false, "hard-reload"],
    ["F5", { shiftKey: true }, false, "hard-reload"],
    ["F5", { ctrlKey: true }, true, "hard-reload"],
    ["l", { ctrlKey: true }, true, "library"],
    ["l", {}, false, null],
    ["s", { ctrlKey: true }, true, "save"],
    ["S", { metaKey: true }, false, "save"],
    ["S", { ctrlKey: true, shiftKey: true }, false, null],
    ["s", {}, false, null],
    ["ArrowLeft", { altKey: true, shiftKey: true }, false, null],
    ["r", {}, false, null],
    ["ArrowLeft", { altKey: true }, false, -1],
    ["ArrowRight", { altKey: true }, false, 1],
    ["ArrowLeft", { altKey: true }, true, null],
    ["ArrowLeft", { altKey: true, ctrlKey: true }, false, null],
    ["[", { metaKey: true }, false, -1],
    ["]", { metaKey: true }, true, 1],
    ["[", { ctrlKey: true }, false, null],
  ] as const)("%s with %o while editing: %s does %s", (key, modifiers, isEditing, expected) => {
    expect(actionOf({ ...plain, ...modifiers, key }, isEditing)).toBe(expected);
  });
});
