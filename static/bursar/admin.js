// The admin's search boxes draw their own input beside the hidden select and leave it without a name.
// Give it the words of the field's label, for people who hear the page instead of seeing it.
(() => {
  const name = (select) => {
    const label = select.labels?.[0]?.textContent.trim() || select.getAttribute("aria-label");
    const drawn = select.nextElementSibling?.querySelector(".select2-selection");
    if (!label || !drawn) return;
    // Where several can be chosen, the box itself is typed into.
    drawn.querySelector(".select2-search__field")?.setAttribute("aria-label", label.replace(/\s*[*:]\s*$/, ""));
    const shown = drawn.querySelector(".select2-selection__rendered");
    drawn.removeAttribute("aria-labelledby");
    drawn.setAttribute("aria-label", label.replace(/\s*[*:]\s*$/, ""));
    if (shown?.getAttribute("role")) shown.setAttribute("aria-label", `${label}: chosen`);
  };
  const nameAll = () => document.querySelectorAll("select.select2-hidden-accessible").forEach(name);
  window.addEventListener("load", () => {
    nameAll();
    // Rows added to a table later are drawn later.
    new MutationObserver(nameAll).observe(document.body, { childList: true, subtree: true });
  });
})();

// A menu closes as menus do: by Escape, which gives the focus back, and by pressing elsewhere.
(() => {
  const open = () => document.querySelectorAll("details.bursar-menu[open]");
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    open().forEach((menu) => {
      menu.open = false;
      menu.querySelector("summary").focus();
    });
  });
  document.addEventListener("click", (event) => {
    open().forEach((menu) => {
      if (!menu.contains(event.target)) menu.open = false;
    });
  });
})();

// What is wider than the page begins where it matters, such as a timeline at this year.
window.addEventListener("load", () => {
  document.querySelectorAll("[data-scroll-to]").forEach((box) => {
    box.scrollLeft = Number(box.dataset.scrollTo);
  });
});

// As cards on a phone, lists name each value by its column's words, which come without a capital.
window.addEventListener("DOMContentLoaded", () => {
  document.querySelectorAll("#result_list [data-label]").forEach((cell) => {
    cell.dataset.label = cell.dataset.label.charAt(0).toUpperCase() + cell.dataset.label.slice(1);
  });
});

// The theme shows the page once its own script has run, which is too late for the browser's autofocus.
window.addEventListener("load", () => {
  const first = document.querySelector("[autofocus]");
  if (document.activeElement === document.body) first?.focus();
});
