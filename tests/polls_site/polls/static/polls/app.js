"use strict";

const rememberedTheme = document.cookie.match(/(?:^|; )theme=(light|dark)/)?.[1];
if (rememberedTheme) {
  document.documentElement.dataset.theme = rememberedTheme;
}

document.addEventListener("DOMContentLoaded", () => {
  setUpTheme(document.getElementById("theme"));
  const results = document.querySelector(".results");
  if (results) {
    setUpRefresh(results, document.getElementById("refresh"), document.getElementById("refreshed"));
  }
});

// The buttons are hidden in the page, because without this script they do nothing.

function setUpTheme(button) {
  const root = document.documentElement;
  const show = () => {
    button.textContent = currentTheme() === "dark" ? "Light theme" : "Dark theme";
  };
  button.addEventListener("click", () => {
    const theme = currentTheme() === "dark" ? "light" : "dark";
    root.dataset.theme = theme;
    document.cookie = `theme=${theme}; path=/; max-age=31536000; samesite=lax`;
    show();
  });
  show();
  button.hidden = false;
}

function currentTheme() {
  const system = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  return document.documentElement.dataset.theme ?? system;
}

function setUpRefresh(results, button, message) {
  button.addEventListener("click", async () => {
    button.disabled = true;
    try {
      showCounts(results, await fetchCounts(results.dataset.source));
      message.textContent = `Updated at ${new Date().toLocaleTimeString()}.`;
    } catch {
      message.textContent = "The results could not be updated.";
    }
    button.disabled = false;
  });
  button.hidden = false;
}

async function fetchCounts(url) {
  const response = await fetch(url);
  if (!response.ok) {
    throw new Error(`${url}: ${response.status}`);
  }
  return response.json();
}

function showCounts(results, poll) {
  for (const choice of poll.choices) {
    const row = results.querySelector(`[data-choice="${choice.id}"]`);
    // A choice added since the page was loaded has no row yet.
    if (!row) {
      continue;
    }
    row.querySelector(".votes").textContent = `${choice.votes} vote${choice.votes === 1 ? "" : "s"}`;
    const bar = row.querySelector("progress");
    bar.max = poll.votes || 1;
    bar.value = choice.votes;
  }
}
