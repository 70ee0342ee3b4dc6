/* A run's page, live: lines come by a stream, what stands above them is fetched anew when it has changed. */

import { become, load } from "./dom.js";
import "./keys.js";
import { fillNames, remember, remembered } from "./page.js";
import { setClock, show } from "./times.js";
import { hasTurn, onTurn } from "./turns.js";

const BEAT_EVERY = 15000;
const AGAIN_AT_MOST = 10000;
const LINES_AT_MOST = 2000;
const WORDS_SHOWN = 400;
const DECISIONS = "decisions and people";
const LOOK_EVERY = 10000;
const LOOK_HIDDEN_EVERY = 30000;
const LOOK_LASTS = 700;

const page = document.getElementById("run").dataset;
const lines = document.getElementById("lines");
const endOfLines = document.getElementById("now-line");
const sign = document.getElementById("connection");
const looking = document.getElementById("looking");
const browser = remembered("browser") || crypto.getRandomValues(new Uint32Array(3)).join("-");
remember("browser", browser);
let seen = Number(document.getElementById("now").dataset.seen);
let heard = Date.now();
let failures = 0;
let over = page.over === "1";
let source = null;
let waiting = [];
let refreshing = false;
let next = null;
let nextAt = 0;
let looks = null;

/** Open the stream. A page that only looks for a moment does not count as somebody who is looking. */
function connect() {
  source?.close();
  heard = Date.now();
  const viewer = hasTurn() ? { browser, name: remembered("name") } : {};
  source = new EventSource(`/runs/${page.run}/live?${new URLSearchParams({ after: seen, ...viewer })}`);
  source.onopen = found;
  source.onmessage = take;
  source.addEventListener("beat", found);
  source.addEventListener("words", hear);
  source.addEventListener("viewers", ({ data }) => showOthers(JSON.parse(data)));
  source.addEventListener("end", end);
  source.onerror = lost;
}

/** Who else has this run's page open. */
function showOthers(text) {
  looking.hidden = !text;
  looking.textContent = text;
}

/** A page without its turn holds no stream: it looks for what is new from time to time, for a moment. */
function rest() {
  source?.close();
  source = null;
  if (over) return;
  say("resting", "Looks every few seconds while you use other pages");
  clearTimeout(looks);
  const wait = document.hidden ? LOOK_HIDDEN_EVERY : LOOK_EVERY;
  looks = setTimeout(look, wait * (0.7 + 0.6 * Math.random()));
}

function look() {
  if (over || hasTurn()) return;
  connect();
  const done = () => hasTurn() || rest();
  source.addEventListener("open", () => setTimeout(done, LOOK_LASTS));
  looks = setTimeout(done, 10 * LOOK_LASTS);
}

onTurn((mine) => {
  clearTimeout(looks);
  if (over) return;
  if (mine) connect();
  else rest();
});

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
  if (hasTurn()) say("live", "Live");
}

function lost() {
  if (over || !source) return;
  if (sign.className !== "lost") {
    const since = new Date().toTimeString().slice(0, 8);
    say("lost", `Connection lost at ${since} (your clock). What you see may be old. Trying again.`);
  }
  if (source.readyState === EventSource.CLOSED) {
    failures += 1;
    setTimeout(() => (hasTurn() ? connect() : rest()), Math.min(AGAIN_AT_MOST, 500 * 2 ** failures));
  }
}

function end() {
  over = true;
  source?.close();
  clearTimeout(looks);
  say("over", "The run is over.");
  refresh();
}

function say(state, text) {
  sign.hidden = false;
  if (state !== "live") showOthers("");
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
  if (told.panels) refreshIn((told.topic === DECISIONS ? 100 : 700) * (1 + Math.random()));
}

/** Refresh after a while, or earlier where that is wanted already. */
function refreshIn(wait) {
  const at = Date.now() + wait;
  if (next && nextAt <= at) return;
  clearTimeout(next);
  next = setTimeout(refresh, wait);
  nextAt = at;
}

/** Put the lines that have come since the last time on the page, all at once. */
function flush() {
  const follows = lines.scrollHeight - lines.scrollTop - lines.clientHeight < 40;
  for (const told of waiting) {
    count(told.work);
    if (page.older !== "0") continue;
    if (told.heading) begin(told);
    if (isWanted(told)) append(told);
  }
  setClock(waiting[waiting.length - 1].at);
  waiting = [];
  prune();
  if (follows) lines.scrollTop = lines.scrollHeight;
}

