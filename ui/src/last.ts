/** Hears an event after every listener of the page: it is put behind them whenever one comes. */
export function hearLast<Name extends keyof WindowEventMap>(window: Window, name: Name, act: (event: WindowEventMap[Name]) => void): void {
  const putLast = () => {
    window.removeEventListener(name, act);
    window.addEventListener(name, act);
  };
  window.addEventListener(name, putLast, { capture: true });
}
