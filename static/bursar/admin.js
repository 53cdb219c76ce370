// The admin's search boxes draw their own input beside the hidden select and leave it without a name.
// Give it the words of the field's label, for people who hear the page instead of seeing it.
(() => {
  const name = (select) => {
    const label = select.labels?.[0]?.textContent.trim() || select.getAttribute("aria-label");
    const drawn = select.nextElementSibling?.querySelector(".select2-selection");
    if (!label || !drawn) return;
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
