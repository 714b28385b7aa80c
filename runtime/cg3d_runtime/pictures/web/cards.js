
const views = watched(View);

const redrawAll = () => views.forEach((view) => view.redraw());
byHeight.addEventListener("change", redrawAll);

document.getElementById("filter").addEventListener("input", (event) => {
  const wanted = event.target.value.toLowerCase();
  for (const card of document.querySelectorAll(".card")) {
    const text = [...card.querySelectorAll("h2, .answer, th")].map((element) => element.textContent).join("\n");
    card.hidden = !text.toLowerCase().includes(wanted);
  }
});
