// Which images a text names: what a person types into the box, and what the address keeps. Touches no page.
import { counted } from "../../lib/ui/text.js";

const USUAL = 50;
const WHOLE = /^[0-9]{1,9}$/;
const FOUND = /^(worst|best|near|class)-([0-9]{1,9})$/;
/** Characters of selected images that an address keeps; more of them stand in the page alone. */
export const LONGEST_KEPT = 2000;
export const HELP = "Type an image's number (“1234”), several (“12, 40-44”), “worst 50”, “best 50”, or a class.";

/**
 * What a typed text asks for.
 *
 * @param {string} text
 * @param {{classes: string[], labels: ArrayLike<number>, errors: ?ArrayLike<number>, images: number[]}} about `images` are
 *   the numbers of the images there are, in rising order.
 * @returns {{images?: number[], query?: string, title?: string, problem?: string}} the images in order, one alone for a
 *   number; `query` is how the address names them, empty for a list of numbers. Or the problem, worded.
 */
export function find(text, about) {
  const words = text.trim().replace(/\s+/g, " ");
  if (!words) return { problem: HELP };
  const k = classNamed(words, about.classes);
  if (k >= 0) return found(`class-${k}`, about);
  const ranked = /^(worst|best)(?: ?([0-9]{1,9}))?$/i.exec(words);
  if (ranked) return found(`${ranked[1].toLowerCase()}-${Math.min(Number(ranked[2] ?? USUAL), about.images.length)}`, about);
  const grouped = /^(?:images? |no\.? ?|#)?([0-9]{1,3}(?:,[0-9]{3})+)$/i.exec(words);
  const list = grouped ? grouped[1].replaceAll(",", "") : words.replace(/^(?:images? |no\.? ?|#)/i, "").replace(/ ?([,;–-]) ?/g, "$1");
  if (!/^[0-9]+([,; –-][0-9]+)*$/.test(list)) return { problem: `Nothing is called “${words.slice(0, 60)}”. ${HELP}` };
  return numbered(list.replace(/[; ]/g, ",").replaceAll("–", "-"), about);
}

function numbered(list, { images }) {
  const last = images.at(-1) ?? 0;
  const there = new Set(images);
  const wanted = new Set();
  for (const part of list.split(",")) {
    const [from, to] = part.split("-").map(Number);
    if (Math.max(from, to ?? from) > last) return { problem: `There is no image ${counted(Math.max(from, to ?? from))}: they go from 0 to ${counted(last)}.` };
    for (let i = from; i <= (to ?? from); i++) if (there.has(i)) wanted.add(i);
  }
  const rising = [...wanted].sort((a, b) => a - b);
  if (!rising.length) return { problem: `There is no image ${list} here.` };
  return { images: rising, query: "", title: "" };
}

/** The class that a text names: its whole name, or a beginning of two letters or more that no other has; else -1. */
function classNamed(words, classes) {
  const plain = (name) => name.toLowerCase();
  const asked = plain(words).replace(/^class /, "");
  const whole = classes.findIndex((name) => plain(name) === asked);
  if (whole >= 0 || asked.length < 2 || /^[0-9]/.test(asked)) return whole;
  const begun = classes.flatMap((name, k) => (plain(name).startsWith(asked) ? [k] : []));
  return begun.length === 1 ? begun[0] : -1;
}

/** What the query of an address stands for: images that have something in common. */
function found(query, { classes, labels, errors, images }) {
  const [, kind, digits] = FOUND.exec(query);
  const number = Number(digits);
  if (kind === "class") {
    const alike = images.filter((_, row) => labels[row] === number);
    return { images: alike, query, title: `of class ${classes[number]}` };
  }
  if (!errors) return { problem: "This run has no reconstruction error per image to order them by." };
  if (!number) return { problem: HELP };
  const [sign, most] = kind === "worst" ? [-1, "largest"] : [1, "smallest"];
  const order = Array.from(images.keys()).sort((a, b) => sign * (errors[a] - errors[b]) || a - b);
  return { images: order.slice(0, number).map((row) => images[row]), query, title: `with the ${most} reconstruction error, ${most} first` };
}

/**
 * Whether an address can ask for these images; `dashboard/state/link.py` reads by the same rules.
 *
 * @param {string} text 3,7-12 in rising order, worst-50, best-50, near-12 (to the pin) or class-7.
 * @param {number} count how many images there are. @param {number} classes how many classes.
 */
export function isSubset(text, count, classes) {
  const [, kind, digits] = FOUND.exec(text) ?? [];
  if (kind === "class") return Number(digits) < classes;
  if (kind) return Number(digits) > 0 && Number(digits) <= count;
  let before = -1;
  return text.split(",").every((word) => {
    const ends = word.split("-");
    if (ends.length > 2 || !ends.every((end) => WHOLE.test(end) && Number(end) < count)) return false;
    const [from, to] = [Number(ends[0]), Number(ends.at(-1))];
    const isRising = from > before && (ends.length === 1 || to > from);
    before = to;
    return isRising;
  });
}

/**
 * The images that an address asks for, as `find` gives them; of those near the pin `near` alone, how many.
 *
 * @param {string} text one that can be followed.
 * @returns {{images?: number[], query?: string, title?: string, problem?: string, near?: number}}
 */
export function readSubset(text, about) {
  if (text.startsWith("near-")) return { near: Number(FOUND.exec(text)[2]) };
  return FOUND.test(text) ? found(text, about) : numbered(text, about);
}

/** Images as the address keeps them, 3,7-12 in rising order. @param {Iterable<number>} images */
export function rangesText(images) {
  const rising = [...images].sort((a, b) => a - b);
  const parts = [];
  for (let k = 0; k < rising.length; k++) {
    const from = rising[k];
    while (rising[k + 1] === rising[k] + 1) k++;
    parts.push(from === rising[k] ? String(from) : `${from}-${rising[k]}`);
  }
  return parts.join(",");
}
