// The browser side of playground/ui/components/live_text.py: a line of words, in which ** stands around what is bold, and a bar.
// It lives in the page, and its looks are in style.css: one file less that bad Wi-Fi can lose.

const views = new WeakMap();

export default function render({ data, parentElement }) {
  let view = views.get(parentElement);
  if (!view) {
    view = new Words(parentElement);
    views.set(parentElement, view);
  }
  view.update(data);
}

class Words {
  constructor(parent) {
    this.node = document.createElement("div");
    this.node.className = "cp-words";
    this.line = document.createElement("p");
    this.bar = document.createElement("progress");
    this.bar.setAttribute("aria-label", "Progress");
    this.bar.max = 1;
    this.node.append(this.line, this.bar);
    parent.append(this.node);
  }

  update({ words, progress = null, manner }) {
    if (this.line.className !== manner) this.line.className = manner;
    if (words !== this.words) this.line.replaceChildren(...parts(words));
    this.words = words;
    this.bar.hidden = progress === null;
    if (progress !== null) this.bar.value = progress;
  }
}

// Words are only ever set as text.
function parts(words) {
  return words.split("**").map((text, place) => {
    if (place % 2 === 0) return document.createTextNode(text);
    const bold = document.createElement("strong");
    bold.textContent = text;
    return bold;
  });
}
