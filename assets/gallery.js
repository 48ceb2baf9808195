// The browser side of playground/ui/gallery.py: rows of pictures out of one sheet. Nodes are made once and then only changed.
// Words come ready from Python and are only ever set as text.

const SPRITES = new URL("../sprites/", import.meta.url).href;
const SHOWN_PX = 38; // as in gallery.css
const css = await stylesheet("gallery.css");
const views = new WeakMap();

export default function render({ data, parentElement }) {
  let rows = views.get(parentElement);
  if (!rows) {
    const style = element("style");
    style.textContent = css;
    rows = element("div", "rows");
    rows.setAttribute("role", "group");
    parentElement.append(style, rows);
    views.set(parentElement, rows);
  }
  set(rows, "aria-label", data.alt);
  resize(rows, data.rows.length, newRow);
  data.rows.forEach((row, i) => showRow(rows.children[i], row, data.sprite));
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

function showRow(node, { anchor, items }, sprite) {
  const [anchorCell, list] = node.children;
  showCell(anchorCell, anchor, anchor.caption, sprite);
  resize(list, items.length, newCell);
  items.forEach((item, i) => showCell(list.children[i], item, `${item.similarity}\n${item.weight}`, sprite));
}

function showCell(node, { index, alt, same }, words, sprite) {
  const [picture, text, badge] = node.children;
  const [column, row] = [index % sprite.columns, Math.floor(index / sprite.columns)];
  picture.style.backgroundImage = `url("${SPRITES}${sprite.digest}")`;
  picture.style.backgroundSize = `${sprite.columns * SHOWN_PX}px auto`;
  picture.style.backgroundPosition = `${-column * SHOWN_PX}px ${-row * SHOWN_PX}px`;
  set(picture, "aria-label", alt);
  set(picture, "title", alt);
  if (text.textContent !== words) text.textContent = words;
  node.classList.toggle("same", Boolean(same));
  badge.hidden = !same;
}

function newRow() {
  const row = element("div", "row");
  const anchor = newCell();
  anchor.classList.add("anchor");
  row.append(anchor, element("div", "items"));
  return row;
}

function newCell() {
  const cell = element("div", "cell");
  const picture = element("div", "picture");
  picture.setAttribute("role", "img");
  const text = element("div", "text");
  text.setAttribute("aria-hidden", "true"); // the picture's own label says it
  const badge = element("div", "badge");
  badge.setAttribute("aria-hidden", "true");
  badge.textContent = "same class";
  badge.hidden = true;
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
