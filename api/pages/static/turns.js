/* Whose turn it is. A browser opens few connections to one server, and every stream holds one: of all its pages only
   those that were used last keep theirs, and no page that is hidden. The others look from time to time. */

const STREAMS_AT_ONCE = 2;
const page = crypto.getRandomValues(new Uint32Array(2)).join("-");
const others = new Map();
const listeners = [];
const channel = "BroadcastChannel" in self ? new BroadcastChannel("warroom-streams") : null;
let used = Date.now();
let had = null;

/** Whether this page may keep a stream open. */
export function hasTurn() {
  const later = [...others.values()].filter((at) => at > used).length;
  return !document.hidden && later < STREAMS_AT_ONCE;
}

/** Call back whenever the turn comes or goes. */
export function onTurn(call) {
  listeners.push(call);
}

function settle() {
  if (had === hasTurn()) return;
  had = hasTurn();
  for (const call of listeners) call(had);
}

function use() {
  const isNewest = [...others.values()].every((at) => at <= used);
  if (document.hidden || (isNewest && had)) return;
  used = Date.now();
  channel?.postMessage({ page, used });
  settle();
}

function leave() {
  channel?.postMessage({ page, used: 0 });
}

if (channel) {
  channel.onmessage = ({ data }) => {
    if (data.used) others.set(data.page, data.used);
    else others.delete(data.page);
    settle();
  };
  if (!document.hidden) channel.postMessage({ page, used });
}
had = hasTurn();
for (const sign of ["pointerdown", "keydown", "focus"]) addEventListener(sign, use, true);
addEventListener("pagehide", leave);
addEventListener("pageshow", ({ persisted }) => {
  if (persisted) channel?.postMessage({ page, used });
});
document.addEventListener("visibilitychange", () => {
  if (document.hidden) leave();
  else use();
  settle();
});
