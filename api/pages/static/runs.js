/* A page that keeps itself up to date by fetching itself anew. */

import "./page.js";
import { become, load } from "./dom.js";
import { setClock, show } from "./times.js";

const EVERY = 1000 * (document.getElementById("now").dataset.every ?? 5);

async function refresh() {
  const typing = document.activeElement?.closest("form");
  if (document.hidden || typing || new URLSearchParams(location.search).has("tell")) return;
  try {
    const fetched = await load(location.href);
    const fresh = fetched.getElementById("now");
    setClock(fresh.dataset.now);
    show(fresh);
    become(document.getElementById("now"), fresh);
    document.title = fetched.title;
    document.body.classList.remove("lost");
  } catch {
    document.body.classList.add("lost");
  }
}

setInterval(refresh, EVERY);
