// The sources pane, the peek at a quote, and two things that bare Gradio lacks. Everything shown comes escaped from the server.
const pane = element.querySelector("#pane");
const title = element.querySelector("#pane-title");
const body = element.querySelector(".pane-body");
const steps = element.querySelector(".pane-steps");
const peek = element.querySelector("#peek");
let opener = null;

// On a wide screen the page moves aside; on a narrow one the pane lies over it.
function makeRoom(opened) {
  const frame = document.querySelector(".gradio-container");
  if (frame) frame.style.paddingRight = opened && innerWidth >= 1100 ? `${pane.offsetWidth}px` : "";
}

const still = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

async function open(id, from) {
  opener = from || opener;
  pane.hidden = false;
  makeRoom(true);
  body.setAttribute("aria-busy", "true");
  let told;
  try {
    told = await server.open_source(id);
  } catch (error) {
    told = { title: "The source cannot be opened", html: "<p>The assistant does not answer. Is it still running?</p>", steps: [], step: 0 };
  }
  title.textContent = told.title;
  body.innerHTML = told.html;
  body.removeAttribute("aria-busy");
  showSteps(told);
  const here = body.querySelector(".here");
  body.scrollTop = 0;
  if (here) {
    const way = here.getBoundingClientRect().top - body.getBoundingClientRect().top - body.clientHeight / 3;
    body.scrollTo({ top: Math.max(way, 0), behavior: still() ? "auto" : "smooth" });
  }
  pane.focus({ preventScroll: true });
}

function showSteps(told) {
  steps.replaceChildren();
  if (told.steps.length < 2) return;
  const place = document.createElement("span");
  place.textContent = `Quote ${told.step + 1} of ${told.steps.length}`;
  const button = (label, sign, way) => {
    const made = document.createElement("button");
    made.type = "button";
    made.textContent = sign;
    made.setAttribute("aria-label", label);
    made.disabled = !told.steps[told.step + way];
    made.addEventListener("click", () => open(told.steps[told.step + way]));
    return made;
  };
  steps.append(button("Quote before", "‹", -1), place, button("Next quote", "›", 1));
}

function close() {
  pane.hidden = true;
  makeRoom(false);
  // Gradio may have drawn the chat anew meanwhile: the chip is then another element of the same id
  const back = opener && (opener.isConnected ? opener : document.getElementById(opener.id));
  if (back) back.focus();
}

element.querySelector(".pane-close").addEventListener("click", close);

const source = (event) => event.target.closest && event.target.closest(".open-source");
const told = (event) => event.target.closest && event.target.closest(".cite, .term");

function showPeek(from) {
  const text = from.title || from.dataset.peek;
  if (!text) return;
  from.dataset.peek = text; // the browser's own tooltip would lie over ours, and never shows for the keyboard
  from.removeAttribute("title");
  from.setAttribute("aria-describedby", "peek");
  peek.textContent = text;
  peek.hidden = false;
  const at = from.getBoundingClientRect();
  const wide = Math.min(420, innerWidth - 24);
  peek.style.maxWidth = `${wide}px`;
  peek.style.left = `${Math.max(12, Math.min(at.left, innerWidth - peek.offsetWidth - 12))}px`;
  const above = at.top - peek.offsetHeight - 8;
  peek.style.top = `${above > 8 ? above : at.bottom + 8}px`;
}

const hidePeek = () => { peek.hidden = true; };

function sign(root) {
  // names for what only looks like something: Gradio's sanitiser takes aria-label from messages
  for (const chip of root.querySelectorAll(".cite:not([aria-label])")) {
    chip.setAttribute("aria-label", `Quote ${chip.textContent.trim()}: open its source`);
  }
}

