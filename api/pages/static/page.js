/* Every page: times, the name that was given before, and what is copied by a press. */

import "./times.js";
import { load } from "./dom.js";
import { show } from "./times.js";

for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
    button.textContent = "Copied";
  });
}

/* Whoever gave their name once is not asked for it again on this browser. A key's own name needs none of this. */
export function remembered(what) {
  try {
    return localStorage.getItem(what) ?? "";
  } catch {
    return "";
  }
}

export function remember(what, value) {
  try {
    localStorage.setItem(what, value);
  } catch {
    /* it is forgotten with the page */
  }
}

export function fillNames(root) {
  for (const field of root.querySelectorAll("input[data-remembered]")) {
    if (!field.value) field.value = remembered("name");
  }
}

document.addEventListener("submit", ({ target }) => {
  const name = target.querySelector("input[data-remembered]")?.value;
  if (name) remember("name", name);
});
fillNames(document);

/* A duty's tool calls and results come when it is opened. */
document.addEventListener(
  "toggle",
  async ({ target }) => {
    if (!target.open || !target.dataset.src) return;
    const body = target.querySelector(".body");
    if (body.dataset.kept === "done") return;
    const done = target.classList.contains("done");
    try {
      const part = (await load(target.dataset.src)).getElementById("work");
      show(part);
      part.removeAttribute("id");
      body.replaceChildren(document.adoptNode(part));
      body.dataset.kept = done ? "done" : "meanwhile";
    } catch {
      /* the link to its own page stays */
    }
  },
  true,
);
