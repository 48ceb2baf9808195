// The browser side of playground/ui/components/gallery.py: rows of pictures out of sheets, or of texts. Nodes are made once and then
// only changed. Words come ready from Python and are only ever set as text.

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
    this.rows.style.setProperty("--lines", data.lines || "none");
    resize(this.rows, data.rows.length, newRow);
    data.rows.forEach((row, i) => this.showRow(this.rows.children[i], row));
    put(this.note, data.note);
  }

  click(button) {
    if (button) this.send("clicked", Number(button.dataset.index));
  }

  showRow(node, { anchor, title = "", items }) {
    const [anchorCell, list, head] = node.children;
    const texts = isText(anchor ?? items[0]);
    put(head, title);
    node.classList.toggle("grid", !anchor);
    node.classList.toggle("texts", texts);
    anchorCell.hidden = !anchor;
    if (anchor) this.showCell(anchorCell, anchor, ROW_PX);
    resize(list, items.length, newCell);
    items.forEach((item, i) => this.showCell(list.children[i], item, this.data.side ?? (anchor ? ROW_PX : GRID_PX)));
    for (const cell of list.children) set(cell, "role", texts ? "listitem" : "presentation");
    set(list, "role", texts ? "list" : "presentation");
  }

  showCell(node, cell, side) {
    const [, text, sign, tag] = node.children;
    node.classList.toggle("says", isText(cell));
    const shown = shownIn(node, this.data.clickable.includes(cell.sheet), isText(cell));
    shown.dataset.index = String(cell.index);
    if (isText(cell)) say(shown, cell, this.data.lines);
    else this.paint(shown, cell, side);
    node.style.setProperty("--side", `${side}px`);
    put(text, cell.words);
    put(sign, cell.badge);
    put(tag, cell.tag ?? "");
    if (node.dataset.mark !== cell.mark) node.dataset.mark = cell.mark;
  }

  paint(picture, { index, sheet, alt }, side) {
    const { digest, columns } = this.data.sprites[sheet];
    const [column, row] = [index % columns, Math.floor(index / columns)];
    picture.style.backgroundImage = `url("${SPRITES}${digest}")`;
    picture.style.backgroundSize = `${columns * side}px auto`;
    picture.style.backgroundPosition = `${-column * side}px ${-row * side}px`;
    set(picture, "aria-label", alt);
    set(picture, "title", alt);
  }
}

function isText(cell) {
  return cell?.text !== undefined;
}

// What is seen, and behind it what else there is to hear.
function say(node, { text, alt }, lines) {
  const [seen, heard] = node.children;
  put(seen, text);
  put(heard, alt && `, ${alt}`);
  set(node, "title", lines ? text : "");
}

// The picture or text of a cell, as a button or not. The node stays what it is, so that focus stays, unless that changes.
function shownIn(cell, clickable, text) {
  const there = cell.firstElementChild;
  const name = text ? "said" : "picture";
  if ((there.localName === "button") === clickable && there.className === name) return there;
  const made = element(clickable ? "button" : "div", name);
  if (clickable) made.type = "button";
  else if (!text) made.setAttribute("role", "img");
  if (text) made.append(element("span", "seen"), element("span", "heard"));
  if (text) made.firstElementChild.dir = "auto"; // a text of another direction turns nothing beside it
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
  const text = element("div", "text");
  const [badge, tag] = [element("div", "badge"), element("div", "tag")];
  for (const node of [text, badge, tag]) node.setAttribute("aria-hidden", "true"); // what is shown has a label that says it
  cell.append(element("div"), text, badge, tag);
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

function put(node, words) {
  if (node.textContent !== words) node.textContent = words;
}

function set(node, name, value) {
  if (node.getAttribute(name) !== value) node.setAttribute(name, value);
}
