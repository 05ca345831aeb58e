// The light and the dark stage of palette.json: which one is shown follows the theme of the page.

/**
 * @typedef {{ L: string, R: string, M: string }} SideColours colours of the dancer's left, right and middle
 */

const GHOST_FACE = 0.6; // the face of a ghost with volume, between the backdrop, 0, and the ghost, 1
const LIGHT = { light: { ambient: 0.66, diffuse: 0.46 }, dark: { ambient: 0.5, diffuse: 0.58 } };
const SHADOW_STRENGTH = { light: 1, dark: 1.9 }; // on a dark floor a shadow is hardly darker than the floor
const SCALE_STEPS = 64;

/**
 * @param {string} hex "#rrggbb"
 * @returns {number[]} 0 to 255
 */
const parseHex = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));

/** @param {string} hex */
const shares = (hex) => parseHex(hex).map((value) => value / 255);

/** @param {number[]} rgb 0 to 255 */
const formatHex = (rgb) => "#" + rgb.map((value) => Math.round(value).toString(16).padStart(2, "0")).join("");

/**
 * A colour between two.
 * @param {string} from
 * @param {string} to
 * @param {number} share of the second one
 */
export function mix(from, to, share) {
  const [a, b] = [parseHex(from), parseHex(to)];
  return formatHex(a.map((value, i) => value + (b[i] - value) * share));
}

/**
 * The theme of the page that an element is in.
 * @param {HTMLElement} element
 * @returns {"light" | "dark"}
 */
export const themeName = (element) => (pageBrightness(element) < 0.5 ? "dark" : "light");

/**
 * The brightness of the page, 0 to 1, from the CSS variable that Streamlit gives its background's colour in.
 * @param {HTMLElement} element
 */
function pageBrightness(element) {
  const probe = document.createElement("span");
  probe.style.color = getComputedStyle(element).getPropertyValue("--st-background-color") || "white";
  element.append(probe);
  const [r, g, b] = (getComputedStyle(probe).color.match(/[\d.]+/g) ?? ["255", "255", "255"]).map(Number);
  probe.remove();
  return (0.299 * r + 0.587 * g + 0.114 * b) / 255;
}

export class Theme {
  /**
   * @param {HTMLElement} element somewhere in the page
   * @param {Palette} palette
   */
  constructor(element, palette) {
    this.name = themeName(element);
    this.colours = palette.stage[this.name];
    const { left, right, middle, scale } = this.colours;
    /** @type {SideColours} */
    this.trailColours = { L: left, R: right, M: middle };
    /** @type {Map<string, SideColours>} */
    this.ofDancers = new Map();
    const parts = scale.length - 1;
    this.scaleSteps = Array.from({ length: SCALE_STEPS + 1 }, (_, i) => {
      const at = (i / SCALE_STEPS) * parts;
      const low = Math.min(Math.floor(at), parts - 1);
      return mix(scale[low], scale[low + 1], at - low);
    });
  }

  /**
   * Colours of a dancer. A ghost has one neutral colour, whatever its dancer's, and is not transparent: that would cost
   * a second drawing pass.
   * @param {{ ghost: boolean, colour: string | null }} dancer
   * @returns {SideColours}
   */
  sideColours({ ghost, colour }) {
    const key = `${ghost}${colour}`;
    const known = this.ofDancers.get(key);
    if (known) return known;
    const { left, right, middle, ghost: neutral } = this.colours;
    const edge = colour && mix(colour, middle, 0.12);
    let colours = edge && colour ? { L: edge, R: edge, M: colour } : { L: left, R: right, M: middle };
    if (ghost) colours = { L: neutral, R: neutral, M: neutral };
    this.ofDancers.set(key, colours);
    return colours;
  }

  /**
   * Colours of a body with volume, as shares of red, green and blue.
   * @param {{ ghost: boolean, colour: string | null }} dancer
   * @returns {Record<Side | "face" | "hair", number[]>}
   */
  figureColours({ ghost, colour }) {
    const { left, right, middle, face, hair, tint, shade } = this.colours.figure;
    /** @type {Record<Side | "face" | "hair", string>} */
    let colours = { L: left, R: right, M: middle, face, hair };
    if (ghost) {
      const neutral = this.colours.ghost;
      colours = { L: neutral, R: neutral, M: neutral, face: this.fade(neutral, GHOST_FACE), hair: neutral };
    } else if (colour) {
      const [L, R] = [mix(colour, tint, 0.28), mix(colour, shade, 0.25)];
      colours = { L, R, M: colour, face: mix(colour, tint, 0.75), hair: mix(colour, shade, 0.45) };
    }
    const { L, R, M } = colours;
    return { L: shares(L), R: shares(R), M: shares(M), face: shares(colours.face), hair: shares(colours.hair) };
  }

  /** How bodies with volume are lit: the share of a colour that is seen without light, and what the light adds. */
  get light() {
    return LIGHT[this.name];
  }

  /** The colour behind the dancers, as shares of red, green and blue. */
  get backdropRgb() {
    return shares(this.colours.backdrop);
  }

  /**
   * Shares of red, green and blue.
   * @param {string} colour "#rrggbb"
   */
  rgb(colour) {
    return shares(colour);
  }

  /** How dense shadows are, 1 on a light floor. */
  get shadowStrength() {
    return SHADOW_STRENGTH[this.name];
  }

  /** The colour of shadows, as shares of red, green and blue. */
  get shadowRgb() {
    return shares(this.colours.figure.shadow);
  }

  /**
   * The colour of a value, as shares of red, green and blue.
   * @param {number} share from the lowest, 0, to the highest, 1
   */
  valueRgb(share) {
    return shares(this.valueColour(share));
  }

  /**
   * Towards the backdrop as `strength` goes from 1 to 0.
   * @param {string} colour
   * @param {number} strength
   */
  fade(colour, strength) {
    return mix(this.colours.backdrop, colour, strength);
  }

  /**
   * The colour of a value.
   * @param {number} share from the lowest, 0, to the highest, 1
   */
  valueColour(share) {
    return this.scaleSteps[Math.round(share * (this.scaleSteps.length - 1))];
  }

  /**
   * Give the colours to the style sheet: player.css uses these variables.
   * @param {HTMLElement} root
   */
  applyTo(root) {
    const { ink, soft_ink, line, chip, accent, gradient, bar, left, right, menu, menu_ink, shadow } = this.colours;
    const inks = { ink, "soft-ink": soft_ink, "menu-ink": menu_ink };
    const variables = { ...inks, line, chip, accent, gradient, bar, left, right, menu, shadow };
    for (const [name, colour] of Object.entries(variables)) root.style.setProperty(`--${name}`, colour);
    root.dataset.theme = this.name;
  }
}
