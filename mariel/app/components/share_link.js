// The link of what is seen: this browser's whole address, to be copied, or to be read from a QR code by a phone.

const COPIED_MILLISECONDS = 2500;

/**
 * @typedef {object} ShareData
 * @property {string} link that the code is of
 * @property {string} code a picture of the QR code, as an address; empty where there is none yet
 * @property {string} note what to know of the code
 */

/** @type {ReturnType<typeof setTimeout> | undefined} */
let copied;

/**
 * Called by Streamlit when the popover opens, and again when Python has made the code.
 * @param {ComponentArguments<ShareData>} component
 */
export default function mount({ parentElement, data, setStateValue }) {
  /** @param {string} name */
  const part = (name) => /** @type {HTMLElement} */ (parentElement.querySelector(`[data-part="${name}"]`));
  const field = /** @type {HTMLInputElement} */ (part("link"));
  const status = part("status");
  const code = /** @type {HTMLImageElement} */ (part("code"));
  const note = part("note");

  // Only the browser knows all of it: Python has not heard of the camera, nor of the name the server is reached by.
  field.value = window.location.href;
  field.onfocus = () => field.select();
  part("copy").onclick = async () => {
    const done = await copy(field);
    status.textContent = done ? "Copied" : "The link is selected: copy it with Ctrl+C, or ⌘C on a Mac.";
    clearTimeout(copied);
    if (done) copied = setTimeout(() => (status.textContent = ""), COPIED_MILLISECONDS);
  };

  const isCurrent = data.link === field.value;
  code.hidden = !isCurrent || !data.code;
  if (!code.hidden) code.src = data.code;
  note.textContent = isCurrent ? data.note : "";
  if (!isCurrent) setStateValue("link", field.value);
  return () => {};
}

/**
 * Copy a field's text; where the browser refuses, the text is left selected.
 * @param {HTMLInputElement} field
 * @returns {Promise<boolean>} whether it was copied
 */
async function copy(field) {
  try {
    await navigator.clipboard.writeText(field.value); // there is a clipboard for https and localhost only
    return true;
  } catch {
    field.focus();
    field.select();
    return document.execCommand("copy"); // the older way, which needs no https
  }
}
