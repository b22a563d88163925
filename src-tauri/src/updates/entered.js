// Whether anything is entered on this page that is not as the page came. Runs in the window,
// where the app asks for it; what it says last is the answer.
(() => {
  const differs = (field) => {
    if (field instanceof field.ownerDocument.defaultView.HTMLSelectElement) {
      const options = [...field.options];
      const isAsItCame = (option) => option.selected === option.defaultSelected;
      if (field.multiple || options.some((option) => option.defaultSelected)) return !options.every(isAsItCame);
      // Nothing is chosen by the page: then the first that can be is.
      const first = options.find((option) => !option.disabled);
      return field.selectedIndex > 0 && options[field.selectedIndex] !== first;
    }
    if (["hidden", "submit", "button", "image", "reset"].includes(field.type)) return false;
    if (field.type === "file") return field.files.length > 0;
    if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked;
    return field.value !== field.defaultValue;
  };
  // What is written freely says nothing of how it came.
  const isWritten = (place) => place.isContentEditable && place.textContent.trim() !== "";
  const isEnteredIn = (root) =>
    [...root.querySelectorAll("input, textarea, select")].some(differs) ||
    [...root.querySelectorAll("[contenteditable]")].some(isWritten);
  // The page and what its elements have of their own, without what the app has put there.
  const rootsOf = (root) => [root, ...[...root.querySelectorAll("*")].flatMap(ownOf)];
  const ownOf = (element) =>
    element.shadowRoot === null || element.localName.startsWith("holdfast-") ? [] : rootsOf(element.shadowRoot);
  const isEntered = (view) => {
    let page;
    try {
      page = view.document;
    } catch {
      // A frame of elsewhere, which the app does not load.
      return false;
    }
    return rootsOf(page).some(isEnteredIn) || Array.from({ length: view.length }, (_, at) => view[at]).some(isEntered);
  };
  return isEntered(window);
})();
