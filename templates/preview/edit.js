"use strict";

// The pages work without this: every button is a form, every passage a link. Here a
// change is written without leaving the page, so that nothing jumps; a story opens in
// its place, a passage over the stories, and the e-mail can be pointed at.

const sheet = () => document.getElementById("sheet");
const mail = document.getElementById("email");
const panel = document.getElementById("source");

const parsed = (text) => new DOMParser().parseFromString(text, "text/html");
const unsaved = new Set();

async function got(address, options) {
  const answer = await fetch(address, { cache: "no-store", ...options });
  return { answer, page: parsed(await answer.text()) };
}

// --- The stories ----------------------------------------------------------------------

// What was opened stays open, and what was focused stays focused, if it is still there.
async function renew(page, focus) {
  const fresh = page.getElementById("sheet");
  if (!fresh) return location.reload();
  const open = [...document.querySelectorAll("#sheet .unfolded")].map((rest) => rest.id.replace(/-rest$/, ""));
  const top = document.getElementById(focus)?.getBoundingClientRect().top;
  sheet().replaceWith(fresh);
  document.title = page.title;
  document.querySelector(".top h1").replaceWith(page.querySelector(".top h1"));
  say(...page.getElementById("said").childNodes);
  for (const key of open) await unfold(key);
  const target = found(focus);
  const card = target?.closest(".card");
  if (top !== undefined && target) scrollBy(0, target.getBoundingClientRect().top - top);
  target?.focus({ preventScroll: true });
  target?.scrollIntoView({ block: "nearest" });
  card?.classList.add("changed");
  repaint();
}

let quiet;

function say(...nodes) {
  clearTimeout(quiet);
  document.getElementById("said").replaceChildren(...nodes);
  quiet = setTimeout(() => say(), 6000);
}

// The button, or where it cannot be pressed any more its story, or the page.
function found(id) {
  const own = id && document.getElementById(id);
  if (own && !own.disabled) return own;
  const key = id?.replace(/-.*$/, "");
  return (key && document.getElementById(key)) || sheet();
}

// A story that is left out goes to the foot; who left it out stays among the others.
function next(button) {
  if (button?.value !== "drop yes") return button?.id;
  const cards = [...document.querySelectorAll("#sheet .story:not(.dropped)")];
  const place = cards.indexOf(button.closest(".story"));
  return (cards[place + 1] ?? cards[place - 1])?.id;
}

async function submit(event) {
  const form = event.target;
  if (form.method !== "post" || !form.closest(".editing")) return;
  event.preventDefault();
  const body = new URLSearchParams(new FormData(form, event.submitter));
  const focus = next(event.submitter);
  panel.close();
  document.body.classList.add("busy");
  try {
    const { page } = await got(form.getAttribute("action"), { method: "POST", body });
    unsaved.clear();
    if (page.getElementById("sheet")?.dataset.version !== sheet().dataset.version) expected = 1;
    await renew(page, page.querySelector("#sheet [role=alert]") ? null : focus || body.get("story"));
    document.querySelector("#sheet [role=alert]")?.scrollIntoView({ block: "center" });
  } finally {
    document.body.classList.remove("busy");
  }
}

async function unfold(key) {
  const more = document.getElementById(`${key}-more`);
  if (!more) return;
  const { page } = await got(more.getAttribute("href"));
  const rest = page.getElementById(`${key}-rest`);
  // asked for anew: the stories may have been renewed meanwhile
  if (rest) document.getElementById(`${key}-more`)?.closest(".more").replaceWith(rest);
}

// Alt and an arrow move the story that the focus is in.
function shift(event) {
  const way = { ArrowUp: "up", ArrowDown: "down" }[event.key];
  if (!event.altKey || !way || event.target.matches("input, textarea, select")) return;
  const card = event.target.closest(".story");
  const button = card && document.getElementById(`${card.id}-${way}`);
  if (!button) return;
  event.preventDefault();
  if (!button.disabled) button.click();
}

// --- A passage in its article -----------------------------------------------------------

async function show(address) {
  const { answer, page } = await got(address);
  const content = page.getElementById("source-content");
  if (!answer.ok || !content) return location.reload();
  document.getElementById("source-body").replaceChildren(content);
  document.getElementById("source-title").textContent = `${content.dataset.passage} in its article`;
  for (const part of content.querySelectorAll(".why, .told")) part.tabIndex = 0; // they scroll
  if (!panel.open) panel.showModal();
  content.querySelector(".told mark.passage")?.scrollIntoView({ block: "center" });
  document.getElementById("source-close").focus({ preventScroll: true });
}