function decode(box) {
  // A message is kept as entities so that nothing in it acts as markup; who edits it wants the words.
  if (box.dataset.decoded || !/&#\d+;/.test(box.value)) return;
  box.dataset.decoded = "yes";
  box.value = box.value.replace(/&#(\d+);/g, (_, code) => String.fromCodePoint(Number(code)));
  box.dispatchEvent(new Event("input", { bubbles: true }));
}

// Below a hidden pane of a page that was left nothing listens any more.
const listen = (name, work) => document.addEventListener(name, (event) => element.isConnected && work(event));

listen("click", (event) => {
  const from = source(event);
  if (from) { event.preventDefault(); hidePeek(); open(from.id, from); }
});
listen("keydown", (event) => {
  const from = source(event);
  if (from && from.tagName !== "BUTTON" && (event.key === "Enter" || event.key === " ")) { event.preventDefault(); hidePeek(); open(from.id, from); }
  if (event.key === "Escape") { if (!peek.hidden) hidePeek(); else if (!pane.hidden) close(); }
});
listen("mouseover", (event) => { const from = told(event); if (from) showPeek(from); else hidePeek(); });
listen("focusin", (event) => { const from = told(event); if (from) showPeek(from); else hidePeek(); });
document.addEventListener("scroll", hidePeek, true);

// Gradio copies a message's source, which here is entities and tags: whoever copies wants the words.
document.addEventListener("click", (event) => {
  const button = event.target.closest && event.target.closest('#chat button[aria-label="Copy message"]');
  const row = button && element.isConnected && button.closest(".message-row");
  if (!row) return;
  event.stopPropagation();
  copy(words(row.querySelector("[data-testid]")));
  button.setAttribute("title", "Copied");
}, true);

function words(message) {
  const answer = message.querySelector(".answer");
  if (!answer) return message.innerText.trim();
  const parts = [...answer.querySelectorAll(":scope > p, :scope > ul > li")].map((part) => part.textContent.trim());
  const quotes = [...answer.querySelectorAll(".sources li")].map((quote, i) => `[${i + 1}] ${quote.innerText || quote.textContent}`);
  return [...parts, ...quotes].join("\n");
}

async function copy(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const box = document.createElement("textarea"); // a page without https has no clipboard of its own
  box.value = text;
  document.body.append(box);
  box.select();
  document.execCommand("copy");
  box.remove();
}

function mend(root) {
  for (const link of root.querySelectorAll("nav a, .nav-holder a")) { // Gradio tells the page that is open by colour alone
    if (new URL(link.href).pathname.replace(/\/$/, "") === location.pathname.replace(/\/$/, "")) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  // What is wrong in bare Gradio 6.31 and a line mends; tests/test_assistant_ui_access.py lists what is left.
  for (const list of root.querySelectorAll('#chat .examples[role="list"]')) list.removeAttribute("role"); // its children are buttons
  for (const said of root.querySelectorAll('#chat [data-testid="bot"][aria-label], #chat [data-testid="user"][aria-label]')) {
    said.removeAttribute("aria-label"); // the message's source, tags and all, would be read out
  }
}

// On a narrow screen Gradio's sidebar opens over the chat: it is folded as soon as it does, until somebody asks for it.
const began = performance.now();
const folding = setInterval(() => {
  const side = document.querySelector("#side.open");
  const toggle = innerWidth < 1000 && side && side.querySelector(".toggle-button");
  if (toggle) toggle.click();
  if (performance.now() - began > 3000) clearInterval(folding);
}, 100);
document.addEventListener("pointerdown", () => clearInterval(folding), { once: true });

// The page goes to the question that was asked last, and stays with it while its answer comes, until somebody scrolls:
// an answer is read from its beginning.
let asked = 0;
let following = false;
function goToQuestion() {
  const questions = document.querySelectorAll("#chat .user-row");
  if (questions.length > asked) following = true;
  asked = questions.length;
  const last = questions[questions.length - 1];
  const box = last && last.closest('[role="log"], .bubble-wrap');
  if (following && box) box.scrollTop += last.getBoundingClientRect().top - box.getBoundingClientRect().top - 8;
}
for (const touch of ["wheel", "touchmove", "pointerdown", "keydown"]) {
  document.addEventListener(touch, (event) => {
    if (event.target.closest && event.target.closest("#chat")) following = false;
  }, { passive: true });
}

// Who has chosen a reason goes on to say what is wrong.
document.addEventListener("click", (event) => {
  const reason = element.isConnected && event.target.closest && event.target.closest("#chat .extra-feedback-option");
  if (!reason) return;
  reason.blur();
  const until = performance.now() + 3000;
  const wait = setInterval(() => {
    const comment = document.querySelector("#flag-comment textarea");
    if (comment && comment.offsetParent) { comment.focus(); clearInterval(wait); }
    if (performance.now() > until) clearInterval(wait);
  }, 100);
});
document.addEventListener("click", (event) => {
  const from = element.isConnected && event.target.closest && event.target.closest(".skip, #flag-panel button");
  if (!from) return;
  if (from.matches(".skip")) event.preventDefault();
  document.querySelector("#asking textarea")?.focus();
});

// Ask while nothing is being answered, Stop while something is: the chat itself tells.
function askOrStop() {
  const busy = Boolean(document.querySelector("#chat :is(.working, .writing)"));
  const [ask, stop] = [document.querySelector("#send"), document.querySelector("#stop")];
  if (ask) ask.style.display = busy ? "none" : "";
  if (stop) stop.style.display = busy ? "flex" : "none";
}

const look = () => {
  goToQuestion();
  askOrStop();
  sign(document);
  mend(document);
  document.querySelectorAll("#chat textarea").forEach(decode);
};
new MutationObserver(look).observe(document.body, { childList: true, subtree: true });
look();
