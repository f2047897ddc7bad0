/**
 * The page's script: search in the console, and buttons that copy. The page is complete without it. The script creates
 * only text nodes and `mark` elements, so that text of a guest never becomes markup.
 */
export const script = `"use strict";
const announcement = document.getElementById("status");

for (const button of document.querySelectorAll("button.copy")) {
  const code = button.previousElementSibling;
  button.hidden = false;
  button.addEventListener("click", async () => {
    getSelection().selectAllChildren(code);
    try {
      await navigator.clipboard.writeText(code.textContent);
    } catch {
      if (!document.execCommand("copy")) return;
    }
    announcement.textContent = "";
    requestAnimationFrame(() => (announcement.textContent = "Copied " + button.lastElementChild.textContent.trim()));
    button.classList.add("done");
    setTimeout(() => button.classList.remove("done"), 1500);
  });
}

const mostMarks = 1000;
for (const box of document.querySelectorAll(".console")) {
  const log = box.querySelector("pre");
  const field = box.querySelector("input");
  const count = box.querySelector("output");
  const text = log.textContent;
  let marks = [];
  let at = 0;
  box.querySelector(".search").hidden = false;

  const go = (to) => {
    marks[at]?.removeAttribute("aria-current");
    at = (to + marks.length) % marks.length;
    const mark = marks[at];
    mark.setAttribute("aria-current", "true");
    log.scrollTop += mark.getBoundingClientRect().top - log.getBoundingClientRect().top - log.clientHeight / 2;
    count.textContent = at + 1 + " of " + marks.length + (marks.length === mostMarks ? " or more" : "");
  };

  const search = () => {
    const wanted = field.value;
    marks = [];
    at = 0;
    if (wanted === "") {
      log.replaceChildren(text);
      count.textContent = "";
      return;
    }
    const pattern = new RegExp(wanted.replace(/[.*+?^$\{}()|[\\]\\\\]/g, "\\\\$&"), "gi");
    const pieces = [];
    let end = 0;
    for (const found of text.matchAll(pattern)) {
      if (marks.length === mostMarks) break;
      const mark = document.createElement("mark");
      mark.textContent = found[0];
      pieces.push(text.slice(end, found.index), mark);
      marks.push(mark);
      end = found.index + found[0].length;
    }
    log.replaceChildren(...pieces, text.slice(end));
    if (marks.length === 0) count.textContent = "not found";
    else go(0);
  };

  let waiting;
  field.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(search, 150);
  });
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    if (marks.length > 0) go(at + (event.shiftKey ? -1 : 1));
  });
}
`;
