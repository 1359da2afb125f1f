// A panel as a picture: loaded when first asked for (see app::shell), so that it weighs nothing before.
//
// The panel's markup, the page's own style sheet and its fonts go into one SVG, which the browser draws on a canvas. So the
// picture looks like the page, in the page's theme, and needs no second way of drawing. All of it stands in the SVG as
// data: nothing is fetched from elsewhere, and a canvas on which it was drawn may be read.

const SCALE = 2;
// Canvases end somewhere beyond this.
const MOST_PIXELS = 16_000;
// Controls, and what only screen readers read.
const LEFT_OUT =
  "script, template, .panel-menu, .panel-info, .panel-ways, .still-reading, .value-search, .twin, .table-pages, .chart-overlay, .visually-hidden, .leader-out, .figure-why, .figure-more, .board-state > a, [data-readout]";
// What XML cannot hold, even escaped.
const NOT_XML = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;

/** Draws the panel in whose menu `button` stands, and hands it to the browser as a download. */
export async function save(button) {
  const menu = button.closest(".panel-menu");
  const panel = button.closest(".panel");
  const say = (text) => (menu.querySelector("[role=status]").textContent = text);
  const foot = panel.querySelector(".panel-foot[data-release]");
  if (!foot || panel.getAttribute("aria-busy") === "true") {
    say("The figures are not there yet. Try again when they are.");
    return;
  }
  say("Drawing…");
  try {
    const picture = await drawn(panel);
    const name = `${menu.dataset.dashboard}-${menu.dataset.panel}-${foot.dataset.release}.png`;
    const link = document.createElement("a");
    link.href = URL.createObjectURL(picture);
    link.download = name;
    link.click();
    // The download has taken hold of it by then.
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
    say(`Saved as ${name}`);
  } catch (error) {
    // For whoever looks for the cause; the reader has been told what to do.
    console.info(error);
    say("This browser could not draw the picture. Download the CSV instead, or print the page.");
  }
}

/** The panel as a PNG. */
async function drawn(panel) {
  const sheet = laidOut(panel);
  const { width, height, ground } = measured(sheet);
  const css = await styles(sheet.textContent);
  const scale = Math.min(SCALE, MOST_PIXELS / Math.max(width, height));
  const size = `width="${width}" height="${height}"`;
  // Put together as text: in an element of this page, its content policy would refuse the styles. A body stands around
  // the markup, so that what the style sheet says of one holds.
  const text = `<svg xmlns="http://www.w3.org/2000/svg" width="${width * scale}" height="${height * scale}" viewBox="0 0 ${width} ${height}" data-theme="${theme()}">
<style>${css.replaceAll("&", "&amp;").replaceAll("<", "&lt;")}</style>
<foreignObject ${size}><body xmlns="http://www.w3.org/1999/xhtml">${new XMLSerializer().serializeToString(sheet)}</body></foreignObject>
</svg>`.replace(NOT_XML, "");

  const image = new Image();
  // Not as a blob: a canvas on which one was drawn could not be read any more.
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  const context = canvas.getContext("2d");
  context.fillStyle = ground;
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((found, failed) => {
    canvas.toBlob((blob) => (blob ? found(blob) : failed(new Error("the canvas gave no picture"))), "image/png");
  });
}

/** What is drawn: the panel without its controls; the definition below its title; period, filters and origin beneath. */
function laidOut(panel) {
  const copy = panel.cloneNode(true);
  for (const part of copy.querySelectorAll(LEFT_OUT)) part.remove();
  const said = (selector, root) => root.querySelector(selector)?.textContent.trim() ?? "";
  const line = (className, text) => {
    const paragraph = document.createElement("p");
    paragraph.className = className;
    paragraph.textContent = text;
    return paragraph;
  };
  const definition = said(".panel-info-text", panel);
  if (definition) copy.querySelector(".panel-head").after(line("panel-image-definition", definition));
  const foot = copy.querySelector(".panel-foot");
  const of = [said(".page-title", document), said(".page-sentence", document), foot.dataset.range];
  foot.before(line("panel-image-of", of.filter(Boolean).join(" · ")));
  for (const element of [copy, ...copy.querySelectorAll("[id]")]) element.removeAttribute("id");
  // The widths by which the style sheet decides are those of the page.
  const sheet = document.createElement("div");
  sheet.className = "shell-main panel-image";
  sheet.style.width = `${panel.closest(".shell-main").querySelector(".grid").clientWidth}px`;
  copy.style.width = `${panel.offsetWidth}px`;
  sheet.append(copy);
  return sheet;
}

/** Its extents in pixels, and its ground. It stands in the document for so long as that takes, and is never painted. */
function measured(sheet) {
  sheet.style.position = "fixed";
  document.body.append(sheet);
  const panel = sheet.firstElementChild;
  const { paddingInlineEnd, backgroundColor: ground } = getComputedStyle(panel);
  // A table that one scrolls on the page is drawn in full.
  const beyond = panel.scrollWidth > panel.clientWidth ? parseFloat(paddingInlineEnd) : 0;
  const width = Math.ceil(Math.max(panel.offsetWidth, panel.scrollWidth + beyond));
  panel.style.width = `${width}px`;
  const height = Math.ceil(panel.getBoundingClientRect().height);
  panel.style.minHeight = `${height}px`;
  sheet.remove();
  sheet.style.position = "";
  return { width, height, ground };
}

/** The page's style sheet, with the fonts that `text` needs in it. */
async function styles(text) {
  const href = document.querySelector("link[rel=stylesheet]").href;
  const css = await (await fetch(href)).text();
  const isPlain = /^[\u0000-\u00ff\u2000-\u206f\u20ac\u2122\u2191\u2193\u2212]*$/.test(text);
  const fonts = [...new Set([...css.matchAll(/url\(["']?([^"')]+\.woff2)["']?\)/g)].map((found) => found[1]))];
  const needed = fonts.filter((url) => !(isPlain && url.includes("latin-ext")));
  const loaded = await Promise.all(needed.map(async (url) => [url, await data(new URL(url, href))]));
  // A picture waits for its fonts, unlike a page.
  const waiting = css.replaceAll(/font-display:\s*optional/g, "font-display:block");
  return loaded.reduce((all, [url, content]) => all.replaceAll(url, content), waiting);
}

async function data(url) {
  const bytes = new Uint8Array(await (await fetch(url)).arrayBuffer());
  let binary = "";
  for (let at = 0; at < bytes.length; at += 0x8000) binary += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return `data:font/woff2;base64,${btoa(binary)}`;
}

/** As the page looks now; a picture by itself follows no system setting. */
function theme() {
  const chosen = document.documentElement.dataset.theme;
  if (chosen === "light" || chosen === "dark") return chosen;
  return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}
