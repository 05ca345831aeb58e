// Who this browser is: a random text that it keeps, so that what a visitor saves on the server is found again.

const NAME = "mariel.visitor"; // in the browser's storage
const COOKIE = "mariel_visitor"; // tells the server at the start of a visit
const YEAR = 365 * 24 * 3600; // seconds

/**
 * Called by Streamlit in every run of a page.
 * @param {ComponentArguments<{ visitor: string }>} component
 */
export default function mount({ data, setStateValue }) {
  const visitor = remembered() ?? data.visitor; // another tab may have been first
  remember(visitor);
  document.cookie = `${COOKIE}=${visitor}; path=/; max-age=${YEAR}; SameSite=Lax`;
  if (visitor !== data.visitor) setStateValue("visitor", visitor);
  return () => {};
}

/** Browsers may refuse to keep anything. */
function remembered() {
  try {
    const text = localStorage.getItem(NAME) ?? "";
    return /^[0-9a-f]{32}$/.test(text) ? text : null;
  } catch {
    return null;
  }
}

/** @param {string} visitor */
function remember(visitor) {
  try {
    localStorage.setItem(NAME, visitor);
  } catch {
    // the cookie may do, else the visitor is known until the page is opened again
  }
}
