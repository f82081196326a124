/**
 * Makes an element. Texts become text nodes, whatever they hold: nothing that a server sends is ever read as markup.
 *
 * @param {string} tag @param {object} [properties] `on` has listeners, `data` the data attributes, `aria` those of ARIA
 * @param {...(Node | string | undefined | false)} children
 */
export function el(tag, { on = {}, data = {}, aria = {}, ...properties } = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined) continue;
    if (name === 'role' || name === 'for') element.setAttribute(name, value);
    else element[name] = value;
  }
  for (const [name, value] of Object.entries(data)) element.dataset[name] = value;
  for (const [name, value] of Object.entries(aria)) element.setAttribute(`aria-${name}`, value);
  for (const [name, listener] of Object.entries(on)) element.addEventListener(name, listener);
  element.append(...children.filter((child) => child !== undefined && child !== false));
  return element;
}

export const $ = (id) => document.getElementById(id);

const LONGEST = 20000; // characters of a value that are shown
const SAID = 3; // announcements at once; a screen reader reads them all
const SAY = 250; // ms between two of them
const DUMP = 64; // bytes that are shown in hexadecimal

/** Bytes for people. @param {Uint8Array} bytes */
export function hex(bytes) {
  const shown = Array.from(bytes.subarray(0, DUMP), (byte) => byte.toString(16).padStart(2, '0')).join(' ');
  return `${shown}${bytes.length > DUMP ? ' …' : ''} (${bytes.length} bytes)`;
}

/** A text of a server for people: its beginning, if it is very long. @param {string} text */
export const short = (text) => (text.length > LONGEST ? `${text.slice(0, LONGEST)} … (${text.length} characters)` : text);

/** Words of a server for people: a text, or whatever it has sent in its place. @param {any} value */
export const words = (value) => (value === undefined || value === null ? '' : show(value));

/** A value for people. @param {any} value @param {number} [indent] */
export function show(value, indent) {
  if (typeof value === 'string') return short(value);
  if (value instanceof Uint8Array) return hex(value);
  if (value === undefined) return 'nothing';
  return short(JSON.stringify(value, (key, part) => {
    if (part instanceof Uint8Array) return hex(part);
    return typeof part === 'bigint' ? String(part) : part;
  }, indent) ?? 'nothing');
}

/**
 * Calls a function once in the next picture, however often it is asked for.
 *
 * @param {() => void} render @param {number} [each] ms between two calls
 */
export function batched(render, each = 0) {
  let asked = false;
  let last = 0;
  const draw = () => requestAnimationFrame(() => {
    asked = false;
    last = performance.now();
    render();
  });
  return () => {
    if (asked) return;
    asked = true;
    const wait = last + each - performance.now();
    if (wait > 0) setTimeout(draw, wait);
    else draw();
  };
}

/** Whether a scrolling element shows its end. */
export const atEnd = (box) => box.scrollHeight - box.scrollTop - box.clientHeight < 40;

/** Marks one of several elements as the current one. An attribute without a value would say that none is. */
export function current(elements, isCurrent) {
  for (const element of elements) {
    if (isCurrent(element)) element.setAttribute('aria-current', 'true');
    else element.removeAttribute('aria-current');
  }
}

let said = []; // since the last announcement
const say = batched(() => {
  const texts = said;
  said = [];
  $('live').textContent = texts.length > SAID ? `${texts.length - SAID} more, then: ${texts.slice(-SAID).join('. ')}` : texts.join('. ');
}, SAY);

/** Says something to those who do not see it; of very much at once the latest, and how much else there was. */
export function announce(text) {
  said.push(text);
  say();
}

export function size(bytes) {
  if (bytes < 1024) return `${bytes} B`;
  return bytes < 1048576 ? `${(bytes / 1024).toFixed(1)} KB` : `${(bytes / 1048576).toFixed(1)} MB`;
}

export const clock = (time) => new Date(time).toLocaleTimeString([], { hour12: false });

/** Hands the focus on before an element that has it is hidden: it would be nowhere. */
export function leave(element, to) {
  if (element.contains(document.activeElement)) to.focus({ preventScroll: true });
}

/** Copies a text, also where the page is no secure context. */
export async function copy(text, button) {
  const label = button.textContent;
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = el('textarea', { value: text, className: 'hidden' });
    (button.closest('dialog') ?? document.body).append(area);
    area.select();
    document.execCommand('copy');
    area.remove();
    button.focus();
  }
  button.textContent = 'Copied';
  setTimeout(() => {
    button.textContent = label;
  }, 1200);
}
