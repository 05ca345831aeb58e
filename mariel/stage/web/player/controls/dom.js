// Small helpers for the page's elements: making them, and their icons.

const ICONS = {
  play: '<path d="M7 4.5v15l12.5-7.5z"/>',
  pause: '<path d="M6.5 4.5h4v15h-4zM13.5 4.5h4v15h-4z"/>',
  back: '<path d="M6 5h2.6v14H6zM18.5 5v14L9.6 12z"/>',
  forward: '<path d="M15.4 5H18v14h-2.6zM5.5 5v14l8.9-7z"/>',
  loop: '<path fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round" d="M4 12V10a4 4 0 0 1 4-4h11m-3-3 3 3-3 3M20 12v2a4 4 0 0 1-4 4H5m3 3-3-3 3-3"/>',
  follow: '<circle cx="12" cy="12" r="2.6"/><path fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" d="M12 3v3M12 18v3M3 12h3M18 12h3M6.5 6.5a7.8 7.8 0 1 1 0 11"/>',
  full: '<path fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round" d="M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5"/>',
  window: '<path fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round" d="M9 4v5H4M20 9h-5V4M15 20v-5h5M4 15h5v5"/>',
  grid: '<path d="M4 4h7v7H4zM13 4h7v7h-7zM4 13h7v7H4zM13 13h7v7h-7z"/>',
  previous: '<path fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round" d="M15 5l-7 7 7 7"/>',
  next: '<path fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round" d="M9 5l7 7-7 7"/>',
  figure: '<circle cx="12" cy="4.6" r="2.5"/><path fill="none" stroke="currentColor" stroke-width="3" stroke-linecap="round" stroke-linejoin="round" d="M12 9.5v4.5M12 14l-3.2 7M12 14l3.2 7M12 10 5.5 8M12 10l6.5-2"/>',
  strobe: '<g fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"><g opacity=".4"><circle cx="4.6" cy="7" r="1.4" fill="currentColor"/><path d="M4.6 11v4l-2 5M4.6 15l2 5"/></g><g opacity=".65"><circle cx="11" cy="6" r="1.5" fill="currentColor"/><path d="M11 10.5v4l-2.2 5.5M11 14.5l2.2 5.5"/></g><circle cx="18" cy="4.8" r="1.7" fill="currentColor"/><path d="M18 9.5v4.5l-2.5 6M18 14l2.5 6M18 10l-3 2M18 10l3 2"/></g>',
  mirror: '<path d="M10 5v14H2.5zM14 5v14h7.5z" fill-opacity=".9"/><path stroke="currentColor" stroke-width="1.6" stroke-dasharray="2.5 2.5" d="M12 2.5v19"/>',
};

/** @param {keyof typeof ICONS} name */
export const icon = (name) => `<svg viewBox="0 0 24 24" aria-hidden="true" fill="currentColor">${ICONS[name]}</svg>`;

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {string} className
 * @param {Record<string, string>} attributes
 * @param {string} content HTML written in this program
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function make(tag, className, attributes = {}, content = "") {
  const element = document.createElement(tag);
  element.className = className;
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.innerHTML = content;
  return element;
}

/**
 * @param {string} name of the style class
 * @param {string} title also read out by screen readers
 * @param {string} content HTML written in this program
 * @param {() => void} action
 */
export function makeButton(name, title, content, action) {
  const element = make("button", `mp-button mp-${name}`, { type: "button", "aria-label": title, title }, content);
  element.addEventListener("click", action);
  return element;
}

/**
 * @param {HTMLElement} element
 * @param {boolean} pressed
 */
export const setPressed = (element, pressed) => element.setAttribute("aria-pressed", String(pressed));
