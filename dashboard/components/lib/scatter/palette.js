// Class colours that stay apart for every kind of colour vision, on light and on dark pages.

// Started from Okabe and Ito's eight (2008), whose black and yellow vanish on one of the two
// backgrounds, and moved by simulated annealing to keep every pair apart under normal vision and
// under Machado, Oliveira and Fernandes' (2009) simulations of full protanopia, deuteranopia and
// tritanopia. Smallest OKLab distance of any pair: 0.18, 0.109, 0.108, 0.095 (Okabe-Ito's own
// seven without black, extended by hand to ten: 0.07, 0.05, 0.02, 0.08). Contrast at least 1.9 on
// white and 2.6 on #0e1117.
const TEN = [
  "#0552c3", "#ffa938", "#048c7a", "#f548b0", "#bd1b00",
  "#68a0f2", "#b07e0d", "#9d54ff", "#80417e", "#80cba4",
];

const TINTS = [[0, 0], [1, 0.45], [0, 0.4], [1, 0.7]];
/** How many colours there are; more classes share them, and the legend says so. */
export const COLOURS = TEN.length * TINTS.length;

/** Colours as [r, g, b] in 0..1, one per class, or one for all dots; beyond ten they repeat lighter, then darker. */
export function classColours(count) {
  return Array.from({ length: Math.max(1, count) }, (_, k) => {
    const hex = TEN[k % 10];
    const rgb = [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16) / 255);
    const [towards, share] = TINTS[Math.floor(k / 10) % TINTS.length];
    return rgb.map((part) => part + (towards - part) * share);
  });
}

/** A colour for CSS. */
export function cssColour(rgb, alpha = 1) {
  return `rgb(${rgb.map((part) => Math.round(255 * part)).join(" ")} / ${alpha})`;
}
