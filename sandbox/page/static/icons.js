/** Line icons on a 20 × 20 grid, drawn for this page. Decoration only: words stand beside them. */

const PATHS = {
  hash: "M8 3 6.5 17M13.5 3 12 17M3.5 7.5h13M3 12.5h13",
  lock: "M5.5 9h9v7.5h-9zM7.2 9V6.4a2.8 2.8 0 0 1 5.6 0V9",
  archive: "M3.5 4.5h13v3.2h-13zM4.6 7.7v8h10.8v-8M8 10.8h4",
  shared:
    "M3 15.5v-9l5-2.5v11.5M8 7.5h9v8H3M11 10.5h.01M14 10.5h.01M11 13h.01M14 13h.01M5.4 8.5h.01M5.4 11.5h.01",
  person:
    "M10 3.2a3.2 3.2 0 1 0 0 6.4 3.2 3.2 0 0 0 0-6.4M3.8 16.800c.6-3 3.100-4.700 6.200-4.700s5.600 1.700 6.200 4.700",
  people:
    "M7.500 4a2.800 2.800 0 1 0 0 5.600 2.800 2.800 0 0 0 0-5.600M2.500 16c.4-2.600 2.400-4 5-4s4.600 1.400 5 4M13 4.300a2.600 2.600 0 0 1 0 5M15 12.300c1.400.6 2.300 1.800 2.600 3.500",
  app: "M10 3.2v8.3M6.6 8.3 10 11.7l3.4-3.4M4 13.2v3.3h12v-3.3",
  close: "M5 5l10 10M15 5 5 15",
  back: "M12.5 4.5 7 10l5.5 5.5",
  down: "M5 7.5l5 5 5-5",
  menu: "M3.5 5.5h13M3.5 10h13M3.5 14.5h13",
  sun: "M10 6.6a3.4 3.4 0 1 0 0 6.8 3.4 3.4 0 0 0 0-6.8M10 2v1.8M10 16.2V18M2 10h1.8M16.2 10H18M4.4 4.4l1.3 1.3M14.3 14.3l1.3 1.3M15.6 4.4l-1.3 1.3M5.7 14.3l-1.3 1.3",
  moon: "M16.2 12A6.8 6.8 0 0 1 8 3.8 6.8 6.8 0 1 0 16.2 12",
  system: "M3 4.5h14v9H3zM7.5 16.5h5M10 13.5v3",
  send: "M3.2 10 16.5 4 13 16.5l-3.4-4.8zM9.6 11.7 16.5 4",
  reply: "M8 5 3.5 9.5 8 14M4 9.5h7.5a5 5 0 0 1 5 5v1",
  download: "M10 3.5v9M6.4 9 10 12.6 13.6 9M4 16.5h12",
  table: "M3 4h14v12H3zM3 8h14M3 12h14M8 4v12",
  file: "M5.5 2.8h6l3.2 3.2v11.2H5.5zM11.3 2.8v3.4h3.4",
  eye: "M2.5 10S5.2 5 10 5s7.5 5 7.5 5-2.7 5-7.5 5-7.5-5-7.5-5M10 7.9a2.1 2.1 0 1 0 0 4.2 2.1 2.1 0 0 0 0-4.2",
  check: "M4.5 10.5 8.3 14.3 15.8 6",
  cross: "M6 6l8 8M14 6l-8 8",
  dash: "M6 10h8",
  warning: "M10 3.2 18 16.5H2zM10 8v4M10 14.2h.01",
  info: "M10 2.8a7.2 7.2 0 1 0 0 14.4 7.2 7.2 0 0 0 0-14.4M10 9.2v4.4M10 6.5h.01",
  pulse: "M2.5 10.5h3.2l2-5.5 3.6 10 2.3-6 1.2 1.5h2.7",
  more: "M5 10h.01M10 10h.01M15 10h.01",
  sort: "M7 4v12M4.5 13.5 7 16l2.5-2.5M13 16V4M10.5 6.5 13 4l2.5 2.5",
  power: "M10 3v6.5M6 5.2a6.4 6.4 0 1 0 8 0",
  flag: "M5 17V3.500M5 4h9.500l-2 3.500 2 3.500H5",
  play: "M6.5 4.2v11.6L15.5 10z",
};

const SVG = "http://www.w3.org/2000/svg";

/** One icon, hidden from screen readers. */
export function icon(name, size = 18) {
  const svg = document.createElementNS(SVG, "svg");
  for (const [key, value] of Object.entries({
    viewBox: "0 0 20 20",
    width: size,
    height: size,
    fill: "none",
    stroke: "currentColor",
    "stroke-width": 1.6,
    "stroke-linecap": "round",
    "stroke-linejoin": "round",
    "aria-hidden": "true",
    class: `icon icon-${name}`,
    focusable: "false",
  }))
    svg.setAttribute(key, value);
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", PATHS[name] ?? PATHS.more);
  svg.append(path);
  return svg;
}
