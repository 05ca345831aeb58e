// The two stages, dark and light: which one is lit follows Streamlit's own theme.

const STAGES = {
  dark: {
    backdrop: "#14151c",
    floor: "#40445a",
    shadow: "#08090d",
    left: "#ff9469",
    right: "#62c3f5",
    middle: "#e9e6df",
    dot: "#ffffff",
    accent: "#ffe066",
    accentCurve: "#ff9469",
    scale: ["#3b4cc0", "#7aa6f8", "#e8e4dc", "#f6a385", "#e0364c"],
  },
  light: {
    backdrop: "#f3f1ec",
    floor: "#d5d1c8",
    shadow: "#d3cec4",
    left: "#e0653a",
    right: "#1f85bd",
    middle: "#47444f",
    dot: "#1d1b22",
    accent: "#c2185b",
    accentCurve: "#c2502a",
    scale: ["#3b4cc0", "#6c93e8", "#9a968f", "#e38468", "#b40426"],
  },
};

const parse = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
const format = (rgb) => "#" + rgb.map((value) => Math.round(value).toString(16).padStart(2, "0")).join("");

export function mix(from, to, share) {
  const [a, b] = [parse(from), parse(to)];
  return format(a.map((value, i) => value + (b[i] - value) * share));
}

// The brightness of Streamlit's page, 0 to 1, from the theme's own CSS variable.
function pageBrightness(element) {
  const probe = document.createElement("span");
  probe.style.color = getComputedStyle(element).getPropertyValue("--st-background-color") || "#ffffff";
  element.append(probe);
  const [r, g, b] = getComputedStyle(probe).color.match(/[\d.]+/g).map(Number);
  probe.remove();
  return (0.299 * r + 0.587 * g + 0.114 * b) / 255;
}

export class Theme {
  constructor(element) {
    this.name = pageBrightness(element) < 0.5 ? "dark" : "light";
    Object.assign(this, STAGES[this.name]);
    this.trail = { L: this.left, R: this.right, M: this.middle };
    const cache = new Map();
    const [steps, parts] = [64, this.scale.length - 1];
    this.values = Array.from({ length: steps + 1 }, (_, i) => {
      const at = (i / steps) * parts;
      const low = Math.min(Math.floor(at), parts - 1);
      return mix(this.scale[low], this.scale[low + 1], at - low);
    });
    // Colours of one dancer by side. A ghost is paler, not transparent: that would cost a second drawing pass.
    this.body = ({ ghost, colour }) => {
      const key = `${ghost}${colour}`;
      if (!cache.has(key)) {
        const paint = colour
          ? { L: mix(colour, this.middle, 0.12), R: mix(colour, this.middle, 0.12), M: colour }
          : { L: this.left, R: this.right, M: this.middle };
        for (const side of "LRM") if (ghost) paint[side] = this.fade(paint[side], 0.32);
        cache.set(key, paint);
      }
      return cache.get(key);
    };
  }

  // Towards the backdrop as `strength` goes from 1 to 0.
  fade(colour, strength) {
    return mix(this.backdrop, colour, strength);
  }

  value(share) {
    return this.values[Math.round(share * (this.values.length - 1))];
  }
}
