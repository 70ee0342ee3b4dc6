/* The document: another page's parts are fetched and put in place, without touching what a person has open or types. */

/** Fetch a page and parse it; no markup is ever made from a string here. */
export function load(address) {
  return new Promise((resolve, reject) => {
    const ask = new XMLHttpRequest();
    ask.open("GET", address);
    ask.responseType = "document";
    ask.timeout = 20000;
    ask.onload = () => (ask.status === 200 && ask.response ? resolve(ask.response) : reject(new Error(`${ask.status}`)));
    ask.onerror = ask.ontimeout = () => reject(new Error("no answer"));
    ask.send();
  });
}

/** Make an element like a fresh one. What is kept (a form in which somebody types, an opened detail) stays. */
export function become(old, fresh) {
  if (old.isEqualNode(fresh) || old.dataset?.kept) return;
  if (old.nodeType !== Node.ELEMENT_NODE) {
    old.nodeValue = fresh.nodeValue;
    return;
  }
  for (const { name } of [...old.attributes]) {
    if (!fresh.hasAttribute(name) && name !== "open") old.removeAttribute(name);
  }
  for (const { name, value } of fresh.attributes) {
    if (old.getAttribute(name) !== value && name !== "open") old.setAttribute(name, value);
  }
  children(old, fresh);
}

function children(old, fresh) {
  let place = old.firstChild;
  for (const wanted of [...fresh.childNodes]) {
    const match = counterpart(old, place, wanted);
    if (!match) {
      old.insertBefore(document.adoptNode(wanted), place);
      continue;
    }
    if (match === place) place = place.nextSibling;
    else old.insertBefore(match, place);
    become(match, wanted);
  }
  while (place) {
    const next = place.nextSibling;
    if (place.dataset?.kept) withdraw(place);
    else place.remove();
    place = next;
  }
}

function counterpart(old, place, wanted) {
  if (wanted.id) return [...old.children].find((child) => child.id === wanted.id);
  return place && place.nodeName === wanted.nodeName && !place.id ? place : null;
}

/** A form in which somebody types does not vanish under their hands. */
function withdraw(form) {
  if (form.querySelector(".gone")) return;
  const said = document.createElement("p");
  said.className = "gone notice";
  said.setAttribute("role", "alert");
  said.textContent = "This was answered or withdrawn meanwhile.";
  form.prepend(said);
  for (const button of form.querySelectorAll("button")) button.disabled = true;
}
