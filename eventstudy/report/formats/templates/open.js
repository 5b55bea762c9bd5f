(() => {
  "use strict";
  const root = document.documentElement;
  const KEY = "eventstudy-theme";

  /* A choice of light or dark is kept where the browser lets a page keep something. */
  const kept = () => { try { return localStorage.getItem(KEY); } catch { return null; } };
  const keep = (name) => { try { localStorage.setItem(KEY, name); } catch { /* not kept */ } };
  const prefersDark = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (root.dataset.theme || (prefersDark.matches ? "dark" : "light")) === "dark";
  const first = kept();
  if (first === "light" || first === "dark") root.dataset.theme = first;

  function themeButton() {
    const button = document.getElementById("theme");
    const say = () => { button.textContent = isDark() ? "Light mode" : "Dark mode"; };
    button.addEventListener("click", () => {
      root.dataset.theme = isDark() ? "light" : "dark";
      keep(root.dataset.theme);
      say();
    });
    prefersDark.addEventListener("change", say);
    say();
    button.hidden = false;
  }
