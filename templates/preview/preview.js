"use strict";

// The page works without this: every choice is a link. Here the links change the
// frame in place, so that nothing jumps, and the frame grows to its e-mail.

const frame = document.getElementById("email");

function fit() {
  const height = frame.contentDocument?.documentElement?.offsetHeight;
  if (height) frame.height = height;
}

// The frame may not run, open or navigate anything, so its links are followed here.
function follow(event) {
  const link = event.target.closest?.("a[href]");
  if (!link || link.getAttribute("href").startsWith("#")) return;
  event.preventDefault();
  if (/^https?:$/.test(link.protocol)) window.open(link.href, "_blank", "noopener,noreferrer");
}

const growth = new ResizeObserver(fit);

function settle() {
  const inside = frame.contentDocument;
  if (!inside?.documentElement) return;
  growth.disconnect();
  growth.observe(inside.documentElement);
  inside.addEventListener("click", follow);
  fit();
}

const defaults = { view: "email", width: "700", scheme: "light", images: "on" };

function address(query, name, value) {
  const changed = new URLSearchParams(query);
  changed.set(name, value);
  return `?${changed}`;
}

function choose(name, value) {
  const query = address(location.search, name, value);
  history.replaceState(null, "", `./${query}`);
  const mode = { ...defaults, ...Object.fromEntries(new URLSearchParams(query)) };
  for (const link of document.querySelectorAll("a[data-value]")) {
    const group = link.closest(".choice").dataset.choice;
    link.href = `./${address(query, group, link.dataset.value)}`;
    if (link.dataset.value === mode[group]) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
  if (name === "width") frame.width = value;
  else frame.contentWindow.location.replace(`email${query}`);
}

function pick(event) {
  const link = event.target.closest("a[data-value]");
  const name = link?.closest(".choice").dataset.choice;
  if (!name || name === "view" || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  choose(name, link.dataset.value);
}

const narrow = matchMedia("(max-width: 1100px)").matches;
const small = matchMedia("(max-width: 760px)").matches;
if (narrow) document.querySelector(".notes")?.removeAttribute("open");

if (frame) {
  frame.addEventListener("load", settle);
  settle();
  document.querySelector(".tools").addEventListener("click", pick);
  if (small && !new URLSearchParams(location.search).has("width")) choose("width", "375");
}
