// Shows how far an import is, and loads the page anew when it is done. Without script people reload it.
(() => {
  const watch = (panel) => {
    const bar = panel.querySelector("progress");
    const look = async () => {
      let answer;
      try {
        answer = await fetch(panel.dataset.importProgress, { headers: { Accept: "application/json" } });
      } catch {
        setTimeout(look, 5000); // The network is away for a moment.
        return;
      }
      if (!answer.ok) return; // Signed out meanwhile: reloading the page says so.
      const { state, at_work: atWork, done, total } = await answer.json();
      if (!atWork || state !== panel.dataset.importState) {
        location.reload();
        return;
      }
      bar.max = Math.max(total, 1);
      bar.value = done;
      panel.querySelector("[data-import-done]").textContent = done;
      panel.querySelector("[data-import-total]").textContent = total;
      setTimeout(look, 1000);
    };
    setTimeout(look, 1000);
  };
  window.addEventListener("DOMContentLoaded", () => {
    document.querySelectorAll("[data-import-progress]").forEach(watch);
  });
})();
