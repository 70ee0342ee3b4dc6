/* A run's page, live: lines come by a stream, what stands above them is fetched anew when it has changed. */

import "./page.js";
import { become, load } from "./dom.js";
import { setClock, show } from "./times.js";

const BEAT_EVERY = 15000;
const AGAIN_AT_MOST = 10000;
const LINES_AT_MOST = 2000;
const WORDS_SHOWN = 400;

const page = document.getElementById("run").dataset;
const lines = document.getElementById("lines");
const sign = document.getElementById("connection");
let seen = Number(document.getElementById("now").dataset.seen);
let heard = Date.now();
let failures = 0;
let over = page.over === "1";
let source = null;
let waiting = [];
let refreshing = false;
let wanted = false;

function connect() {
  source?.close();
  heard = Date.now();
  source = new EventSource(`/runs/${page.run}/live?after=${seen}`);
  source.onopen = found;
  source.onmessage = take;
  source.addEventListener("beat", found);
  source.addEventListener("words", hear);
  source.addEventListener("end", end);
  source.onerror = lost;
}

/** What a model is saying stands in its role's lane until the duty is done; the whole answer is an event. */
function hear({ data }) {
  const { role, duty, text } = JSON.parse(data);
  const place = document.querySelector(`.work.busy[data-duty="${CSS.escape(`${role}/${duty}`)}"] .saying`);
  if (!place) return;
  place.dataset.kept = "words";
  place.textContent = (place.textContent + text).slice(-WORDS_SHOWN);
}

function found() {
  heard = Date.now();
  failures = 0;
  say("live", "Live");
}

function lost() {
  if (over) return;
  if (sign.className !== "lost") {
    const since = new Date().toTimeString().slice(0, 8);
    say("lost", `Connection lost at ${since} (your clock). What you see may be old. Trying again.`);
  }
  if (source.readyState === EventSource.CLOSED) {
    failures += 1;
    setTimeout(connect, Math.min(AGAIN_AT_MOST, 500 * 2 ** failures));
  }
}

function end() {
  over = true;
  source.close();
  say("over", "The run is over.");
  refresh();
}

function say(state, text) {
  sign.hidden = false;
  if (sign.className === state) return;
  sign.className = state;
  sign.textContent = text;
}

function take(message) {
  const told = JSON.parse(message.data);
  found();
  if (told.seq <= seen) return;
  seen = told.seq;
  if (waiting.length === 0) setTimeout(flush, 50);
  waiting.push(told);
  if (told.panels && !wanted) {
    wanted = true;
    setTimeout(refresh, 700 + Math.random() * 600);
  }
}

/** Put the lines that have come since the last time on the page, all at once. */
function flush() {
  const follows = lines.scrollHeight - lines.scrollTop - lines.clientHeight < 40;
  const fresh = document.createDocumentFragment();
  for (const told of waiting) {
    count(told.work);
    if (page.older === "0" && (page.everything === "1" || !told.detail)) fresh.append(...rows(told));
  }
  setClock(waiting[waiting.length - 1].at);
  waiting = [];
  show(fresh);
  lines.append(fresh);
  while (lines.childElementCount > LINES_AT_MOST) lines.firstElementChild.remove();
  if (follows) lines.scrollTop = lines.scrollHeight;
}

function rows(told) {
  const row = copy("line");
  row.className = told.tone;
  row.id = `e-${told.ref}`;
  row.querySelector(".at").href = `/runs/${page.run}/events/${told.ref}`;
  row.querySelector("time").dateTime = told.at;
  for (const part of ["mark", "who", "what"]) row.querySelector(`.${part}`).textContent = told[part];
  if (!told.heading) return [row];
  const heading = copy("heading");
  heading.querySelector("h3").textContent = told.heading;
  return [heading, row];
}

function copy(name) {
  return document.getElementById(name).content.firstElementChild.cloneNode(true);
}

function count(work) {
  const place = work && document.getElementById(`work-${work.ref}`);
  if (!place) return;
  place.querySelector(".calls").textContent = work.calls ? `· ${work.answered} of ${work.calls} tool calls answered` : "";
  if (place.classList.contains("busy")) place.querySelector(".asks").textContent = work.asks ? `asks ${work.asks}` : "";
}

/** Fetch what stands above the lines. One at a time; what came meanwhile is fetched after it. */
async function refresh() {
  wanted = false;
  if (refreshing) {
    wanted = true;
    setTimeout(refresh, 500);
    return;
  }
  refreshing = true;
  try {
    const fresh = (await load(`/runs/${page.run}/now`)).getElementById("now");
    setClock(fresh.dataset.now);
    show(fresh);
    become(document.getElementById("now"), fresh);
    mark();
  } catch {
    wanted = true;
    setTimeout(refresh, 2000);
  } finally {
    refreshing = false;
  }
}

/** The tab says whether somebody has to decide. */
function mark() {
  const asked = document.querySelector("#questions .question");
  document.title = `${asked ? "? " : ""}${document.title.replace(/^\? /, "")}`;
}

async function older(event) {
  event.preventDefault();
  const link = event.currentTarget;
  const fetched = await load(link.href);
  const rest = fetched.getElementById("older");
  const before = lines.scrollHeight;
  const fresh = document.createDocumentFragment();
  fresh.append(...[...fetched.querySelectorAll("#lines > li")].map((row) => document.adoptNode(row)));
  show(fresh);
  lines.prepend(fresh);
  lines.scrollTop += lines.scrollHeight - before;
  if (rest) link.href = rest.getAttribute("href");
  else link.remove();
}

document.addEventListener("input", ({ target }) => {
  const form = target.closest("form.question");
  if (form) form.dataset.kept = "typed";
});
document.getElementById("older")?.addEventListener("click", older);
addEventListener("online", () => over || connect());
setInterval(() => {
  if (!over && Date.now() - heard > 2.5 * BEAT_EVERY) {
    lost();
    connect();
  }
}, BEAT_EVERY / 3);
lines.classList.add("follows");
if (!location.hash) lines.scrollTop = lines.scrollHeight;
mark();
if (!over) connect();
