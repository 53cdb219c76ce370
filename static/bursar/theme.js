// Light or dark: what the person chose here, else what their system prefers.
(() => {
  const system = window.matchMedia("(prefers-color-scheme: dark)");
  const chosen = () => {
    try {
      return localStorage.getItem("bursar-theme");
    } catch {
      return null; // Storage is switched off: the system decides.
    }
  };
  const show = (theme) => {
    const root = document.documentElement;
    root.dataset.switching = ""; // Colors change at once; halfway between they are unreadable.
    root.dataset.bsTheme = theme;
    getComputedStyle(root).color; // Makes the browser apply that before transitions are on again.
    setTimeout(() => delete root.dataset.switching);
  };
  const apply = () => {
    const theme = chosen() ?? (system.matches ? "dark" : "light");
    show(theme);
    for (const button of document.querySelectorAll("[data-theme-toggle]")) {
      button.hidden = false;
      button.textContent = theme === "dark" ? "Light colors" : "Dark colors";
    }
  };
  apply();
  system.addEventListener("change", apply);
  document.addEventListener("DOMContentLoaded", () => {
    apply();
    for (const button of document.querySelectorAll("[data-theme-toggle]")) {
      button.addEventListener("click", () => {
        const next = document.documentElement.dataset.bsTheme === "dark" ? "light" : "dark";
        try {
          localStorage.setItem("bursar-theme", next);
        } catch {
          show(next);
          return;
        }
        apply();
      });
    }
  });
})();
