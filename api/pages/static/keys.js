/* Keys: the whole run can be read and decided on without a mouse. No key decides by itself: it goes to the button. */

const dialog = document.getElementById("keys");

const KEYS = {
  "?": () => (dialog.open ? dialog.close() : dialog.showModal()),
  "/": search,
  a: () => choose("approve"),
  r: () => choose("refuse"),
  j: () => step(1),
  k: () => step(-1),
};

function choose(answer) {
  const form = document.querySelector("#questions form.question");
  const button = form?.querySelector(`button[value="${answer}"]`);
  if (!button) return;
  const name = form.querySelector('input[name="by"]');
  const place = name && !name.value ? name : button;
  place.focus({ focusVisible: true });
  place.scrollIntoView({ block: "center" });
}

function search() {
  const finder = document.getElementById("finder");
  finder.open = true;
  document.getElementById("search").focus();
}

function step(by) {
  const shown = [...document.querySelectorAll("#lines details[open] li > a.at")];
  const at = shown.indexOf(document.activeElement);
  const next = at < 0 ? shown.length - 1 : Math.min(shown.length - 1, Math.max(0, at + by));
  shown[next]?.focus({ focusVisible: true });
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (event.target.closest("input, textarea, select")) return;
  const does = KEYS[event.key];
  if (!does || (dialog.open && event.key !== "?")) return;
  event.preventDefault();
  does();
});
