"use strict";

// The page works without this: every choice is a link. Here the links change the
// frame in place, so that nothing jumps, the frame grows to its e-mail and is drawn to
// any width, and what is saved is shown at once.

const frame = () => document.getElementById("email");
const handle = () => document.getElementById("handle");
const told = (text) => { document.getElementById("told").textContent = text; };
const defaults = { view: "email", width: "700", scheme: "light", client: "sent", images: "on", marks: "on" };

// --- The frame ----------------------------------------------------------------------

function fit() {
  const height = frame()?.contentDocument?.documentElement?.offsetHeight;
  if (height) frame().height = height;
}

// The frame may not run, open or navigate anything, so its links are followed here.
function follow(event) {
  const link = event.target.closest?.("a[href]");
  if (!link || link.getAttribute("href").startsWith("#")) return;
  event.preventDefault();
  if (frame().dataset.own.split(" ").includes(link.href)) {
    told("This is the reader’s own link: in the preview it leads nowhere.");
    document.getElementById("told").classList.remove("unseen");
  } else if (/^https?:$/.test(link.protocol)) window.open(link.href, "_blank", "noopener,noreferrer");
}

const growth = new ResizeObserver(fit);

function settle() {
  const inside = frame()?.contentDocument;
  if (!inside?.documentElement) return;
  growth.disconnect();
  growth.observe(inside.documentElement);
  inside.addEventListener("click", follow);
  fit();
  arrive();
}

function show(query) {
  frame()?.contentWindow.location.replace(`email${query}`);
}

// --- What is chosen -----------------------------------------------------------------

function address(query, name, value) {
  const changed = new URLSearchParams(query);
  changed.set(name, value);
  return `?${changed}`;
}

function mark() {
  const mode = { ...defaults, ...Object.fromEntries(new URLSearchParams(location.search)) };
  for (const link of document.querySelectorAll("a[data-value]")) {
    const group = link.closest(".choice").dataset.choice;
    link.href = `./${address(location.search, group, link.dataset.value)}`;
    if (link.dataset.value === mode[group]) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
  for (const said of document.querySelectorAll("[data-said]")) {
    const [name, value] = said.dataset.said.split("=");
    said.hidden = mode[name] !== value;
  }
  for (const input of document.querySelectorAll("#reader input[type=hidden]")) {
    if (input.name in mode) input.value = mode[input.name];
  }
}

function choose(name, value) {
  const query = address(location.search, name, value);
  history.replaceState(null, "", `./${query}${location.hash}`);
  mark();
  if (name === "width") draw(value);
  else show(query);
}

function pick(event) {
  const link = event.target.closest("a[data-value]");
  const name = link?.closest(".choice").dataset.choice;
  if (!name || name === "view" || !frame() || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  choose(name, link.dataset.value);
}

// --- Any width ----------------------------------------------------------------------

const bounded = (width) => {
  const { ariaValueMin, ariaValueMax } = handle();
  return Math.min(Math.max(Math.round(width), Number(ariaValueMin)), Number(ariaValueMax));
};

function draw(width) {
  frame().width = width;
  handle().ariaValueNow = width;
  handle().dataset.width = width;
}

// Both sides move, for the e-mail stands in the middle.
function drag(event) {
  const from = event.clientX;
  const width = Number(frame().width);
  const bar = event.target;
  const move = (moved) => draw(bounded(width + 2 * (moved.clientX - from)));
  const end = () => {
    bar.removeEventListener("pointermove", move);
    document.body.classList.remove("drawing");
    choose("width", frame().width);
  };
  event.preventDefault();
  bar.focus();
  bar.setPointerCapture(event.pointerId);
  document.body.classList.add("drawing");
  bar.addEventListener("pointermove", move);
  bar.addEventListener("pointerup", end, { once: true });
  bar.addEventListener("pointercancel", end, { once: true });
}

function step(event) {
  const width = Number(frame().width);
  const by = event.shiftKey ? 50 : 10;
  const to = {
    ArrowLeft: width - by,
    ArrowRight: width + by,
    Home: Number(handle().ariaValueMin),
    End: Number(handle().ariaValueMax),
  }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  choose("width", String(bounded(to)));
}

// --- To the place of a finding ------------------------------------------------------

const found = (at) => frame()?.contentDocument?.querySelector(`[data-at="${at}"]`);

// The frame is as high as the e-mail, so it is the page that scrolls.
function go(at) {
  const element = found(at);
  if (!element) return false;
  const { top, height } = element.getBoundingClientRect();
  const above = frame().getBoundingClientRect().top + scrollY;
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  scrollTo({ top: above + top + height / 2 - innerHeight / 2, behavior: calm ? "auto" : "smooth" });
  const { outline, outlineOffset } = element.style;
  element.style.setProperty("outline", "3px solid #1971c2", "important");
  element.style.setProperty("outline-offset", "3px", "important");
  setTimeout(() => Object.assign(element.style, { outline, outlineOffset }), 2500);
  return true;
}

function visit(event) {
  const link = event.target.closest("a[data-at]");
  if (!link || !frame() || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const places = link.dataset.at.split(" ");
  const nth = Number(link.dataset.nth ?? 0) % places.length;
  link.dataset.nth = nth + 1;
  const seen = go(places[nth]);
  told(seen ? `Place ${nth + 1} of ${places.length}` : "It is not there in this mode.");
}

// A finding that was clicked in another view names its place behind the #.
function arrive() {
  const at = /^#at-(\d+)$/.exec(location.hash)?.[1];
  if (at && go(at)) history.replaceState(null, "", `./${location.search}`);
}

// --- What is saved meanwhile --------------------------------------------------------

const LIVE = ["problem", "inbox", "reader", "notes"];

function renew(id, fresh) {
  const [old, renewed] = [document.getElementById(id), fresh.getElementById(id)];
  if (!old || !renewed || old.outerHTML === renewed.outerHTML) return;
  if ("open" in old) renewed.open = old.open;
  const [top, focus] = [old.scrollTop, document.activeElement?.id];
  old.replaceWith(renewed);
  renewed.scrollTop = top;
  if (focus && document.activeElement?.id !== focus) document.getElementById(focus)?.focus();
}

async function reload() {
  const answer = await fetch(location.href);
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (!document.getElementById("stage") || !fresh.getElementById("stage")) {
    if (answer.ok || document.getElementById("stage")) location.reload();
    else renew("problem", fresh);
    return;
  }
  document.title = fresh.title;
  for (const id of LIVE) renew(id, fresh);
  if (frame()) show(location.search);
  else if (document.getElementById("source")) document.getElementById("source").contentWindow.location.reload();
  else renew("stage", fresh);
}

const changes = new EventSource(`changes?since=${document.body.dataset.stamp}`);
changes.addEventListener("changed", reload);

// --- Begin --------------------------------------------------------------------------

const tools = document.getElementById("tools");
if (tools) {
  const measure = () => document.documentElement.style.setProperty("--bar", `${tools.offsetHeight}px`);
  new ResizeObserver(measure).observe(tools);
}
const narrow = matchMedia("(max-width: 1100px)").matches;
const small = matchMedia("(max-width: 760px)").matches;
if (narrow) document.getElementById("notes")?.removeAttribute("open");
document.addEventListener("click", pick);
document.addEventListener("click", visit);

if (frame()) {
  frame().addEventListener("load", settle);
  settle();
  handle().hidden = false;
  draw(frame().width);
  handle().addEventListener("pointerdown", drag);
  handle().addEventListener("keydown", step);
  if (small && !new URLSearchParams(location.search).has("width")) choose("width", "375");
}
