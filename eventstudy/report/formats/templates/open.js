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

  /* The contents name the finding that is being read. */
  function followContents() {
    const links = new Map([...document.querySelectorAll("nav a")].map((link) => [link.hash.slice(1), link]));
    const watch = new IntersectionObserver((seen) => {
      for (const { target, isIntersecting } of seen) {
        if (isIntersecting) links.get(target.id).setAttribute("aria-current", "location");
        else links.get(target.id).removeAttribute("aria-current");
      }
    }, { rootMargin: "-30% 0px -69% 0px" });
    for (const id of links.keys()) watch.observe(document.getElementById(id));
  }

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
