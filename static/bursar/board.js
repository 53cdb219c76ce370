// Cards of the board may be dragged from column to column. Each carries a form that does the same by keyboard and
// without this script; dropping a card fills that form in and sends it, or opens it where a word is needed first.
(() => {
  let dragged = null;

  const ask = (form) => {
    form.elements.note.required = form.elements.state.value === "declined";
  };

  const drop = (card, state) => {
    const form = card.querySelector("form");
    form.elements.state.value = state;
    ask(form);
    if (state === "declined") {
      card.querySelector("details").open = true;
      form.elements.note.focus();
      return;
    }
    form.requestSubmit();
  };

  window.addEventListener("DOMContentLoaded", () => {
    document.querySelectorAll("[data-board-card]").forEach((card) => {
      card.draggable = true;
      const form = card.querySelector("form");
      form.elements.state.addEventListener("change", () => ask(form));
      card.addEventListener("dragstart", (event) => {
        // Text in the form is selected by dragging, too.
        if (event.target !== card) return;
        dragged = card;
        card.classList.add("board-dragged");
        event.dataTransfer.effectAllowed = "move";
        event.dataTransfer.setData("text/plain", card.id);
      });
      card.addEventListener("dragend", () => {
        card.classList.remove("board-dragged");
        dragged = null;
      });
    });
    document.querySelectorAll("[data-board-column]").forEach((column) => {
      const state = column.dataset.boardColumn;
      const takes = () => dragged && dragged.dataset.boardCard !== state;
      column.addEventListener("dragover", (event) => {
        if (!takes()) return;
        event.preventDefault();
        column.classList.add("board-target");
      });
      column.addEventListener("dragleave", (event) => {
        if (!column.contains(event.relatedTarget)) column.classList.remove("board-target");
      });
      column.addEventListener("drop", (event) => {
        column.classList.remove("board-target");
        if (!takes()) return;
        event.preventDefault();
        drop(dragged, state);
      });
    });
  });
})();