const plain = (event) => !(event.ctrlKey || event.metaKey || event.shiftKey || event.button);

function follow(event) {
  const link = event.target.closest("a[href]");
  if (!link || !plain(event)) return;
  if (link.matches(".passage, .found")) {
    event.preventDefault();
    show(link.getAttribute("href"));
  } else if (link.closest(".more")) {
    event.preventDefault();
    const key = link.id.replace(/-more$/, "");
    unfold(key).then(() => document.querySelector(`#${key}-rest :is(button, textarea)`)?.focus());
  }
}

// --- The e-mail -------------------------------------------------------------------------

const letters = (text) => text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "");
const WORTH = 12;

// What of the page an element of the e-mail shows: a lead, a quote or a headline.
function meant(element) {
  const text = letters(element.textContent);
  if (text.length < WORTH) return null;
  const links = [...document.querySelectorAll("#sheet a.passage")];
  const same = (link) => {
    const said = letters(link.textContent);
    return said.length >= WORTH && (text.includes(said) || said.includes(text));
  };
  const heads = [...document.querySelectorAll("#sheet .story:not(.dropped) h3")];
  return links.find(same) || heads.find((head) => letters(head.textContent) === text) || null;
}

function point(event) {
  const link = event.target.closest("a[href]");
  const element = event.target.closest("p, blockquote, h1, h2, h3");
  const target = element && meant(element);
  if (!target && !link) return;
  if (event.type === "keydown" && event.key !== "Enter") return;
  event.preventDefault();
  if (target?.matches("a")) show(target.getAttribute("href"));
  else if (target) {
    target.closest(".card").focus({ preventScroll: true });
    target.closest(".card").scrollIntoView({ block: "center" });
  } else if (/^https?:$/.test(link.protocol)) window.open(link.href, "_blank", "noopener,noreferrer");
}

// Where the e-mail is scrolled to once it is there again.
let place = null;

function repaint() {
  place ??= mail.contentWindow.scrollY;
  mail.contentWindow.location.replace("email");
}

function settle() {
  const inside = mail.contentDocument;
  if (!inside?.body) return;
  if (place !== null) mail.contentWindow.scrollTo(0, place);
  place = null;
  inside.addEventListener("click", point);
  inside.addEventListener("keydown", point);
  for (const element of inside.querySelectorAll("p, h1, h2, h3")) {
    if (!meant(element)) continue;
    element.style.cursor = "pointer";
    element.tabIndex = element.querySelector("a") ? -1 : 0;
  }
}

// --- What others save meanwhile -----------------------------------------------------------

// Of these changes we know without being told: the first, which greets, and our own.
let expected = 1;

// With something typed that is not saved, the page stays, and says so.
async function look() {
  const { page } = await got("./");
  const fresh = page.getElementById("sheet");
  if (!fresh) return unsaved.size ? undefined : location.reload();
  if (fresh.dataset.version === sheet().dataset.version) {
    if (expected) expected -= 1;
    else repaint();
    return;
  }
  if (!unsaved.size) return renew(page, document.activeElement?.id);
  const link = Object.assign(document.createElement("a"), { href: "./", textContent: "Load the newer version" });
  say("The draft was changed outside of this page. Saving here will not write over it. ", link);
  clearTimeout(quiet);
}

// Where the draft cannot be read: what is wrong now, and its stories once it can be.
// What was typed stands on the page, and would be lost with it.
async function retry() {
  const { page } = await got("./");
  const [old, fresh] = [document.getElementById("broken"), page.getElementById("broken")];
  if (fresh && fresh.textContent !== old.textContent) old.replaceWith(fresh);
  else if (page.getElementById("sheet")) location.replace("./");
}

if (document.getElementById("broken") && !document.querySelector("[data-typed]")) {
  new EventSource("../changes").addEventListener("changed", retry);
}

if (mail) {
  document.addEventListener("submit", submit);
  document.addEventListener("click", follow);
  document.addEventListener("keydown", shift);
  document.addEventListener("input", (event) => unsaved.add(event.target.id));
  document.getElementById("source-close").addEventListener("click", () => panel.close());
  panel.addEventListener("click", (event) => event.target === panel && panel.close());
  mail.addEventListener("load", settle);
  settle();
  new EventSource("../changes").addEventListener("changed", look);
}
