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
  const isEntered = (view) => {
    let page;
    try {
      page = view.document;
    } catch {
      // A frame of elsewhere, which the app does not load.
      return false;
    }
    const fields = [...page.querySelectorAll("input, textarea, select")];
    return fields.some(differs) || Array.from({ length: view.length }, (_, at) => view[at]).some(isEntered);
  };
  return isEntered(window);
})();
