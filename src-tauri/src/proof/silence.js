// What a page that nobody sees must not do: speak, play, ask.
(() => {
  HTMLMediaElement.prototype.play = () => Promise.reject(new DOMException("Nobody listens.", "NotAllowedError"));
  const silence = ({ target }) => {
    if (target instanceof HTMLMediaElement) target.muted = true;
  };
  window.addEventListener("loadstart", silence, { capture: true });
  window.alert = window.print = () => {};
  window.confirm = () => false;
  window.prompt = () => null;
})();
