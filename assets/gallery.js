// The browser side of playground/ui/gallery.py: rows of pictures out of sheets. Nodes are made once and then only changed.
// Words come ready from Python and are only ever set as text.

const SPRITES = new URL("../sprites/", import.meta.url).href;
const ROW_PX = 38; // of a picture in a row
const GRID_PX = 52; // and in a grid, where less stands beside it
const css = await stylesheet("gallery.css");
const views = new WeakMap();

export default function render(component) {
  const { parentElement } = component;
  let view = views.get(parentElement);
  if (!view) {
    view = new Gallery(parentElement);
    views.set(parentElement, view);
  }
  view.update(component);
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

class Gallery {
  constructor(parent) {
    const style = element("style");
    style.textContent = css;
    this.rows = element("div", "rows");
    this.rows.setAttribute("role", "group");
    this.note = element("div", "note");
    this.rows.addEventListener("click", ({ target }) => this.click(target.closest("button")));
    parent.append(style, this.rows, this.note);
  }

  update({ data, setTriggerValue }) {
    this.data = data;
    this.send = setTriggerValue;
    set(this.rows, "aria-label", data.alt);
    this.rows.classList.toggle("sets", Boolean(data.width));
    this.rows.style.setProperty("--set", `${data.width}px`);
    this.rows.style.setProperty("--picture", `${data.side}px`);
    resize(this.rows, data.rows.length, newRow);
    data.rows.forEach((row, i) => this.showRow(this.rows.children[i], row));
    if (this.note.textContent !== data.note) this.note.textContent = data.note;
  }

  click(button) {
    if (button) this.send("clicked", Number(button.dataset.index));
  }

  showRow(node, { anchor, title = "", items }) {
    const [anchorCell, list, head] = node.children;
    if (head.textContent !== title) head.textContent = title;
    node.classList.toggle("grid", !anchor);
    anchorCell.hidden = !anchor;
    if (anchor) this.showCell(anchorCell, anchor, ROW_PX);
    resize(list, items.length, newCell);
    items.forEach((item, i) => this.showCell(list.children[i], item, this.data.side ?? (anchor ? ROW_PX : GRID_PX)));
  }

  showCell(node, { index, sheet, words, badge, mark, alt }, side) {
    const { digest, columns } = this.data.sprites[sheet];
    const picture = pictureOf(node, this.data.clickable.includes(sheet));
    const [column, row] = [index % columns, Math.floor(index / columns)];
    picture.style.backgroundImage = `url("${SPRITES}${digest}")`;
    picture.style.backgroundSize = `${columns * side}px auto`;
    picture.style.backgroundPosition = `${-column * side}px ${-row * side}px`;
    picture.dataset.index = String(index);
    node.style.setProperty("--side", `${side}px`);
    set(picture, "aria-label", alt);
    set(picture, "title", alt);
    const [, text, sign] = node.children;
    if (text.textContent !== words) text.textContent = words;
    if (sign.textContent !== badge) sign.textContent = badge;
    if (node.dataset.mark !== mark) node.dataset.mark = mark;
  }
}

// The picture of a cell, as a button or as a mere picture. The node stays what it is, so that focus stays, unless that changes.
function pictureOf(cell, clickable) {
  const there = cell.firstElementChild;
  if ((there.localName === "button") === clickable) return there;
  const made = element(clickable ? "button" : "div", "picture");
  if (clickable) made.type = "button";
  else made.setAttribute("role", "img");
  there.replaceWith(made);
  return made;
}

function newRow() {
  const row = element("div", "row");
  const anchor = newCell();
  anchor.classList.add("anchor");
  row.append(anchor, element("div", "items"), element("div", "title"));
  return row;
}

function newCell() {
  const cell = element("div", "cell");
  const picture = element("div", "picture");
  picture.setAttribute("role", "img");
  const text = element("div", "text");
  const badge = element("div", "badge");
  for (const node of [text, badge]) node.setAttribute("aria-hidden", "true"); // the picture's own label says it
  cell.append(picture, text, badge);
  return cell;
}

function element(tag, className = "") {
  const made = document.createElement(tag);
  made.className = className;
  return made;
}

function resize(parent, count, make) {
  while (parent.children.length > count) parent.lastElementChild.remove();
  while (parent.children.length < count) parent.append(make());
}

function set(node, name, value) {
  if (node.getAttribute(name) !== value) node.setAttribute(name, value);
}
