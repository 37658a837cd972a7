// @ts-check
/** Elements: finds those that the templates promise, and makes new ones. */

/**
 * Return the element that `selector` finds; the templates have it.
 * @template {Element} [T=HTMLElement]
 * @param {ParentNode} root
 * @param {string} selector
 * @returns {T}
 */
export function find(root, selector) {
  const element = root.querySelector(selector);
  if (!element) throw new Error(`the page lacks ${selector}`);
  return /** @type {T} */ (element);
}

/**
 * Return a new element; `children` are elements and texts.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, string>} [attributes]
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/**
 * Show a number in `element`: short, with all digits in its title; a dash where it is not known yet.
 * @param {Element} element
 * @param {import("./trace.js").Shown | null | undefined} shown
 */
export function showNumber(element, shown) {
  const [short, exact] = shown ?? ["–", "not known yet"];
  if (element.textContent !== short) element.textContent = short;
  if (element.getAttribute("title") !== exact) element.setAttribute("title", exact);
}

/**
 * Switch a button off or on. One that has the focus must not lose it: it stays, and says that it does nothing now.
 * @param {Element} button
 * @param {boolean} off
 */
export function disable(button, off) {
  button.setAttribute("aria-disabled", String(off));
}

/** @param {Element} button */
export function isDisabled(button) {
  return button.getAttribute("aria-disabled") === "true";
}

/**
 * Return a count of things as a page writes it: grouped where one could not read it else.
 * @param {number} count
 */
export function counted(count) {
  return count < 10_000 ? String(count) : count.toLocaleString("en");
}

/**
 * Return a function that lets `work` be done before the next frame, once, however often it is called. What asks where
 * things are belongs there: then all of the page is laid out once.
 * @param {() => void} work
 */
export function oncePerFrame(work) {
  let frame = 0;
  return () => {
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(work);
  };
}

/**
 * Scroll `box` as little as makes `row` visible; `scrollIntoView` would move the page as well.
 * @param {Element} box
 * @param {Element} row
 */
export function reveal(box, row) {
  const inner = row.getBoundingClientRect();
  const outer = box.getBoundingClientRect();
  if (inner.top < outer.top) box.scrollTop -= outer.top - inner.top + 4;
  else if (inner.bottom > outer.bottom) box.scrollTop += inner.bottom - outer.bottom + 4;
}

/**
 * Let a press, or arrow keys, Home and End, choose one of `tabs`, which stand in `list`.
 * @param {Element} list
 * @param {HTMLElement[]} tabs
 * @param {(tab: HTMLElement) => void} choose
 */
export function listenToTabs(list, tabs, choose) {
  list.addEventListener("click", ({ target }) => {
    const tab = target instanceof Element ? target.closest("[role=tab]") : null;
    if (tab instanceof HTMLElement) choose(tab);
  });
  list.addEventListener("keydown", (event) => {
    if (!(event instanceof KeyboardEvent)) return;
    const at = tabs.indexOf(/** @type {HTMLElement} */ (event.target));
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: -1 }[event.key];
    if (at < 0 || to === undefined) return;
    event.preventDefault();
    const tab = /** @type {HTMLElement} */ (tabs.at(to % tabs.length));
    choose(tab);
    tab.focus();
  });
}
