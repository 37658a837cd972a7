// @ts-check
/** What plots are computed with: scales and their ticks, lines, contours. Drawing them is the page's own. */

export { contours } from "d3-contour";
export { scaleLinear, scaleLog } from "d3-scale";
export { area, line } from "d3-shape";