/** Whether a line is to be shown: a detail only where details are, and only what was searched for. */
function isWanted(told) {
  if (told.detail && page.everything !== "1" && !page.topic) return false;
  if (page.who && page.who !== told.who) return false;
  if (page.topic && page.topic !== told.topic) return false;
  return `${told.who} ${told.what}`.toLowerCase().includes(page.q.toLowerCase());
}

/** A step begins: what comes now stands under its heading. */
function begin(told) {
  const group = copy("step");
  group.id = `step-${told.group}`;
  group.querySelector("h3").textContent = told.heading;
  lines.insertBefore(group, endOfLines);
}

function append(told) {
  const groups = lines.querySelectorAll("details.step");
  const group = groups[groups.length - 1];
  if (!group) return;
  const row = line(told);
  show(row);
  group.querySelector("ol").append(row);
  const rows = group.querySelectorAll("li").length;
  group.querySelector("small").textContent = `${rows} line${rows === 1 ? "" : "s"}`;
}

function prune() {
  let rows = lines.querySelectorAll("li").length;
  while (rows > LINES_AT_MOST) {
    const first = lines.querySelector("li");
    const group = first.closest("details");
    first.remove();
    if (!group.querySelector("li")) group.remove();
    rows -= 1;
  }
}

function line(told) {
  const row = copy("line");
  row.className = told.tone;
  row.id = `e-${told.ref}`;
  row.querySelector(".at").href = `/runs/${page.run}/events/${told.ref}`;
  row.querySelector("time").dateTime = told.at;
  for (const part of ["mark", "who", "what"]) row.querySelector(`.${part}`).textContent = told[part];
  return row;
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
  next = null;
  if (refreshing) {
    refreshIn(500);
    return;
  }
  refreshing = true;
  try {
    const fresh = (await load(`/runs/${page.run}/now`)).getElementById("now");
    setClock(fresh.dataset.now);
    show(fresh);
    become(document.getElementById("now"), fresh);
    fillNames(document);
    mark();
  } catch {
    refreshIn(2000);
  } finally {
    refreshing = false;
  }
}

/** The tab says what fails, and whether somebody has to decide. */
function mark() {
  const asked = document.querySelector("#questions .question") ? "? " : "";
  const said = document.querySelector("#standing h1").textContent.trim().replace(/\s+/g, " ");
  document.title = `${asked}${said} - Warroom`;
}

async function older(event) {
  event.preventDefault();
  const link = event.currentTarget;
  const fetched = await load(link.href);
  const further = fetched.getElementById("older");
  const before = lines.scrollHeight;
  const groups = [...fetched.querySelectorAll("#lines details.step")];
  for (const group of groups.reverse()) {
    show(group);
    const same = document.getElementById(group.id);
    if (same) same.querySelector("ol").prepend(...[...group.querySelectorAll("li")].map((row) => document.adoptNode(row)));
    else lines.prepend(document.adoptNode(group));
  }
  lines.scrollTop += lines.scrollHeight - before;
  if (further) link.href = further.getAttribute("href");
  else link.remove();
}

document.addEventListener("input", ({ target }) => {
  const form = target.closest("form.question");
  if (form) form.dataset.kept = "typed";
});
document.getElementById("jump").addEventListener("click", (event) => {
  event.preventDefault();
  const groups = lines.querySelectorAll("details.step");
  if (groups.length) groups[groups.length - 1].open = true;
  lines.scrollIntoView({ block: "end" });
  lines.scrollTop = lines.scrollHeight;
});
document.getElementById("older")?.addEventListener("click", older);
addEventListener("online", () => over || !hasTurn() || connect());
setInterval(() => {
  if (!over && hasTurn() && Date.now() - heard > 2.5 * BEAT_EVERY) {
    lost();
    connect();
  }
}, BEAT_EVERY / 3);
lines.classList.add("follows");
if (!location.hash) lines.scrollTop = lines.scrollHeight;
mark();
if (!over && hasTurn()) connect();
else if (!over) rest();
