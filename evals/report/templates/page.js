"use strict";
// A transcript is unpacked when its run is opened: gzip of one JSON object per line.
async function unpack(name) {
  const packed = document.getElementById(name);
  if (!packed) return [];
  const bytes = Uint8Array.from(atob(packed.textContent), (letter) => letter.charCodeAt(0));
  const text = await new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).text();
  return text.split("\n").map((line) => JSON.parse(line));
}

const WORDS = ["summary", "text", "why", "detail", "status", "tool", "port", "severity", "what", "decision"];
function said(event) {
  const told = { ...event.payload, ...event.payload.report, ...event.payload.conclusion, ...event.payload.proposal, ...event.payload.question, ...event.payload.fields };
  return WORDS.filter((word) => typeof told[word] === "string").slice(0, 2).map((word) => told[word]).join(": ").slice(0, 200);
}

function line(event) {
  const row = document.createElement("details");
  const head = document.createElement("summary");
  const where = document.createElement("span");
  where.textContent = `${event.seq} ${event.at.slice(11, 19)} ${event.lane} ${event.kind} ${event.role} ${event.duty} ${event.rows.join(" ")} #${event.ref} `;
  head.append(where, said(event));
  const whole = document.createElement("pre");
  whole.textContent = JSON.stringify(event.payload, null, 1);
  row.append(head, whole);
  return row;
}

for (const run of document.querySelectorAll("details.run")) {
  run.addEventListener("toggle", async () => {
    const place = run.querySelector(".transcript");
    if (!run.open || place.childElementCount) return;
    const events = await unpack(run.dataset.run);
    place.append(...events.map(line));
  }, { once: false });
}
