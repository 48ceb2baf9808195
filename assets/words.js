// The browser side of playground/ui/saying.py: a line of words, in which ** stands around what is bold, and a bar.

const views = new WeakMap();

const style = document.createElement("style");
style.textContent = await stylesheet("words.css");
document.head.append(style);

export default function render({ data, parentElement }) {
  let view = views.get(parentElement);
  if (!view) {
    view = new Words(parentElement);
    views.set(parentElement, view);
  }
  view.update(data);
}

// Asked for until it arrives: a module that fails once would stay failed for as long as the page is open.
async function stylesheet(name) {
  for (;;) {
    try {
      const answer = await fetch(new URL(name, import.meta.url));
      if (answer.ok) return await answer.text();
    } catch (error) {
      console.error(error);
    }
    await new Promise((wake) => setTimeout(wake, 3000));
  }
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
