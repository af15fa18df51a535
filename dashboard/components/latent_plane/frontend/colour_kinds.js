// What dots can be coloured by: what each is called, its unit, and what is good. Touches no page.
import { clustersIn, columnIn, FEWEST_CLUSTERS, MOST_CLUSTERS } from "./url_state.js";
import { placedText, scaleText } from "../../lib/scatter/scale.js";

export const BY_CLASS = "class";
export const CLUSTER = "cluster";
export const COLUMN = "column";
/** What each is: its name, its unit, and what is good. */
const KINDS = {
  class: { short: "Class", title: "The class of each image" },
  error: { short: "Error", unit: "MSE per pixel", better: "lower is better", title: "Reconstruction error: mean squared difference per pixel" },
  kl: { short: "KL", unit: "nats", better: "higher: says more", title: "KL divergence from the image's posterior to the prior: how much its code tells" },
  density: { short: "Density", unit: "log p(z), nats", better: "higher: likelier", title: "How near the code lies to the prior: the prior's log density there, which is how likely the model is to draw it" },
  predicted: { short: "Predicted", title: "The class that a classifier sees in the reconstruction" },
  right: { short: "Right", title: "Whether a classifier sees the image's own class in the reconstruction" },
  cluster: { short: "Cluster", title: "Which codes lie together: k-means on the codes" },
};
/** In the place of the class, of images without labels. */
const UNLABELLED = { short: "Nothing", title: "All dots alike: the images have no labels" };
/** What is a number of each image. */
export const NUMBERS = ["error", "kl", "density"];
const FIRST_COUNT = 8;

/** What is chosen of the options: clusters are one, however many there are. */
export function optionOf(name) {
  return clustersIn(name) === null ? name : CLUSTER;
}

/** Of KINDS, or a column. */
export function kindOf(name) {
  return columnIn(name) === null ? optionOf(name) : COLUMN;
}

/**
 * @param {string} name as the address has it, or an option.
 * @param {boolean} hasClasses whether the images have labels.
 * @returns {{short: string, title: string, unit?: string, better?: string}}
 */
export function aboutOf(name, hasClasses) {
  if (name === BY_CLASS && !hasClasses) return UNLABELLED;
  const column = columnIn(name);
  return column === null ? KINDS[optionOf(name)] : { short: column, title: `${column}, which the model never saw` };
}

/** What is said once dots are coloured by it. */
export function said(name, hasClasses) {
  const { title } = aboutOf(name, hasClasses);
  return `Coloured by ${columnIn(name) === null ? title.toLowerCase() : title}.`;
}

/** How many clusters to begin with, of so many codes: as many as there are classes, where that is a number of clusters. */
export function firstCount(classes, codes) {
  const isFit = classes.length >= FEWEST_CLUSTERS && classes.length <= MOST_CLUSTERS;
  return Math.min(isFit ? classes.length : FIRST_COUNT, codes);
}

/** What clusters are called. Fewer than asked for where fewer codes differ. @param {ArrayLike<number>} values */
export function clusterNames(values) {
  const most = Array.from(values).reduce((highest, value) => Math.max(highest, value), 0);
  return Array.from({ length: 1 + most }, (_, k) => `Cluster ${k + 1}`);
}

/** How many values stand for each of so many words. @param {ArrayLike<number>} values NaN where it is not known. */
export function countsOf(values, length) {
  const counts = new Array(length).fill(0);
  for (let i = 0; i < values.length; i++) if (!Number.isNaN(values[i])) counts[values[i]]++;
  return counts;
}

/** How many values are not known. @param {ArrayLike<number>} values */
export function unknownIn(values) {
  return Array.from(values).filter(Number.isNaN).length;
}

/** A number as text, as fine as what it is asks for. @param {{low: number, high: number}} ends of its scale. */
export function numberText(name, value, ends) {
  return kindOf(name) === COLUMN ? placedText(value, ends) : scaleText(value);
}

/** The ends of a scale as text. @param {{low, high, isCutAbove, isCutBelow}} ends */
export function endsText(name, ends) {
  const { low, high, isCutAbove, isCutBelow } = ends;
  return { least: `${isCutBelow ? "≤ " : ""}${numberText(name, low, ends)}`, most: `${isCutAbove ? "≥ " : ""}${numberText(name, high, ends)}` };
}
