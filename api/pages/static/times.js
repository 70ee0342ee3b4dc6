/* Times: UTC or local, ages and countdowns by the server's clock. */

const SECOND = 1000;
const zoneName = Intl.DateTimeFormat().resolvedOptions().timeZone || "local time";
let ahead = 0;
let local = remembered() === "local";

/** A page is painted before its many times are touched. One that is hidden is not painted, and does not wait. */
function painted() {
  return new Promise((resolve) => {
    if (document.hidden) resolve();
    else requestAnimationFrame(() => setTimeout(resolve));
  });
}

function remembered() {
  try {
    return localStorage.getItem("zone");
  } catch {
    return null;
  }
}

/** Take over the server's time. */
export function setClock(text) {
  ahead = Date.parse(text) - Date.now();
}

/** Show every time, age and countdown under an element as they are now. */
export function show(root) {
  for (const time of root.querySelectorAll("time[datetime]")) dress(time);
  tick(root);
}

function tick(root) {
  const now = Date.now() + ahead;
  for (const place of root.querySelectorAll("[data-since]")) write(place, lasting(now - Date.parse(place.dataset.since)));
  for (const place of root.querySelectorAll("[data-until]")) {
    const left = Date.parse(place.dataset.until) - now;
    write(place, left > 0 ? `in ${lasting(left)}` : "now");
  }
}

function write(place, text) {
  if (place.textContent !== text) place.textContent = text;
}

function dress(time) {
  const at = new Date(time.dateTime);
  write(time, written(at, local, time.dataset.shape));
  time.title = `${written(at, !local, "full")} ${local ? "UTC" : zoneName}`;
}

function written(at, inLocal, shape) {
  const moved = inLocal ? new Date(at.getTime() - at.getTimezoneOffset() * 60 * SECOND) : at;
  const text = moved.toISOString();
  if (shape === "minute") return text.slice(11, 16);
  return shape === "clock" ? text.slice(11, 19) : `${text.slice(0, 10)} ${text.slice(11, 19)}`;
}

function lasting(milliseconds) {
  const seconds = Math.max(0, Math.round(milliseconds / SECOND));
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  if (seconds < 60) return `${seconds} s`;
  if (hours === 0) return `${minutes} min`;
  if (hours < 48) return `${hours} h ${String(minutes % 60).padStart(2, "0")} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

function nameZone(button) {
  const here = written(new Date(Date.now() + ahead), local, "clock").slice(0, 5);
  write(button, `${here} ${local ? zoneName : "UTC"}`);
  button.title = local ? "Show times in UTC" : "Show times as they are where you are";
}

const button = document.getElementById("zone");
const now = document.querySelector("[data-now]");
if (now) setClock(now.dataset.now);
await painted();
button.hidden = false;
document.getElementById("zone-plain").hidden = true;
button.addEventListener("click", () => {
  local = !local;
  try {
    localStorage.setItem("zone", local ? "local" : "utc");
  } catch {
    /* it is forgotten with the page */
  }
  nameZone(button);
  show(document);
});
show(document);
nameZone(button);
setInterval(() => {
  tick(document);
  nameZone(button);
}, SECOND);
